"""Records of files that devices sent, each with its file once it has come in whole.

A record is two files under names of ours: `7.json` says what it is, and `7.bin` is what was sent.
What is not finished yet is `7-1.part`, and nobody reads it.
"""

import os
from contextlib import suppress
from itertools import count
from pathlib import Path
from threading import Lock
from typing import BinaryIO, Final, Literal, TypeAlias

import msgspec

from tokenhouse.boundary.error_list import OverLimit
from tokenhouse.core.moment import Moment
from tokenhouse.core.refusal import Code, Unavailable
from tokenhouse.demo.device_files.room import Bounds, Owner, Room
from tokenhouse.demo.whole import sync_names, write_whole

FileSort: TypeAlias = Literal["log", "event", "gps", "debug", "journal", "dmesg", "txt"]

_UNFINISHED: Final = ("*.part", "*.new")


class Record(msgspec.Struct, frozen=True):
    """A file that a device has sent, or is going to."""

    number: int
    sort: FileSort
    owner: Owner
    at: Moment


class Records:
    """All records under one directory, which only one process may use."""

    def __init__(self, directory: Path, bounds: Bounds) -> None:
        """Read what was kept, and remove what was not finished; raises Unavailable."""
        self.bounds = bounds
        self.room = Room(bounds)
        self._directory = directory
        self._changing = Lock()
        self._unfinished = count(1)
        self._of: dict[int, Record] = {}
        try:
            directory.mkdir(mode=0o700, exist_ok=True)
            for left in (one for ending in _UNFINISHED for one in directory.glob(ending)):
                left.unlink()
            for path in directory.glob("*.json"):
                self._read(path)
        except OSError as fault:
            raise Unavailable(f"{directory} cannot be used: {fault.strerror}.") from fault

    def _read(self, path: Path) -> None:
        try:
            record = msgspec.json.decode(path.read_bytes(), type=Record)
        except msgspec.DecodeError:
            raise Unavailable(f"{path} is broken: remove it, and its file with it.") from None
        self._of[record.number] = record
        self.room.hold_record(record.owner)
        self.room.hold(record.owner, self.size(record) or 0)

    def make(self, owner: Owner, sort: FileSort, at: Moment) -> Record:
        """A new record without a file; raises OverLimit and Unavailable."""
        with self._changing:
            number = max(self._of, default=0) + 1
            record = Record(number, sort, owner, at)
            self.room.take_record(owner)
            try:
                write_whole(self._path(number, "json"), msgspec.json.encode(record))
            except OSError as fault:
                self.room.give_record_back(owner)
                raise _unkept(fault) from fault
            self._of[number] = record
            return record

    def one(self, number: int) -> Record | None:
        """The record of this number, whosever it is."""
        return self._of.get(number)

    def size(self, record: Record) -> int | None:
        """The bytes of its file; None while it has none."""
        try:
            return self._path(record.number, "bin").stat().st_size
        except FileNotFoundError:
            return None

    def begin(self, record: Record) -> "Unfinished":
        """A new file of a record, beside the one that it may have; raises Unavailable."""
        path = self._path(record.number, "part", f"-{next(self._unfinished)}")
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as fault:
            raise _unkept(fault) from fault
        return Unfinished(self, record, path, os.fdopen(handle, "wb", buffering=0))

    def put(self, record: Record, unfinished: Path) -> None:
        """Give a record its file, in place of the one that it may have; raises OSError."""
        with self._changing:
            before = self.size(record) or 0
            unfinished.replace(self._path(record.number, "bin"))
        self.room.give_back(record.owner, before)

    def sync(self) -> None:
        """What was put is durable once this returns; raises OSError."""
        sync_names(self._directory)

    def _path(self, number: int, ending: str, more: str = "") -> Path:
        return self._directory / f"{number}{more}.{ending}"


class Unfinished:
    """A file that is coming in. Used by one thread at a time."""

    def __init__(self, records: Records, record: Record, path: Path, file: BinaryIO) -> None:
        self._records = records
        self._record = record
        self._path = path
        self._file = file
        self.size = 0

    def write(self, content: bytes) -> None:
        """More of it; raises OverLimit and Unavailable."""
        if self.size + len(content) > self._records.bounds.file:
            raise OverLimit(
                Code.TOO_LARGE, f"The file is larger than {self._records.bounds.file} bytes."
            )
        self._records.room.take(self._record.owner, len(content))
        self.size += len(content)
        try:
            left = memoryview(content)
            while left:
                left = left[self._file.write(left) :]
        except OSError as fault:
            raise _unkept(fault) from fault

    def keep(self) -> None:
        """It is whole: the record's file from now on, and durable. Raises Unavailable."""
        try:
            os.fsync(self._file.fileno())
            self._file.close()
            self._records.put(self._record, self._path)
            self.size = 0  # it is the record's now
            self._records.sync()
        except OSError as fault:
            raise _unkept(fault) from fault

    def drop(self) -> None:
        """Leave nothing behind of what was not kept."""
        self._file.close()
        with suppress(OSError):  # a start removes it
            self._path.unlink(missing_ok=True)
        self._records.room.give_back(self._record.owner, self.size)
        self.size = 0


def _unkept(fault: OSError) -> Unavailable:
    return Unavailable(f"a file of a device cannot be kept: {fault.strerror}")
