"""The bounds that hold for every request, whichever face it is for."""

from typing import Final

import msgspec

MAX_PARAMETERS: Final = 100
"""Query parameters of one request."""

MAX_DELAY: Final = 2.0
"""Seconds for which an answer can be held back."""

RETRY_AFTER: Final = 1
"""Seconds after which to ask again when we could not decide."""


class Limits(msgspec.Struct, frozen=True):
    """How much work is accepted at once, and how long a peer may take."""

    threads: int = 64
    """Requests that are worked on at the same time."""
    queue: int = 2048
    """Requests that may wait for a thread, as many as there are connections; one more is refused
    at once, and so is whoever would wait behind one that has waited `pool.WAIT_SECONDS`."""
    body_seconds: float = 20.0
    """Seconds in which a request body has to be complete."""
    streams: int = 64
    """Bodies that are taken to disk or sent from it at the same time."""
    linger_seconds: float = 2.0
    """Seconds for which the rest of a refused body is read and dropped: a peer that is still
    sending would otherwise meet a reset connection instead of the answer."""
