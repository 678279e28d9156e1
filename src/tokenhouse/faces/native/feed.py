"""The change feed, by which a verifier knows which kept answers to forget."""

from typing import Final

from tokenhouse.boundary import About, Answer, Asked, Request, Route, Success
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Door
from tokenhouse.core.refusal import Code
from tokenhouse.faces.native.examples import MADE, TOKEN
from tokenhouse.faces.native.wire import feed as wire
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller


def _feed(authority: Authority, request: Request, caller: Caller) -> Answer:
    return wire.write_fed(authority.feed(caller, wire.read_after(request)))


ROUTES: Final = (
    Route(
        "GET",
        "/v1/feed",
        Asked(_feed),
        Demand(Door.ASKING, frozenset({"TokenVerify"})),
        about=About(
            tag="Verification",
            summary="Follow what changed, to forget kept answers in time.",
            text="Without `after` you are told where to begin. Then ask again and again with what"
            " the last answer gave as `next`. Entries are your organization's and the"
            " deployment's; an answer may be empty and `next` still have moved on. 410 means that"
            " the feed no longer reaches back so far: forget every kept answer, and begin anew"
            " without `after`.",
            query=wire.AFTER,
            answers={200: Success(wire.Feed)},
            refuses=frozenset({Code.GONE}),
            query_example={"after": "4711"},
            answer_example={
                "data": [
                    {
                        "sequence": 4712,
                        "moment": MADE,
                        "touched": [["token", TOKEN]],
                    }
                ],
                "next": 4712,
            },
        ),
    ),
)
