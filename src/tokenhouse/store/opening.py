"""What opening a store can end with, whichever engine it is on."""


class CannotOpen(Exception):  # noqa: N818 -- named for what is the case
    """The database cannot be opened as it stands; the message says what to do."""
