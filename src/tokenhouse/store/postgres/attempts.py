"""Counts guesses in a table that is never synced."""

from tokenhouse.core.credential import Secret
from tokenhouse.core.moment import Moment


class PostgresAttempts:
    """Fulfils `Attempts` for all processes over one database."""

    def __init__(self, url: Secret) -> None:
        self._url = url

    def take(self, key: bytes, burst: int, interval: int, now: Moment) -> int:
        """Count one attempt; give the microseconds to wait until it would be allowed."""
        raise NotImplementedError

    def give_back(self, key: bytes, interval: int) -> None:
        """Take back one counted attempt."""
        raise NotImplementedError

    def close(self) -> None:
        """Give the connections back."""
