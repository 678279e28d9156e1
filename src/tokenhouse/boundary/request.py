"""What a face is given: one request, complete and bounded."""

from collections.abc import Iterable
from typing import TypeAlias

import msgspec

from tokenhouse.core.refusal import Code, Refused

Headers: TypeAlias = dict[str, tuple[str, ...]]
"""The values of each header in the order sent, by its name in lower case."""


class Request(msgspec.Struct, frozen=True):
    """One request. `path` is decoded once, as it was routed; `parameters` come from the template.

    Values of headers are latin-1 (RFC 9110, section 5.5). `id` was made by us.
    """

    method: str
    path: str
    parameters: dict[str, str]
    query: tuple[tuple[str, str], ...]
    headers: Headers
    body: bytes
    address: str
    id: str

    def header(self, name: str) -> str | None:
        """The value of a header that may stand once; raises Refused(MALFORMED) if it repeats."""
        values = self.all_headers(name)
        if len(values) > 1:
            raise Refused(Code.MALFORMED, f"The header {name} stands there more than once.")
        return values[0] if values else None

    def all_headers(self, name: str) -> tuple[str, ...]:
        """Every value of a header, in the order sent; `name` in lower case."""
        return self.headers.get(name, ())


def by_name(fields: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Header fields as they came, their names in lower case already."""
    headers: Headers = {}
    for raw_name, raw_value in fields:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        headers[name] = (*headers[name], value) if name in headers else (value,)
    return headers
