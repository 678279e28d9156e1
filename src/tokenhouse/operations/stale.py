"""Edits start from what was read."""

from tokenhouse.core.refusal import Code, Refused


def refuse_stale(version: int, expected: int | None) -> None:
    """Raise Refused(STALE) where a record is no longer in the version that an edit means."""
    if expected is not None and version != expected:
        raise Refused(Code.STALE, "It was changed meanwhile: read it again.")
