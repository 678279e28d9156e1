"""How the audit trail and its chain are spelled."""

from collections.abc import Mapping
from typing import Annotated, Final
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType, field

from tokenhouse.boundary import Answer, Query, Request, Time, answered, time
from tokenhouse.boundary.answers import Headers
from tokenhouse.boundary.cursor import DEFAULT_LIMIT, MAX_LIMIT, AfterSequence, write_slice
from tokenhouse.boundary.sorts import Id, Sort, Text, When, Whole
from tokenhouse.core.chain import HASH_BYTES
from tokenhouse.core.events import Details
from tokenhouse.core.moment import Moment
from tokenhouse.operations.chain import MAX_EVENTS, Exported, Proven
from tokenhouse.operations.trail import Part, Shown, Wanted

NDJSON: Final = "application/x-ndjson"
LAST_SEQUENCE: Final = 2**53 - 1
"""The greatest sequence that every reader of JSON can tell from the next one."""
DEFAULT_LINES: Final = 1_000
MAX_NAME: Final = 100
"""Characters of the name of an event."""

_NAME: Final = "[a-z_]+(?::[a-z_]+){0,2}"
_HASH: Final = f"[0-9a-f]{{{2 * HASH_BYTES}}}"
_SLICE: Final[Mapping[str, Sort]] = {"limit": Whole(1, MAX_LIMIT), "cursor": AfterSequence()}
_AFTER: Final = Whole(0, LAST_SEQUENCE)


class Listing(msgspec.Struct, frozen=True):
    """Which events are asked for, and before which sequence."""

    wanted: Wanted
    before: int | None
    limit: int


def _listing(
    *,
    name: str | None = None,
    actor: UUID | None = None,
    subject: UUID | None = None,
    person: UUID | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    before: int | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Listing:
    return Listing(Wanted(name, actor, subject, person, since, until), before, limit)


LISTING: Final = Query(
    _listing,
    {
        "name": Text(MAX_NAME, empty=False, pattern=_NAME),
        "actor": Id(),
        "subject": Id(),
        "person": Id(),
        "since": When(),
        "until": When(),
        **_SLICE,
    },
    into={"cursor": "before"},
)
MINE: Final = Query(_listing, _SLICE, into={"cursor": "before"})


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """What happened. `actor` did it (null: the system, or somebody at the machine) with the token
    `through`, to `subject`.

    Of an erased event these and `details` are gone. `digest` is the hash of its whole text.
    """

    sequence: int
    name: str
    moment: Time
    organization: UUID
    erased: bool
    actor: UUID | UnsetType | None = UNSET
    through: UUID | UnsetType | None = UNSET
    subject: UUID | UnsetType = UNSET
    details: Details | UnsetType = UNSET
    digest: str


def write_part(request: Request, part: Part) -> Answer:
    """Some events, newest first."""
    return write_slice(request, [shown(one) for one in part.events], part.following)


def shown(one: Shown) -> Event:
    """What is told of an event."""
    event, told = one.event, one.told
    return Event(
        sequence=event.sequence,
        name=event.name,
        moment=time(event.moment),
        organization=event.organization_id,
        erased=event.body is None,
        actor=UNSET if told is None else told.actor,
        through=UNSET if told is None else told.through,
        subject=UNSET if told is None else told.subject,
        details=UNSET if told is None else told.details,
        digest=event.digest.hex(),
    )


class Export(msgspec.Struct, frozen=True):
    """Which events to export."""

    after: int = 0
    limit: int = DEFAULT_LINES


EXPORT: Final = Query(Export, {"after": _AFTER, "limit": Whole(1, MAX_EVENTS)})


def write_exported(request: Request, exported: Exported) -> Answer:
    """One event a line, oldest first, and a Link to where it goes on (RFC 8288)."""
    headers: Headers = ()
    if exported.following is not None:
        query = dict(request.query) | {"after": str(exported.following)}
        headers = _next(request, query)
    body = msgspec.json.Encoder().encode_lines(exported.lines)
    return Answer(200, body, NDJSON, headers)


class Kept(msgspec.Struct, frozen=True):
    """A place in the chain that a caller kept, or where he goes on."""

    after: int = 0
    link: str | None = None


CHAIN: Final = Query(Kept, {"after": _AFTER, "link": Text(2 * HASH_BYTES, pattern=_HASH)})


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the chain holds behind the event `from`. `to` is the last one that does.

    Keep `to` and `link`: sent later as `after` and `link`, they show that nothing up to there was
    changed or cut off. `broken_at`: the first event that does not follow. `next`: what to send as
    `after` to go on; it is left out where nothing is left.
    """

    intact: bool
    start: Annotated[int, Meta(ge=0)] = field(name="from")
    to: Annotated[int, Meta(ge=0)]
    link: str
    broken_at: int | UnsetType = UNSET
    next: int | UnsetType = UNSET


def read_kept(request: Request) -> tuple[int, bytes | None]:
    """The sequence behind which to begin, and the link that stood there."""
    kept = CHAIN.read(request)
    return kept.after, None if kept.link is None else bytes.fromhex(kept.link)


def write_proven(request: Request, proven: Proven) -> Answer:
    """How far the chain holds."""
    until, broken_at = proven.walked.until, proven.walked.broken_at
    link = until.link.hex()
    told = Chain(
        intact=broken_at is None,
        start=proven.start,
        to=until.sequence,
        link=link,
        broken_at=UNSET if broken_at is None else broken_at,
        next=until.sequence if proven.more else UNSET,
    )
    query = {"after": str(until.sequence), "link": link}
    return answered(200, told, _next(request, query) if proven.more else ())


def _next(request: Request, query: dict[str, str]) -> Headers:
    return (("link", f'<{request.path}?{urlencode(query)}>; rel="next"'),)
