"""A stretch of an open file, as the body of an answer."""

import os
from threading import Lock
from typing import BinaryIO, Final

PIECE_BYTES: Final = 64 * 1024
"""Bytes of a file that are in memory for one answer at a time."""


class Part:
    """So many bytes of an open file, from `start` on. Whoever sends the answer closes it."""

    def __init__(self, file: BinaryIO, start: int, length: int) -> None:
        self._file = file
        self._start = start
        self._end = start + length
        self._using = Lock()
        self.length = length

    def read(self) -> bytes:
        """The next piece; empty at the end. Raises OSError, and ValueError once it is closed."""
        size = min(PIECE_BYTES, self._end - self._start)
        with self._using:  # a number that was closed meanwhile could be another file's by now
            piece = os.pread(self._file.fileno(), size, self._start)
        self._start += len(piece)
        return piece

    def close(self) -> None:
        """Let the file go."""
        with self._using:
            self._file.close()
