"""The firmware that devices fetch over the air: made at set-up, the same in every demo."""

import hashlib
from pathlib import Path
from typing import Final

import msgspec

from tokenhouse.core.moment import Moment, parse_moment
from tokenhouse.core.refusal import Unavailable
from tokenhouse.demo.whole import write_whole


class Update(msgspec.Struct, frozen=True):
    """A version of the firmware of a module. Devices get it while it is `active`."""

    number: int
    module: str
    version: str
    active: bool
    size: int
    at: Moment

    @property
    def name(self) -> str:
        """What the file is called where it is taken to."""
        return f"{self.module}-{self.version}.bin"

    def content(self) -> bytes:
        """What it is made of: nothing that would run, and always the same."""
        return hashlib.shake_256(self.name.encode()).digest(self.size)


ALL: Final = (
    Update(1, "gateway", "2.4.0", False, 393_216, parse_moment("2026-01-12T08:00:00Z")),
    Update(2, "gateway", "2.4.1", True, 393_728, parse_moment("2026-02-02T08:00:00Z")),
    Update(3, "meter", "1.7.3", True, 262_144, parse_moment("2026-02-20T08:00:00Z")),
)


class Updates:
    """The files of all updates under one directory."""

    def __init__(self, directory: Path) -> None:
        """Write what is not there as it has to be; raises Unavailable."""
        self._directory = directory
        self._sums: dict[int, str] = {}
        try:
            directory.mkdir(mode=0o700, exist_ok=True)
            for update in ALL:
                self._sums[update.number] = self._write(update)
        except OSError as fault:
            raise Unavailable(f"{directory} cannot be used: {fault.strerror}.") from fault

    def _write(self, update: Update) -> str:
        path, content = self.path(update), update.content()
        if not path.exists() or path.read_bytes() != content:
            write_whole(path, content)
        return hashlib.sha256(content).hexdigest()

    def path(self, update: Update) -> Path:
        """Where its file is."""
        return self._directory / update.name

    def sha256(self, update: Update) -> str:
        """The checksum of its file."""
        return self._sums[update.number]
