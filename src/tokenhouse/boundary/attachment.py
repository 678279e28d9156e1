"""Files as answers: taken home, never shown by a browser in our name."""

import os
from pathlib import Path

from tokenhouse.boundary.face import Answer
from tokenhouse.boundary.parts import Part
from tokenhouse.boundary.ranges import wanted
from tokenhouse.boundary.request import Request
from tokenhouse.core.refusal import Unavailable

MEDIA_TYPE = "application/octet-stream"


def attachment(request: Request, path: Path, etag: str, name: str) -> Answer:
    """All of a file, or the stretch of it that was asked for.

    `etag` is a strong one, in its quotes. `name` is ours: letters, digits, dots and hyphens.
    Raises Unsatisfiable, and Unavailable for a file that cannot be read.
    """
    try:
        file = path.open("rb", buffering=0)
    except OSError as fault:
        raise Unavailable(f"{path.name} cannot be read: {fault.strerror}") from fault
    try:
        size = os.fstat(file.fileno()).st_size
        stretch = wanted(request, size, etag)
    except BaseException:
        file.close()
        raise
    headers = (
        ("accept-ranges", "bytes"),
        ("content-disposition", f'attachment; filename="{name}"'),
        ("content-security-policy", "sandbox"),
        ("etag", etag),
    )
    if stretch is None:
        return Answer(200, b"", MEDIA_TYPE, headers, part=Part(file, 0, size))
    start, length = stretch
    ranged = ("content-range", f"bytes {start}-{start + length - 1}/{size}")
    return Answer(206, b"", MEDIA_TYPE, (*headers, ranged), part=Part(file, start, length))
