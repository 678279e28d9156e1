"""Which bytes of something a request wants (RFC 9110, section 14)."""

import re
from typing import Final, TypeAlias

from tokenhouse.boundary.refusals import Exact
from tokenhouse.boundary.request import Request
from tokenhouse.core.refusal import Code

Stretch: TypeAlias = tuple[int, int]
"""The first byte, and how many from there."""

_ONE: Final = re.compile(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.ASCII | re.IGNORECASE)


class Unsatisfiable(Exact):
    """Nothing of it lies in the range that was asked for."""

    def __init__(self, size: int) -> None:
        super().__init__(Code.MALFORMED, f"There are {size} bytes, and none in this range.", 416)
        self.size = size


def wanted(request: Request, size: int, etag: str) -> Stretch | None:
    """The stretch that is asked for, None for all of it; raises Unsatisfiable.

    All of it goes out wherever a range cannot be read, several are asked for at once, or
    `If-Range` names anything but this `etag`, which has to be a strong one. Only GET has ranges.
    """
    asked = request.header("range")
    if asked is None or request.method != "GET":
        return None
    one = _ONE.fullmatch(asked)
    if one is None or request.header("if-range") not in {None, etag}:
        return None
    first, last = one[1], one[2]
    if not first:
        return _suffix(last, size)
    start, end = int(first), int(last) if last else size - 1
    if last and end < start:
        return None
    if start >= size:
        raise Unsatisfiable(size)
    return start, min(end, size - 1) - start + 1


def _suffix(last: str, size: int) -> Stretch | None:
    """The last so many bytes."""
    if not last:
        return None
    length = min(int(last), size)
    if length == 0:
        raise Unsatisfiable(size)
    return size - length, length
