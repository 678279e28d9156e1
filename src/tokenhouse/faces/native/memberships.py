"""Memberships: who belongs to the organization, and what he may do there."""

from typing import Final

from tokenhouse.boundary import NO_CONTENT, NOTHING, About, Answer, Asked, Request, Route, Success
from tokenhouse.boundary.cursor import Listed
from tokenhouse.boundary.precondition import expected_version
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Door
from tokenhouse.faces.native.examples import CARL, GROUP, KEPT, MEMBERSHIP
from tokenhouse.faces.native.wire import memberships as wire
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.changes import Stretch
from tokenhouse.operations.memberships import Sought

_TAG: Final = "Memberships"
_READ: Final = Demand(Door.MANAGEMENT, frozenset({"AccountsUsersRead"}))
_WRITE: Final = Demand(Door.MANAGEMENT, frozenset({"AccountsUsersWrite"}))


def _list(authority: Authority, request: Request, caller: Caller) -> Answer:
    asked = wire.LIST.read(request)
    sought, stretch = Sought(asked.email, asked.group), Stretch(asked.limit, asked.after)
    return wire.write_memberships(request, authority.memberships.page(caller, sought, stretch))


def _show(authority: Authority, request: Request, caller: Caller) -> Answer:
    membership_id = wire.read_membership_id(request)
    return wire.write_membership(authority.memberships.one(caller, membership_id))


def _edit(authority: Authority, request: Request, caller: Caller) -> Answer:
    edited = authority.memberships.edit(
        caller,
        wire.read_membership_id(request),
        expected_version(request),
        wire.EDIT.read(request),
    )
    return wire.write_membership(edited)


def _end(authority: Authority, request: Request, caller: Caller) -> Answer:
    authority.memberships.end(caller, wire.read_membership_id(request))
    return NOTHING


_EXAMPLE: Final = {
    "id": MEMBERSHIP,
    "person": {**CARL, "suspended": False},
    "groups": [{"id": GROUP, "name": "Client"}],
    "suspended": False,
    **KEPT,
}
_ONE: Final = Success(wire.Membership, headers=("ETag",))
_PATH: Final = "/v1/memberships/{membership_id}"
_AT: Final = {"membership_id": MEMBERSHIP}

ROUTES: Final = (
    Route(
        "GET",
        "/v1/memberships",
        Asked(_list),
        _READ,
        about=About(
            tag=_TAG,
            summary="List who belongs to your organization.",
            text="`email` finds the one whose address this is, `group` those who carry a group. A"
            " slice of the latter can be short though there is a `next_cursor`.",
            query=wire.LIST,
            answers={200: Success(Listed[wire.Membership], headers=("Link",))},
            query_example={"email": CARL["email"]},
            answer_example={"data": [_EXAMPLE]},
        ),
    ),
    Route(
        "GET",
        _PATH,
        Asked(_show),
        _READ,
        about=About(
            tag=_TAG,
            summary="Show one membership.",
            answers={200: _ONE},
            path_example=_AT,
            answer_example=_EXAMPLE,
        ),
    ),
    Route(
        "PATCH",
        _PATH,
        Asked(_edit),
        _WRITE,
        precondition=True,
        about=About(
            tag=_TAG,
            summary="Give somebody other groups; suspend or resume him in your organization.",
            text="His session and personal tokens follow at once. The last administrator who is"
            " active stays one.",
            body=wire.EDIT,
            answers={200: _ONE},
            path_example=_AT,
            body_example={"groups": [GROUP], "suspended": True},
            answer_example=_EXAMPLE | {"suspended": True},
        ),
    ),
    Route(
        "DELETE",
        _PATH,
        Asked(_end),
        _WRITE,
        about=About(
            tag=_TAG,
            summary="End a membership for good.",
            text="Everything that was issued to it stops at once. Who joins again gets a new one,"
            " without anything of the old.",
            answers=NO_CONTENT,
            path_example=_AT,
        ),
    ),
)
