"""Reading a request target strictly: what has two readings is refused, never guessed."""

import re
from typing import Final

from tokenhouse.boundary.limits import MAX_PARAMETERS
from tokenhouse.core.refusal import Code, Refused

_BROKEN_PERCENT: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_PERCENT: Final = re.compile(rb"%([0-9A-Fa-f]{2})")
_PLAIN_PARAMETER: Final = rb"[A-Za-z0-9._~@:-]+=[A-Za-z0-9._~@:-]*"
_PLAIN_QUERY: Final = re.compile(rb"%b(?:&%b)*" % (_PLAIN_PARAMETER, _PLAIN_PARAMETER), re.ASCII)
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f]")
_PLAIN_PATH: Final = re.compile(rb"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)+", re.ASCII)
_HIDDEN_BORDERS: Final = re.compile(rb"%2f|%5c|%00|\\", re.IGNORECASE)


def is_plain_path(raw: bytes) -> bool:
    """Whether a path has no other reading than its letters."""
    return _PLAIN_PATH.fullmatch(raw) is not None


def read_path(raw: bytes) -> str:
    """Decode a path once.

    Raises Refused(MALFORMED) for a path that two programs may read differently: hidden slashes,
    empty or dot segments, broken percent signs, anything but UTF-8. Control characters name
    nothing: Refused(NOT_FOUND).
    """
    if is_plain_path(raw):
        return raw.decode()
    if not raw.startswith(b"/") or b"//" in raw or _HIDDEN_BORDERS.search(raw):
        raise _malformed_path()
    path = decode(raw)
    if path is None or {".", ".."}.intersection(path.split("/")):
        raise _malformed_path()
    if _CONTROL.search(path):
        raise Refused(Code.NOT_FOUND, "There is nothing here.")
    return path


def read_query(
    raw: bytes, where: str = "query", what: str = "parameters"
) -> tuple[tuple[str, str], ...]:
    """The parameters of a query, or of a form, in the order sent; raises Refused(MALFORMED)."""
    if not raw:
        return ()
    if _PLAIN_QUERY.fullmatch(raw) and raw.count(b"&") < MAX_PARAMETERS:  # nearly all are
        plain = [piece.partition("=") for piece in raw.decode().split("&")]
        return tuple([(name, text) for name, _, text in plain])
    pieces = raw.split(b"&", MAX_PARAMETERS)
    if len(pieces) > MAX_PARAMETERS:
        raise Refused(Code.MALFORMED, f"The {where} has more than {MAX_PARAMETERS} {what}.")
    return tuple(_parameter(piece, where) for piece in pieces if piece)


def _parameter(piece: bytes, where: str) -> tuple[str, str]:
    name, _, value = piece.replace(b"+", b" ").partition(b"=")
    return _text(name, where), _text(value, where)


def _text(raw: bytes, where: str) -> str:
    text = decode(raw)
    if text is None or _CONTROL.search(text):
        raise Refused(
            Code.MALFORMED, f"The {where} is not percent-encoded UTF-8 without control characters."
        )
    return text


def decode(raw: bytes) -> str | None:
    """Take percent signs away, once; None for what is broken or not UTF-8."""
    if _BROKEN_PERCENT.search(raw):
        return None
    try:
        return _PERCENT.sub(lambda match: bytes.fromhex(match[1].decode()), raw).decode()
    except UnicodeDecodeError:
        return None


def _malformed_path() -> Refused:
    return Refused(Code.MALFORMED, "The path is malformed.")
