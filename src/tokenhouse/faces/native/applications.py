"""What applications hold in one's own name."""

from typing import Final

from tokenhouse.boundary import NO_CONTENT, NOTHING, About, Answer, Asked, Request, Route, Success
from tokenhouse.boundary.cursor import Listed
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Asker, Door
from tokenhouse.faces.native.examples import FAMILY, MADE
from tokenhouse.faces.native.wire import applications as wire
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.changes import Stretch

_TAG: Final = "Me"
_OWN: Final = Demand(Door.MANAGEMENT, asker=Asker.PERSON)


def _list(authority: Authority, request: Request, caller: Caller) -> Answer:
    part = wire.SLICED.read(request)
    listed = authority.applications.page(caller, Stretch(part.limit, part.after))
    return wire.write_applications(request, listed)


def _end(authority: Authority, request: Request, caller: Caller) -> Answer:
    authority.applications.end(caller, wire.read_application(request))
    return NOTHING


_EXAMPLE: Final = {
    "id": FAMILY,
    "label": "Customer portal",
    "client_id": "4fXbT0aKq1ZrW8yLhN3mCe7D",
    "signed_in_at": MADE,
    "expires_at": "2029-12-31T08:00:00Z",
    "suspended": False,
}

ROUTES: Final = (
    Route(
        "GET",
        "/v1/me/applications",
        Asked(_list),
        _OWN,
        about=About(
            tag=_TAG,
            summary="List the applications that you signed in to and that act in your name since.",
            text="One row for each sign-in that goes on, what was refreshed last first. One request"
            " looks at 1,000 refresh tokens at most: a slice can be short or empty and still have a"
            " `next_cursor`.",
            query=wire.SLICED,
            answers={200: Success(Listed[wire.Application], ("Link",))},
            answer_example={"data": [_EXAMPLE]},
        ),
    ),
    Route(
        "DELETE",
        "/v1/me/applications/{family_id}",
        Asked(_end),
        _OWN,
        about=About(
            tag=_TAG,
            summary="End what an application may do in your name since one sign-in.",
            text="Its refresh and access tokens of that sign-in are good no longer.",
            answers=NO_CONTENT,
            path_example={"family_id": FAMILY},
        ),
    ),
)
