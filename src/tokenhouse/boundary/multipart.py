"""Reading a form that brings one file (`multipart/form-data`, RFC 7578) while it comes in.

Nothing is kept but what could be the beginning of a border: the content goes on as it came.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from tokenhouse.boundary.fields import Fields
from tokenhouse.boundary.file_name import fault_of
from tokenhouse.core.refusal import Code, Refused

MEDIA_TYPE: Final = "multipart/form-data"
MAX_PART_HEAD_BYTES: Final = 4 * 1024
"""Bytes of what stands before the content of a part."""

_BORDER: Final = r"[A-Za-z0-9'()+_,./:=? -]{0,69}[A-Za-z0-9'()+_,./:=?-]"  # RFC 2046, 5.1.1
_TYPE: Final = re.compile(
    rf"multipart/form-data[ \t]*;[ \t]*boundary=(?:\"({_BORDER})\"|([A-Za-z0-9'+_.-]{{1,70}}))",
    re.IGNORECASE | re.ASCII,
)
_DISPOSITION: Final = re.compile(r"form-data[ \t]*", re.IGNORECASE | re.ASCII)
_PARAMETER: Final = re.compile(
    r';[ \t]*([A-Za-z*]{1,20})=(?:"((?:[^"\\]|\\.)*)"|([^\s";,\\]+))[ \t]*', re.ASCII
)
_CONTROL: Final = re.compile("[\x00-\x08\x0a-\x1f\x7f]")
_AS_IT_IS: Final = frozenset({"7bit", "8bit", "binary"})
_END: Final = b"\r\n"


class OneFile:
    """The content of the one file that a form has to bring, in the field of this name."""

    def __init__(self, content_type: str | None, field: str) -> None:
        """Raises Refused(MEDIA_TYPE) where no such form is announced."""
        announced = _TYPE.fullmatch((content_type or "").strip())
        if announced is None:
            raise Refused(
                Code.MEDIA_TYPE, f"Send the file as `Content-Type: {MEDIA_TYPE}; boundary=…`."
            )
        self._field = field
        self._border = b"\r\n--" + (announced[1] or announced[2]).encode()
        self._kept = bytearray()
        self._read: Callable[[], bytes | None] = self._first
        self._seen = False

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """The content in what came in next; raises Refused for what is no such form."""
        self._kept += piece
        while (content := self._read()) is not None:
            if content:
                yield content

    def end(self) -> None:
        """Raise Refused where the form does not end here, or has brought nothing."""
        if self._read != self._nothing_more:
            raise _malformed("It ends before its last border.")
        if not self._seen:
            faults = Fields({}, (self._field,), "The form")
            faults.require(self._field)
            faults.done()

    # What is read next: some content, or None until more has come in

    def _first(self) -> bytes | None:
        opening = self._border[2:]
        if not self._kept.startswith(opening[: len(self._kept)]):
            raise _malformed("It does not begin with the border that was announced.")
        return self._cut(len(opening), self._after_border)

    def _after_border(self) -> bytes | None:
        if len(self._kept) < len(_END):
            return None
        follows = bytes(self._kept[:2])
        if follows not in {_END, b"--"}:
            raise _malformed("A border is followed by something else.")
        return self._cut(2, self._head if follows == _END else self._nothing_more)

    def _head(self) -> bytes | None:
        length = self._kept.find(_END + _END, 0, MAX_PART_HEAD_BYTES + 2 * len(_END))
        if length < 0:
            if len(self._kept) > MAX_PART_HEAD_BYTES:
                raise _malformed(f"A part has a head of more than {MAX_PART_HEAD_BYTES} bytes.")
            return None
        self._open(bytes(self._kept[:length]))
        return self._cut(length + 2 * len(_END), self._content)

    def _content(self) -> bytes | None:
        length = self._kept.find(self._border)
        if length >= 0:
            content = bytes(self._kept[:length])
            self._cut(length + len(self._border), self._after_border)
            return content
        length = len(self._kept) - len(self._border) + 1
        if length <= 0:
            return None
        content = bytes(self._kept[:length])
        self._cut(length, self._content)
        return content

    def _nothing_more(self) -> bytes | None:
        if not _END.startswith(self._kept):
            raise _malformed("Something follows its last border.")
        return None

    def _cut(self, length: int, following: Callable[[], bytes | None]) -> bytes | None:
        """So much has been read, if it is there; go on with what follows."""
        if len(self._kept) < length:
            return None
        del self._kept[:length]
        self._read = following
        return b""

    def _open(self, raw: bytes) -> None:
        """Read the head of a part; raises Refused for another field, or a hostile name."""
        names = _named(_fields(raw))
        faults = Fields({names["name"]: ""}, (self._field,), "The form")
        if names["name"] == self._field and self._seen:
            faults.fault(self._field, "stands there twice")
        for name in ("filename", "filename*"):
            if fault := fault_of(name, names.get(name, "")):
                faults.fault(self._field, fault)
        faults.done()
        self._seen = True


def _fields(raw: bytes) -> dict[str, str]:
    """The header fields of a part, by their names in lower case."""
    try:
        lines = raw.decode().split("\r\n")
    except UnicodeDecodeError:
        raise _malformed("The head of a part is not UTF-8.") from None
    fields: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name.lower() in fields or _CONTROL.search(line):
            raise _malformed("The head of a part is malformed.")
        fields[name.lower()] = value.strip()
    if fields.get("content-transfer-encoding", "binary").lower() not in _AS_IT_IS:
        raise _malformed("A part is not sent as it is.")
    return fields


def _named(fields: dict[str, str]) -> dict[str, str]:
    """What `Content-Disposition` says: always a `name`, and what else stands there."""
    said = fields.get("content-disposition", "")
    begun = _DISPOSITION.match(said)
    place, named = begun.end() if begun else len(said) + 1, dict[str, str]()
    while place < len(said) and (one := _PARAMETER.match(said, place)):
        if one[1].lower() in named:
            break
        named[one[1].lower()] = one[3] if one[2] is None else one[2]
        place = one.end()
    if place != len(said) or "name" not in named:
        raise _malformed("The head of a part does not say which field it is.")
    return named


def _malformed(sentence: str) -> Refused:
    return Refused(Code.MALFORMED, f"The form is malformed. {sentence}")
