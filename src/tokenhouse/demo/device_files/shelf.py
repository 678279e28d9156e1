"""The directory with all files of devices, and those for them."""

import atexit
import shutil
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Final

from tokenhouse.demo.device_files.kept import Records
from tokenhouse.demo.device_files.room import Bounds
from tokenhouse.demo.device_files.updates import Updates

_USUAL: Final = Bounds()


class Shelf:
    """What devices sent and what they fetch, in a directory; without one, while the process lives.

    Nothing is read or made before it is asked for.
    """

    def __init__(self, directory: Path | None = None, bounds: Bounds = _USUAL) -> None:
        self._given = directory
        self.bounds = bounds

    def open(self) -> "Shelf":
        """Read and make everything now; raises Unavailable where that cannot be."""
        assert self.records
        assert self.updates
        return self

    @cached_property
    def records(self) -> Records:
        """What devices sent."""
        return Records(self._directory / "sent", self.bounds)

    @cached_property
    def updates(self) -> Updates:
        """What devices fetch."""
        return Updates(self._directory / "updates")

    @cached_property
    def _directory(self) -> Path:
        if self._given is not None:
            self._given.mkdir(mode=0o700, exist_ok=True)
            return self._given
        passing = tempfile.mkdtemp("-tokenhouse")
        atexit.register(shutil.rmtree, passing, ignore_errors=True)
        return Path(passing)
