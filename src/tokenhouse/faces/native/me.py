"""Oneself."""

from typing import Final

from tokenhouse.boundary import About, Answer, Asked, Request, Route, Success
from tokenhouse.boundary.precondition import expected_version
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Asker, Door
from tokenhouse.faces.native.wire import me as wire
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller

_TAG: Final = "Me"
_READ: Final = Demand(Door.MANAGEMENT, asker=Asker.PERSON)
_WRITE: Final = Demand(Door.MANAGEMENT, asker=Asker.SIGNED_IN)


def _show(authority: Authority, _: Request, caller: Caller) -> Answer:
    return wire.write_me(authority.me.show(caller))


def _edit(authority: Authority, request: Request, caller: Caller) -> Answer:
    edited = authority.me.edit(caller, expected_version(request), wire.EDIT.read(request))
    return wire.write_me(edited)


_ORGANIZATION: Final = {
    "id": "01890a5d-ac96-774b-bcce-b302099a8059",
    "name": "Nordlicht Energie",
}
_MEMBERSHIP: Final = "01890a5d-ac96-774b-bcce-b302099a805a"
_EXAMPLE: Final = {
    "person": {
        "id": "01890a5d-ac96-774b-bcce-b302099a8058",
        "email": "carl@nordlicht.example",
        "full_name": "Carl Moen",
        "operator": False,
        "default_organization": _ORGANIZATION["id"],
    },
    "membership": {
        "id": _MEMBERSHIP,
        "groups": [{"id": "01890a5d-ac96-774b-bcce-b302099a805b", "name": "Client"}],
        "created_at": "2029-12-01T08:00:00Z",
    },
    "organization": _ORGANIZATION,
    "permissions": ["SystemsRead"],
    "memberships": [{"id": _MEMBERSHIP, "organization": _ORGANIZATION, "suspended": False}],
}
_ME: Final = Success(wire.Me, headers=("ETag",))

ROUTES: Final = (
    Route(
        "GET",
        "/v1/me",
        Asked(_show),
        _READ,
        about=About(
            tag=_TAG,
            summary="Show who you are, where, and what you may do now.",
            answers={200: _ME},
            answer_example=_EXAMPLE,
        ),
    ),
    Route(
        "PATCH",
        "/v1/me",
        Asked(_edit),
        _WRITE,
        precondition=True,
        about=About(
            tag=_TAG,
            summary="Change your name, or the organization that you sign in to by default.",
            body=wire.EDIT,
            answers={200: _ME},
            body_example={"full_name": "Carl Moen"},
            answer_example=_EXAMPLE,
        ),
    ),
)
