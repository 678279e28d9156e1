"""People of the deployment, for operators."""

from typing import Final

from tokenhouse.boundary import NO_CONTENT, NOTHING, About, Answer, Asked, Request, Route, Success
from tokenhouse.boundary.cursor import Listed
from tokenhouse.boundary.precondition import expected_version
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Door
from tokenhouse.core.refusal import Code
from tokenhouse.faces.native.examples import (
    ANNA,
    GROUP,
    KEPT,
    MADE,
    MEMBERSHIP,
    NORDLICHT,
    ORGANIZATION,
)
from tokenhouse.faces.native.wire import people as wire
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.changes import Stretch

_TAG: Final = "People"
_READ: Final = Demand(Door.MANAGEMENT, frozenset({"OrganizationsRead"}))
_WRITE: Final = Demand(Door.MANAGEMENT, frozenset({"OrganizationsWrite"}))


def _list(authority: Authority, request: Request, caller: Caller) -> Answer:
    asked = wire.LIST.read(request)
    listed = authority.people.page(caller, asked.email, Stretch(asked.limit, asked.after))
    return wire.write_people(request, listed)


def _show(authority: Authority, request: Request, caller: Caller) -> Answer:
    return wire.write_person(authority.people.one(caller, wire.read_person_id(request)))


def _edit(authority: Authority, request: Request, caller: Caller) -> Answer:
    edited = authority.people.edit(
        caller, wire.read_person_id(request), expected_version(request), wire.EDIT.read(request)
    )
    return wire.write_person(edited)


def _revoke(authority: Authority, request: Request, caller: Caller) -> Answer:
    authority.people.revoke(caller, wire.read_person_id(request))
    return NOTHING


_AT: Final = {"person_id": ANNA["id"]}
_EXAMPLE: Final = {
    **ANNA,
    "short_name": None,
    "operator": False,
    "suspended": False,
    "default_organization": ORGANIZATION,
    **KEPT,
}
_MEMBERSHIP: Final = {
    "id": MEMBERSHIP,
    "organization": NORDLICHT,
    "groups": [GROUP],
    "suspended": False,
    "created_at": MADE,
}
_ONE: Final = Success(wire.KnownPerson, headers=("ETag",))
_PATH: Final = "/v1/people/{person_id}"

ROUTES: Final = (
    Route(
        "GET",
        "/v1/people",
        Asked(_list),
        _READ,
        about=About(
            tag=_TAG,
            summary="List all people of the deployment.",
            text="`email` finds the one whose address this is, however it is capitalized.",
            query=wire.LIST,
            answers={200: Success(Listed[wire.Person], headers=("Link",))},
            query_example={"email": ANNA["email"]},
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
            summary="Show a person, with the organizations that he belongs to.",
            answers={200: _ONE},
            path_example=_AT,
            answer_example=_EXAMPLE | {"memberships": [_MEMBERSHIP]},
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
            summary="Edit, suspend or resume a person; make him an operator, or one no more.",
            text="Suspended, he can do nothing in any organization, at once; resumed, everything"
            " again that has not ended meanwhile. The last operator who can sign in stays one, and"
            " nobody suspends himself.",
            body=wire.EDIT,
            answers={200: _ONE},
            refuses=frozenset({Code.UNPROCESSABLE}),
            path_example=_AT,
            body_example={"suspended": True},
            answer_example=_EXAMPLE | {"suspended": True, "memberships": [_MEMBERSHIP]},
        ),
    ),
    Route(
        "POST",
        f"{_PATH}/revoke",
        Asked(_revoke),
        _WRITE,
        about=About(
            tag=_TAG,
            summary="Revoke all tokens that a person was given before now, in all organizations.",
            text="Tokens of organizations live on, whoever made them.",
            answers=NO_CONTENT,
            path_example=_AT,
        ),
    ),
)
