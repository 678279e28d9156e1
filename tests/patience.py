"""What the tests bear: a machine may stand still for seconds, and nothing is wrong with that.

As a program it is `tokenhouse`, which bears the same.
"""

import sys
import threading
import time
from functools import cache
from pathlib import Path
from typing import Final

from tokenhouse.boundary import pool
from tokenhouse.cli import main
from tokenhouse.demo.walk import line

LONGEST_PAUSE: Final = 60.0
"""For how many seconds a machine may stand still in the midst of a test."""
PROGRAM: Final = (sys.executable, "-P", str(Path(__file__).resolve()))
"""How it is run as a program."""
_LOOK: Final = 0.02
_SEEN: Final = 0.2
"""Seconds between two looks that count; of a longer time the machine stood still."""


def be_patient() -> None:
    """Give nobody up for a pause of the machine, in this process."""
    pool.WAIT_SECONDS = LONGEST_PAUSE  # type: ignore[misc]
    line._MOST_SECONDS = LONGEST_PAUSE  # type: ignore[misc]


def awake() -> float:
    """Seconds on a clock that stands still while the machine does."""
    return _clock().seconds


class _Awake:
    def __init__(self) -> None:
        self.seconds = 0.0
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        seen = time.monotonic()
        while True:
            time.sleep(_LOOK)
            now = time.monotonic()
            self.seconds += min(now - seen, _SEEN)
            seen = now


_clock = cache(_Awake)

if __name__ == "__main__":
    be_patient()
    sys.exit(main(sys.argv[1:]))
