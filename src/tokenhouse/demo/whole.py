"""Files of the demo's own, written whole or not at all."""

import os
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Put a file in its place, readable by its owner alone; durable once this returns.

    Raises OSError and leaves what was there before. What a crash leaves beside it has the suffix
    `.new`.
    """
    unfinished = path.with_suffix(".new")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    sync_names(path.parent)


def sync_names(directory: Path) -> None:
    """Make it durable which files there are in a directory; raises OSError."""
    opened = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
