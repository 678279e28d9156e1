"""A program of its own: `tokenhouse`, with troubles that come over it while certain files exist.

In the directory that is the first argument. `cut`: no look at the feed succeeds. `moved`: what is
read of the machine's clock, or of the store's on PostgreSQL, is moved by so many seconds, its text;
the boot clock is left alone, since nobody can set it. What follows is given to `tokenhouse`.
"""

import sys
from pathlib import Path
from typing import Final

import apsw
import psycopg

from tokenhouse.cli import main
from tokenhouse.clock import StoreClock, SystemClock
from tokenhouse.core.moment import SECOND
from tokenhouse.store.postgres.follower import Follower as PostgresFollower
from tokenhouse.store.sqlite.follower import Follower as SqliteFollower

CUT: Final = "cut"
MOVED: Final = "moved"


def _cut(follower: type, error: Exception, switch: Path) -> None:
    look = follower._look  # type: ignore[attr-defined]

    def looking(self: object) -> None:
        if switch.exists():
            raise error
        look(self)

    follower._look = looking  # type: ignore[attr-defined]


def _move(clock: type, moved: Path) -> None:
    read = clock._read  # type: ignore[attr-defined]

    def reading(self: object, uptime: int) -> int:
        told: int = read(self, uptime)
        return told + (int(moved.read_text()) * SECOND if moved.exists() else 0)

    clock._read = reading  # type: ignore[attr-defined]


def run(directory: Path, arguments: list[str]) -> int:
    """Run the program to its end."""
    _cut(SqliteFollower, apsw.BusyError("no look, as asked for"), directory / CUT)
    _cut(PostgresFollower, psycopg.OperationalError("no look, as asked for"), directory / CUT)
    for clock in (SystemClock, StoreClock):
        _move(clock, directory / MOVED)
    return main(arguments)


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]), sys.argv[2:]))
