"""One request under way: what is known of it so far."""

import hashlib
import os
import random
import re
from binascii import hexlify
from collections.abc import Iterator
from typing import Final

from tokenhouse.boundary.asgi import FAULT, Fault, Receive, Scope
from tokenhouse.boundary.body import Body
from tokenhouse.boundary.face import Face, Route
from tokenhouse.boundary.forwarded import FORWARDED, Networks, client_address
from tokenhouse.boundary.presentation import presented, right
from tokenhouse.boundary.refusals import Exact
from tokenhouse.boundary.request import Request, by_name
from tokenhouse.core.credential import Secret
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.operations.admit import Caller

REQUEST_ID_BYTES: Final = 12
_ids: Final = random.Random(os.urandom(32))  # noqa: S311 -- names a request in a log, opens nothing
_AT_ONCE: Final = 256
"""Names made together: one alone costs more to make than to tell."""

IDEMPOTENCY_KEY: Final = r"[\x21-\x7e]{1,255}"
_IDEMPOTENCY_KEY: Final = re.compile(IDEMPOTENCY_KEY)
_TOO_LARGE: Final = {Fault.URL_TOO_LONG: 414, Fault.HEADERS_TOO_LARGE: 431}


class Exchange:
    """A request while it passes the pipeline.

    `face` is whoever spells a refusal now.
    """

    def __init__(self, scope: Scope, receive: Receive, trusted_proxies: Networks = ()) -> None:
        raw_path: bytes = scope["raw_path"]
        client = scope.get("client")
        headers = by_name(scope["headers"])
        forwarded = headers.get(FORWARDED, ())
        self.raw_path = raw_path
        self.raw_query: bytes = scope["query_string"]
        self.request = Request(
            method=scope["method"],
            path=raw_path.decode("latin-1"),
            parameters={},
            query=(),
            headers=headers,
            body=b"",
            address=client_address(client[0] if client else "", forwarded, trusted_proxies),
            id=new_id(),
        )
        self.face: Face | None = None
        self.body = Body(headers, scope, receive)
        self._fault: Fault | None = scope.get(FAULT)
        self._http_1_0 = scope["http_version"] == "1.0"

    def check_head(self) -> None:
        """Raise Refused for a request head that cannot be served."""
        if self._fault in _TOO_LARGE:
            raise Exact(Code.TOO_LARGE, self._fault.value, _TOO_LARGE[self._fault])
        if self._fault is not None:
            raise Refused(Code.MALFORMED, self._fault.value)
        hosts = len(self.request.all_headers("host"))
        if hosts > 1 or (hosts == 0 and not self._http_1_0):
            raise Refused(Code.MALFORMED, "The request needs exactly one Host header.")


def new_id() -> str:
    """A name for a request."""
    return hexlify(_ids.randbytes(REQUEST_ID_BYTES)).decode()


def written_ids() -> Iterator[bytes]:
    """Such names without end, in the bytes of answers; for one thread."""
    length = 2 * REQUEST_ID_BYTES
    while True:
        many = hexlify(_ids.randbytes(REQUEST_ID_BYTES * _AT_ONCE))
        for begin in range(0, len(many), length):
            yield many[begin : begin + length]


def caller(request: Request, face: Face, route: Route) -> Caller | None:
    """What the request brings to the operation of its route; raises Refused without it."""
    if route.demand is None:
        return None
    found = presented(request, face.spellings)
    if found is None:
        raise Refused(
            Code.UNAUTHENTICATED, f"This needs a credential: send {right(face.spellings)}."
        )
    key = _idempotency_key(request) if route.idempotent else None
    return Caller(
        credential=found[0],
        spelling=found[1],
        demand=route.demand,
        route=str(route),
        address=request.address,
        idempotency_key=key,
        request_hash=b"" if key is None else _hash(request),
    )


def _idempotency_key(request: Request) -> Secret | None:
    key = request.header("idempotency-key")
    if key is None:
        return None
    if _IDEMPOTENCY_KEY.fullmatch(key) is None:
        raise Refused(
            Code.MALFORMED, "The Idempotency-Key is not 1 to 255 visible ASCII characters."
        )
    return Secret(key)


def _hash(request: Request) -> bytes:
    digest = hashlib.sha256()
    parts = [request.method, request.path, *(text for pair in request.query for text in pair)]
    for part in [*(text.encode() for text in parts), request.body]:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()
