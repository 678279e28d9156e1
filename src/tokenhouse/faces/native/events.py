"""The audit trail: an organization's, one's own, and the chain that makes it tamper-evident."""

from typing import Final

from tokenhouse.boundary import About, Answer, Asked, Request, Route, Success
from tokenhouse.boundary.cursor import Listed
from tokenhouse.core.chain import Line
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Asker, Door
from tokenhouse.core.refusal import Code
from tokenhouse.faces.native.examples import ANNA, MADE, ORGANIZATION, TOKEN
from tokenhouse.faces.native.wire import events as wire
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller

_TAG: Final = "Events"
_READ: Final = Demand(Door.MANAGEMENT, frozenset({"EventsRead"}))
_OWN: Final = Demand(Door.MANAGEMENT, asker=Asker.PERSON)


def _list(authority: Authority, request: Request, caller: Caller) -> Answer:
    asked = wire.LISTING.read(request)
    part = authority.trail.page(caller, asked.wanted, asked.before, asked.limit)
    return wire.write_part(request, part)


def _list_mine(authority: Authority, request: Request, caller: Caller) -> Answer:
    asked = wire.MINE.read(request)
    return wire.write_part(request, authority.trail.of_me(caller, asked.before, asked.limit))


def _export(authority: Authority, request: Request, caller: Caller) -> Answer:
    asked = wire.EXPORT.read(request)
    exported = authority.chain.export(caller, asked.after, asked.limit)
    return wire.write_exported(request, exported)


def _verify(authority: Authority, request: Request, caller: Caller) -> Answer:
    return wire.write_proven(request, authority.chain.verify(caller, *wire.read_kept(request)))


_DIGEST: Final = "0e58dbf3b2877625c947b90cd24ebbd514563d8cc24a24a21907283ef1a5e877"
_LINK: Final = "55c7fed93713829e850583b97c1cb6864dcae977e9e0cb1124ece4ecd63f941c"
_EVENT: Final = {
    "sequence": 4712,
    "name": "session:person:ended",
    "moment": MADE,
    "organization": ORGANIZATION,
    "erased": False,
    "actor": ANNA["id"],
    "through": TOKEN,
    "subject": TOKEN,
    "details": {"kind": "session", "description": ""},
    "digest": _DIGEST,
}
_LISTED: Final = {200: Success(Listed[wire.Event], ("Link",))}

ROUTES: Final = (
    Route(
        "GET",
        "/v1/events",
        Asked(_list),
        _READ,
        about=About(
            tag=_TAG,
            summary="List the organization's events, the newest first.",
            text="`name` is a whole name or its beginning, such as `token` or `token:holder`."
            " `since` is the first moment wanted, `until` the first one not wanted any more, and"
            " `person` whom an event concerns. One request looks at 1,000 events at most: a slice"
            " can be short or empty and still have a `next_cursor`. Erased events tell no `actor`"
            " and no `subject`, and so are found by neither.",
            query=wire.LISTING,
            answers=_LISTED,
            query_example={"name": "session", "limit": "20"},
            answer_example={"data": [_EVENT], "next_cursor": "AAAAAAAAEmg"},
        ),
    ),
    Route(
        "GET",
        "/v1/me/events",
        Asked(_list_mine),
        _OWN,
        about=About(
            tag=_TAG,
            summary="List what you did and what was done to you, the newest first.",
            text="In whatever organization; of what others did elsewhere you are told what it was,"
            " and not who did it.",
            query=wire.MINE,
            answers=_LISTED,
            query_example={"limit": "20"},
            answer_example={"data": [_EVENT]},
        ),
    ),
    Route(
        "GET",
        "/v1/events/export",
        Asked(_export),
        _READ,
        about=About(
            tag=_TAG,
            summary="Export events with their chain, the oldest first, one JSON object a line.",
            text="`after` is a sequence. Of your organization's events each line holds the"
            " canonical text as `body`, beside `digest` and `link`; of all others only these"
            " two, so that anyone can follow the chain through the file without us. An answer"
            " ends before `limit` once it holds 8 MiB of bodies; `Link` says where to go on.",
            query=wire.EXPORT,
            answers={200: Success(Line, ("Link",), (wire.NDJSON,))},
            query_example={"after": "4711", "limit": "10000"},
            answer_example={"sequence": 4712, "digest": _DIGEST, "link": _LINK},
        ),
    ),
    Route(
        "GET",
        "/v1/events/chain",
        Asked(_verify),
        _READ,
        about=About(
            tag=_TAG,
            summary="Verify the chain of all events of the deployment.",
            text="Without `after` from the first event on; 10,000 events a request at most. Keep"
            " `to` and `link` of an answer somewhere else: sent later as `after` and `link` they"
            " show that nothing up to there was changed or cut off. Nothing of another"
            " organization is told.",
            query=wire.CHAIN,
            answers={200: Success(wire.Chain, ("Link",))},
            refuses=frozenset({Code.UNPROCESSABLE}),
            query_example={"after": "1", "link": _LINK},
            answer_example={"intact": True, "from": 1, "to": 4712, "link": _LINK},
        ),
    ),
)
