"""Which permissions there are."""

from typing import Final

from tokenhouse.boundary import About, Answer, Asked, Request, Route, Success
from tokenhouse.boundary.cursor import Listed
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Door
from tokenhouse.faces.native.wire import permissions as wire
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller


def _list(authority: Authority, _: Request, caller: Caller) -> Answer:
    return wire.write_permissions(authority.permissions(caller))


ROUTES: Final = (
    Route(
        "GET",
        "/v1/permissions",
        Asked(_list),
        Demand(Door.MANAGEMENT),
        about=About(
            tag="Permissions",
            summary="List every permission that a policy group can hold.",
            text="Our own come first, then those of your APIs. Operators are shown theirs too.",
            answers={200: Success(Listed[wire.Permission])},
            answer_example={
                "data": [
                    {
                        "name": "SystemsRead",
                        "title": "Read systems",
                        "description": "List the firm's solar systems and their state.",
                        "docs_url": "",
                        "operations": ["GET /systems"],
                        "manages_access": False,
                        "operators": False,
                    }
                ]
            },
        ),
    ),
)
