"""Where the master key is kept, and how it is replaced without a moment of being nowhere.

Each place has a *successor's* place beside it. While the master key is being changed both are
looked at, so that a change that was cut short at any step leaves every key openable.
"""

import fcntl
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias

from tokenhouse.config import KeptIn, SecretPlace
from tokenhouse.operations.ports import Entropy
from tokenhouse.signing.master_key import (
    MASTER_KEY_BYTES,
    MasterKey,
    MasterKeyError,
    parse,
    torn,
)

FILE: Final = "master.key"
SUCCESSOR: Final = ".new"

_MAX_BYTES: Final = 1024
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class KeyFile:
    """A file of ours or one that the operator names: 0600, and `<file>.new` while it changes."""

    def __init__(self, path: Path, entropy: Entropy) -> None:
        self._path = path
        self._next = path.with_name(path.name + SUCCESSOR)
        self._entropy = entropy
        self.names: Final = (str(self._path), str(self._next))

    def read(self) -> tuple[MasterKey, ...]:
        """The keys that are there, the present one first."""
        # The successor is read first: a rename between the two reads then shows it twice,
        # whereas the other order could show neither.
        following, present = self._following(), _read_file(self._path)
        return tuple(key for key in (present, following) if key is not None)

    def make(self) -> MasterKey:
        """The present key, made if there is none; durable when this returns."""
        with self._alone():
            return self._make(self._path)

    @contextmanager
    def replaced(self) -> Iterator[MasterKey]:
        """Give the successor, durable already; when the block is left well it takes the place.

        A successor left by a change that was cut short is taken up again.
        """
        with self._alone():
            yield self._make(self._next)
            self._next.replace(self._path)
            _sync(self._path.parent)

    def _following(self) -> MasterKey | None:
        text = _text_of(self._next, private=True)
        # A torn successor was never sealed under: it is synced before anything relies on it.
        return None if text is None or torn(text) else _parsed(text, self._next)

    def _make(self, path: Path) -> MasterKey:
        text = _text_of(path, private=True)
        if text is not None and not torn(text):
            return _parsed(text, path)
        if text is not None:
            path.unlink()
        key = MasterKey(self._entropy(MASTER_KEY_BYTES))
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(key.text().reveal().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        _sync(path.parent)
        return key

    @contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            handle = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise MasterKeyError(f"{self._path.parent} cannot be opened: {_why(error)}.") from None
        try:
            _lock(handle, self._path.parent)
            yield
        except OSError as error:
            raise MasterKeyError(
                f"The master key {self._path} cannot be written: {_why(error)}."
            ) from None
        finally:
            os.close(handle)


class KeyGiven:
    """A key that the operator hands in anew at every start; we cannot write it, only read it."""

    def __init__(self, names: tuple[str, str], read: Callable[[str], str | None]) -> None:
        self.names: Final = names
        self._read = read

    def read(self) -> tuple[MasterKey, ...]:
        """The keys that are given, the present one first."""
        found = (self._one(name) for name in self.names)
        return tuple(key for key in found if key is not None)

    def make(self) -> MasterKey:
        """The given key; raise MasterKeyError when there is none."""
        if (present := self._one(self.names[0])) is None:
            raise MasterKeyError(f"{self.names[0]} holds no master key.")
        return present

    @contextmanager
    def replaced(self) -> Iterator[MasterKey]:
        """Give the successor that the operator has put in its place, for him to move later."""
        following = self._one(self.names[1])
        if following is None:
            raise MasterKeyError(
                f"The master key comes from {self.names[0]}, which only you can change: "
                f"put the new key (32 random bytes as base64url) into {self.names[1]} first."
            )
        yield following

    def _one(self, name: str) -> MasterKey | None:
        text = self._read(name)
        return None if text is None else _parsed(text, name)


Place: TypeAlias = KeyFile | KeyGiven


def place(
    directory: Path, given: SecretPlace | None, environment: Mapping[str, str], entropy: Entropy
) -> Place:
    """The place that the settings give, else a file in the data directory.

    A place that is given but holds nothing is a mistake to be seen, so no other is looked at.
    """
    if given is None:
        return KeyFile(directory / FILE, entropy)
    match given.kept_in:
        case KeptIn.VARIABLE:
            return KeyGiven((given.name, f"{given.name}_NEW"), environment.get)
        case KeptIn.CREDENTIAL:
            return KeyGiven((given.name, f"{given.name}-new"), _read_credential)
        case KeptIn.FILE:
            path = Path(given.name)
            if not path.name:
                raise MasterKeyError(f"{path} names no file for the master key.")
            return KeyFile(path, entropy)


def _read_credential(name: str) -> str | None:
    # systemd decides who may read it, by means that the file's mode does not always show
    return _text_of(Path(name), private=False)


def _read_file(path: Path) -> MasterKey | None:
    text = _text_of(path, private=True)
    return None if text is None else _parsed(text, path)


def _parsed(text: str, name: str | Path) -> MasterKey:
    if (key := parse(text)) is None:
        raise MasterKeyError(
            f"{name} does not hold a master key: it should be 32 bytes as base64url, 43 characters."
        )
    return key


def _text_of(path: Path, *, private: bool) -> str | None:
    """What a file holds, None when there is no file; raise MasterKeyError when others may read."""
    try:
        # Non-blocking, so that a pipe in this place is refused instead of waited for.
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise MasterKeyError(f"The master key {path} cannot be read: {_why(error)}.") from None
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        raise MasterKeyError(f"The master key {path} is not a file.")
    with os.fdopen(handle, "rb") as file:
        if private and mode & _OTHERS:
            raise MasterKeyError(
                f"The master key {path} is open to others (mode {stat.S_IMODE(mode):04o}); "
                f"make it yours alone: chmod 600 {path}"
            )
        return file.read(_MAX_BYTES).decode("ascii", "replace")


def _lock(handle: int, directory: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise MasterKeyError(
            f"Another process is changing the master key in {directory}; try again."
        ) from None


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _why(error: OSError) -> str:
    return error.strerror or "for a cause that the system does not name"
