"""An edit starts from the version that was read."""

from tokenhouse.core.refusal import Code, Refused


def refuse_stale(version: int, expected: int | None) -> None:
    """Raise Refused(STALE) where a record has another version than the edit expected.

    None expects nothing.
    """
    if expected is not None and version != expected:
        raise Refused(Code.STALE, "It was changed meanwhile: read it again.")
