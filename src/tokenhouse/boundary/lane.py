"""The lane for what memory can answer: on the event loop, with no task and no thread.

It gives good answers (200) of routes that declare `from_memory`, by the functions that give them
everywhere, and nothing else: for whatever it is not sure of, it has no answer, and the request goes
the way of all others. Of what it said before it keeps the bytes, with the ground on which they
rest; they are said again while every one of its looks would find the same and no moment has come
at which that would mean something else.
"""

from collections.abc import Callable, Iterable
from hashlib import sha256
from operator import attrgetter
from typing import Final, TypeAlias

from tokenhouse.boundary.asgi import head
from tokenhouse.boundary.entering import enter, work
from tokenhouse.boundary.exchange import Exchange, written_ids
from tokenhouse.boundary.face import Answer, Face, Tail
from tokenhouse.boundary.forwarded import FORWARDED, Networks, client_address
from tokenhouse.boundary.routing import Routing
from tokenhouse.core.moment import MILLISECOND
from tokenhouse.core.refusal import Unavailable
from tokenhouse.operations import Authority
from tokenhouse.operations.ground import Ground
from tokenhouse.operations.kept import Kept
from tokenhouse.operations.usage import Counted

MOST_KEPT: Final = 16_384
"""Answers kept, twice so many at most; what was not asked for lately makes room."""
MOST_KEPT_BYTES: Final = 16 * 1024 * 1024
"""Bytes of all of them together, twice so many at most."""
MAX_KEPT_BYTES: Final = 16 * 1024
"""A longer answer is made anew each time."""

Fields: TypeAlias = Iterable[tuple[bytes, bytes]]

_FORWARDED: Final = FORWARDED.encode()
_HOST: Final = b"host"
_COUNTING: Final = frozenset({b"authorization", b"x-access-token", b"content-type", b"accept"})
"""The headers that a handle is shown here: by nothing else may its answer differ."""
_NOT_HERE: Final = frozenset({b"expect", b"transfer-encoding"})
_MS: Final = 1_000_000
"""Nanoseconds."""
_ID: Final = "x" * 24
_GOOD: Final = 200
_WHOLE: Final = b"\0"
"""What no method begins with: so no request as it came is ever taken for the parts of one."""


class _Said:
    """An answer in the pieces between which it changes: id, length and end of the body.

    `begin` is what stands before the id, `after` what stands between that and an end of so many
    bytes as `end_size` says.
    """

    __slots__ = (
        "_body",
        "_fields",
        "after",
        "begin",
        "end_size",
        "ground",
        "presented",
        "size",
        "tail",
    )

    def __init__(
        self, answer: Answer, tail: Tail, ground: Ground, presented: tuple[Counted, ...]
    ) -> None:
        fields, _, _ = _bytes(answer, _ID).partition(b"\r\n\r\n")
        self.begin, _, after = fields.partition(_ID.encode())
        self._fields = after[: after.rindex(b" ") + 1]  # the length of the body stands last
        self._body = answer.body[: len(answer.body) - tail.length(answer.body)]
        self.tail = tail.write
        self.end_with(0)
        self.ground = ground
        self.presented = presented
        self.size = 2 * (len(fields) + len(answer.body))

    def end_with(self, size: int) -> None:
        """From now on the body ends with so many bytes."""
        length = len(self._body) + size
        self.after = b"%b%d\r\n\r\n%b" % (self._fields, length, self._body)
        self.end_size = size


_SIZE: Final[Callable[[_Said], int]] = attrgetter("size")


class Lane:
    """`paths`: how the URLs begin that it may have answers to."""

    def __init__(self, authority: Authority, faces: tuple[Face, ...], trusted: Networks) -> None:
        self._authority = authority
        self._still = authority.at_once.still
        self._count = authority.usage.again
        self._ids = written_ids()
        self._routing = Routing(faces)
        self._trusted = trusted
        self._kept: Kept[_Said] = Kept(MOST_KEPT, MOST_KEPT_BYTES, _SIZE)
        self.paths = _paths(faces)

    def from_peer(self, peer: str) -> bytes:
        """What goes before the bytes of a peer's requests, for `name`."""
        return _WHOLE + peer.encode() + b"\n"

    def name(self, whole: bytes) -> bytes:
        """A name for a request: for all of it as it came, behind whom it came from."""
        return sha256(whole).digest()

    def learn(self, name: bytes, said: _Said) -> None:
        """The request that was answered so was all that came under this name."""
        self._kept.keep(name, said)

    def answer(
        self,
        method: bytes,
        url: bytes,
        headers: Fields,
        body: bytes,
        peer: str,
    ) -> tuple[bytes, _Said | None] | None:
        """The fields and the body of a 200, ready to be sent; None for anything else.

        And what is kept of them, if anything is. Header names are in lower case. Called from the
        event loop: it waits for nothing.
        """
        shown = _shown(headers)
        if shown is None:
            return None
        counting, forwarded = shown
        if self._trusted:
            peer = client_address(peer, forwarded, self._trusted)
        # Neither a URL nor a header holds a line feed, and no name is empty
        pieces = [method, url, peer.encode(), *(piece for field in counting for piece in field)]
        key = sha256(b"\n".join((*pieces, b"", body))).digest()
        said = self.again(key)
        if said is not None:
            return said, self._kept.lately[key]
        try:
            return self._decided(key, _exchange(method, url, counting, peer), body)
        except Exception:  # noqa: BLE001 -- whatever it is, it is told the way of all others
            return None

    def again(self, name: bytes) -> bytes | None:
        """The fields and the body of a 200, where the request of this name had one before.

        What is kept of it is said as it is now. In one function, since calls cost.
        """
        kept = self._kept.lately[name]
        if kept is None:
            return None
        ground = kept.ground
        try:
            now = self._still(ground)
        except Unavailable:  # the clock cannot be judged by; which is told the way of all others
            return None
        if now is None:
            return None
        for counted in kept.presented:
            self._count(counted, now)
        end = kept.tail(now - now % MILLISECOND, ground.left_ns // _MS)
        if len(end) != kept.end_size:
            kept.end_with(len(end))
        return b"".join((kept.begin, next(self._ids), kept.after, end))

    def _decided(
        self, key: bytes, exchange: Exchange, body: bytes
    ) -> tuple[bytes, _Said | None] | None:
        entered = enter(exchange, self._routing)
        tail = entered.route.from_memory
        if tail is None or entered.route.method != exchange.request.method:  # HEAD has no body
            return None
        if len(body) > entered.route.body_limit:
            return None
        request = entered.request(exchange, body)
        do = work(self._authority, entered.face, entered.route, request)
        usage = self._authority.usage
        (answer, presented), ground = self._authority.at_once.alone(lambda: usage.uncounted(do))
        if not isinstance(answer, Answer) or answer.status != _GOOD:
            return None
        if answer.part is not None or answer.delay:
            return None
        for counted in presented:
            self._count(counted, ground.since)
        said = _Said(answer, tail, ground, presented)
        if said.size > MAX_KEPT_BYTES:
            return _bytes(answer, request.id), None
        self._kept.keep(key, said)
        return _bytes(answer, request.id), said


def _shown(headers: Fields) -> tuple[list[tuple[bytes, bytes]], tuple[str, ...]] | None:
    """The headers that count, and whom it was forwarded for; None where a request is not plain."""
    counting: list[tuple[bytes, bytes]] = []
    forwarded: tuple[str, ...] = ()
    hosts = 0
    for field in headers:
        name = field[0]
        if name in _COUNTING:
            counting.append(field)
        elif name == _HOST:
            hosts += 1
        elif name == _FORWARDED:
            forwarded = (*forwarded, field[1].decode("latin-1"))
        elif name in _NOT_HERE:
            return None
    return (counting, forwarded) if hosts == 1 else None


def _exchange(
    method: bytes, url: bytes, counting: list[tuple[bytes, bytes]], peer: str
) -> Exchange:
    path, _, query = url.partition(b"?")
    scope = {
        "method": method.decode("ascii"),
        "raw_path": path,
        "query_string": query,
        "headers": [(_HOST, b""), *counting],
        "client": (peer, 0),
        "http_version": "1.1",
    }
    return Exchange(scope, _nothing_more)


async def _nothing_more() -> dict[str, object]:
    return {"type": "http.disconnect"}


def _bytes(answer: Answer, request_id: str) -> bytes:
    fields = b"".join(b"%b: %b\r\n" % field for field in head(answer, request_id))
    return b"%b\r\n%b" % (fields, answer.body)


def declares(faces: tuple[Face, ...]) -> bool:
    """Whether any route can be answered from memory."""
    return bool(_paths(faces))


def _paths(faces: tuple[Face, ...]) -> tuple[bytes, ...]:
    declared = {
        route.path.partition("{")[0].encode()
        for face in faces
        for route in face.routes
        if route.from_memory is not None
    }
    return tuple(sorted(declared))
