"""What a face declares: its prefixes, its routes, and how it spells answers."""

from collections.abc import Callable
from typing import Final, Protocol, TypeAlias

import msgspec

from tokenhouse.boundary.about import About, Refusals
from tokenhouse.boundary.parts import Part
from tokenhouse.boundary.request import Request
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Spelling
from tokenhouse.core.moment import Moment
from tokenhouse.core.refusal import Refused, Unavailable
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller

BODY_LIMIT: Final = 65_536
"""Bytes of a request body, where a route does not say otherwise."""


class Answer(msgspec.Struct, frozen=True):
    """What goes back: a status, a body, headers with lower-case names.

    `delay` is seconds for which the boundary holds the answer back without holding a thread, so
    that guessing is slow; more than 2 count as 2. `part` goes out in place of `body`.
    """

    status: int
    body: bytes = b""
    media_type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0.0
    part: Part | None = None


class Sink(Protocol):
    """Takes the body of one request in pieces. Each call is made in a thread, one after the other.

    `write` and `finish` may raise Refused and Unavailable, and are not called again then.
    """

    def write(self, piece: bytes) -> None:
        """Take what came in next."""

    def finish(self) -> Answer:
        """The body has come in whole: keep it, and say what to answer."""

    def close(self) -> None:
        """Nothing more comes, whatever happened: undo what was not finished."""


class Tail(msgspec.Struct, frozen=True):
    """The end of a good answer's body that tells of the moment; everything before it does not.

    `begins`: what it begins with, empty where the body tells of none. `write` is given the
    moment, in whole milliseconds, and the milliseconds for which the answer may be kept.
    """

    begins: bytes = b""
    write: Callable[[Moment, int], bytes] = lambda _, __: b""

    def length(self, body: bytes) -> int:
        """How many bytes of a body it is."""
        return len(body) - body.rindex(self.begins) if self.begins else 0


Handle: TypeAlias = Callable[[Authority, Request, Caller | None], Answer | Sink]
Handled: TypeAlias = Callable[[Authority, Request, Caller], Answer | Sink]
Refuse: TypeAlias = Callable[[Request, Refused | Unavailable], Answer]


class Early(msgspec.Struct, frozen=True):
    """A handle that asks no authority, and so can be served before there is one.

    Its route must not demand anything: nobody could judge a credential.
    """

    answer: Callable[[Request], Answer]

    def __call__(self, _: Authority, request: Request, __: Caller | None) -> Answer:
        return self.answer(request)


class Asked(msgspec.Struct, frozen=True):
    """A handle of a route that demands a credential, and so always has a caller."""

    handled: Handled

    def __call__(
        self, authority: Authority, request: Request, caller: Caller | None
    ) -> Answer | Sink:
        assert caller is not None
        return self.handled(authority, request, caller)


class Route(msgspec.Struct, frozen=True):
    """One method on one path, what it demands, and what answers it.

    A path segment `{name}` matches any one segment. `demand` None: the route takes no credential
    and its caller is None. `body_limit` is in bytes. `idempotent`: reads `Idempotency-Key`.
    `at_once`: answered without a thread, however many wait for one; it must wait for nothing.
    `brief`: it reads and writes few records, whatever is asked, and waits for the store or `beside`
    its thread alone: so it may share one.
    `from_memory`: a good answer may be given, and given again, by what memory holds of the records
    that it rests on; it differs by nothing but these, the moment in its tail, and of the request
    the target, the body, the address, the credential, `Accept` and `Content-Type`.
    `precondition`: needs `If-Match`. `streamed`: the handle is asked before any of the body is
    read, and gives a Sink for it. `pieces`: a good answer may have a Part. `about` None: no
    document tells of it.
    """

    method: str
    path: str
    handle: Handle
    demand: Demand | None = None
    body_limit: int = BODY_LIMIT
    idempotent: bool = False
    at_once: bool = False
    brief: bool = False
    from_memory: Tail | None = None
    precondition: bool = False
    streamed: bool = False
    pieces: bool = False
    about: About | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


Check: TypeAlias = Callable[[Request, Route], None]
"""Raises Refused."""


class Face(msgspec.Struct, frozen=True):
    """One wire dialect.

    Everything under a prefix belongs to the face, unknown paths too: `refuse` spells them. A face
    without prefixes owns exactly the paths of its routes. `spellings` are those that it reads.
    `fold` gives the path under which a request is routed, where the dialect writes one in several
    ways. `check` refuses, before a handle is asked, what its routes have no answer for.
    `refusals` says what `refuse` writes, and `media_types` what good answers come in, the usual
    one first.
    """

    name: str
    prefixes: tuple[str, ...]
    routes: tuple[Route, ...]
    refuse: Refuse
    spellings: frozenset[Spelling]
    check: Check | None = None
    fold: Callable[[str], str] | None = None
    refusals: Refusals | None = None
    media_types: tuple[str, ...] = ()
