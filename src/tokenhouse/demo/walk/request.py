"""Requests of a walk, and the answers to them, as values."""

import json as json_text
from typing import Any, Final, Self, TypeAlias
from urllib.parse import urlencode

import msgspec

JSON: Final = "application/json"
_FORM: Final = "application/x-www-form-urlencoded"
_BORDER: Final = "end-of-a-part"

Headers: TypeAlias = tuple[tuple[str, str], ...]


class Request(msgspec.Struct, frozen=True):
    """One request. `shown_body` is what people are shown of its body."""

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""
    shown_body: str = ""

    @classmethod
    def of_json(cls, method: str, target: str, fields: dict[str, Any], *headers: str) -> Self:
        """A request with a body of JSON; headers as `name: value`."""
        text = json_text.dumps(fields, ensure_ascii=False, separators=(",", ":"))
        return cls(method, target, parsed((*headers, f"Content-Type: {JSON}")), text.encode(), text)

    @classmethod
    def of_form(cls, target: str, fields: dict[str, str]) -> Self:
        """A POST with the fields of a form."""
        text = urlencode(fields)
        return cls("POST", target, parsed((f"Content-Type: {_FORM}",)), text.encode(), text)

    @classmethod
    def of_file(cls, target: str, name: str, content: bytes, *headers: str) -> Self:
        """A POST with a form that brings one file, in the field `files`."""
        head = f'--{_BORDER}\r\nContent-Disposition: form-data; name="files"; filename="{name}"'
        body = f"{head}\r\n\r\n".encode() + content + f"\r\n--{_BORDER}--\r\n".encode()
        type_ = f"Content-Type: multipart/form-data; boundary={_BORDER}"
        shown = f"(the file {name} in the field files, {len(content)} bytes)"
        return cls("POST", target, parsed((*headers, type_)), body, shown)

    @classmethod
    def plain(cls, method: str, target: str, *headers: str) -> Self:
        """A request without a body; headers as `name: value`."""
        return cls(method, target, parsed(headers))


def parsed(headers: tuple[str, ...]) -> Headers:
    """Headers as pairs."""
    split = [header.partition(": ") for header in headers]
    return tuple((name, value) for name, _, value in split)


class Reply(msgspec.Struct, frozen=True):
    """One answer."""

    status: int
    media_type: str
    body: bytes

    @property
    def is_json(self) -> bool:
        """Whether there is a body, and it is JSON."""
        return bool(self.body) and self.media_type.endswith("json")

    @property
    def json(self) -> Any:
        """The body, read; raises ValueError where it is not JSON."""
        return json_text.loads(self.body)
