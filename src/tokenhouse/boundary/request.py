"""What a face is given: one request, complete and bounded."""

import msgspec

from tokenhouse.core.refusal import Code, Refused


class Request(msgspec.Struct, frozen=True):
    """One request. `path` is decoded once, as it was routed; `parameters` come from the template.

    Header names are lower case, values latin-1 (RFC 9110, section 5.5). `id` was made by us.
    """

    method: str
    path: str
    parameters: dict[str, str]
    query: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
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
        return tuple(value for known, value in self.headers if known == name)
