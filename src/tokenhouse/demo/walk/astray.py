"""The end of a walk that does not come to its end."""


class Astray(Exception):  # noqa: N818 -- the end of a walk, in one sentence
    """The demo, or one of its answers, is not what it should be; says how in one sentence."""
