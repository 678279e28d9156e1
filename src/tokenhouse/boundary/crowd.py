"""Those who were refused because too many asked: told together, since a line for each costs more
than the refusal does.
"""

import time
from typing import Final

import structlog

TOLD_EVERY_SECONDS: Final = 1.0
"""How often it is told at most that requests are refused unbegun."""

_log = structlog.get_logger(__name__)


class Crowd:
    """Counts who was refused, and tells of the first at once."""

    def __init__(self) -> None:
        self._untold = 0
        self._told_at: float | None = None

    def refused(self, cause: Exception) -> None:
        """Count one more. Called from the event loop."""
        now = time.monotonic()
        self._untold += 1
        if self._told_at is None or now - self._told_at >= TOLD_EVERY_SECONDS:
            _log.warning("busy", cause=str(cause), refused=self._untold)
            self._untold, self._told_at = 0, now
