"""Oneself."""

from typing import Final

from tokenhouse.boundary import About, Answer, Asked, Request, Route, Success
from tokenhouse.boundary.precondition import expected_version
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Asker, Door
from tokenhouse.faces.native.examples import CARL, GROUP, MADE, MEMBERSHIP, NORDLICHT, ORGANIZATION
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


_EXAMPLE: Final = {
    "person": {
        **CARL,
        "operator": False,
        "default_organization": ORGANIZATION,
        "token_hotkey": "t",
    },
    "membership": {
        "id": MEMBERSHIP,
        "groups": [{"id": GROUP, "name": "Client"}],
        "created_at": MADE,
    },
    "organization": NORDLICHT,
    "permissions": ["SystemsRead"],
    "memberships": [{"id": MEMBERSHIP, "organization": NORDLICHT, "suspended": False}],
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
            summary="Change your name, your default organization, or your hotkey.",
            body=wire.EDIT,
            answers={200: _ME},
            body_example={"full_name": CARL["full_name"]},
            answer_example=_EXAMPLE,
        ),
    ),
)
