"""Editing only what was read: the version that an edit starts from is the one that is there."""

from tokenhouse.core.refusal import Code, Refused


def refuse_stale(version: int, expected: int | None) -> None:
    """Raise Refused(STALE) where a record is not in the expected version; None expects any.

    To be asked of the record whose version the change guards, so that nobody comes in between.
    """
    if expected is not None and version != expected:
        raise Refused(Code.STALE, "It was changed meanwhile: read it again.")
