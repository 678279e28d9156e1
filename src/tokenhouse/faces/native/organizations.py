"""Organizations: one's own, and for operators all of them."""

from typing import Final

from tokenhouse.boundary import About, Answer, Asked, Request, Route, Success
from tokenhouse.boundary.cursor import Listed
from tokenhouse.boundary.precondition import expected_version
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Door
from tokenhouse.core.refusal import Code
from tokenhouse.faces.native.examples import KEPT, NORDLICHT, ORGANIZATION
from tokenhouse.faces.native.wire import organizations as wire
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.changes import Stretch

_TAG: Final = "Organizations"
_OWN: Final = Demand(Door.MANAGEMENT)
_READ: Final = Demand(Door.MANAGEMENT, frozenset({"OrganizationsRead"}))
_WRITE: Final = Demand(Door.MANAGEMENT, frozenset({"OrganizationsWrite"}))


def _own(authority: Authority, _: Request, caller: Caller) -> Answer:
    return wire.write_organization(authority.organizations.own(caller))


def _list(authority: Authority, request: Request, caller: Caller) -> Answer:
    asked = wire.LIST.read(request)
    listed = authority.organizations.page(caller, Stretch(asked.limit, asked.after))
    return wire.write_organizations(request, listed)


def _create(authority: Authority, request: Request, caller: Caller) -> Answer:
    named = wire.NEW.read(request)
    return wire.write_organization(authority.organizations.create(caller, named.name), 201)


def _show(authority: Authority, request: Request, caller: Caller) -> Answer:
    organization_id = wire.read_organization_id(request)
    return wire.write_organization(authority.organizations.one(caller, organization_id))


def _edit(authority: Authority, request: Request, caller: Caller) -> Answer:
    edited = authority.organizations.edit(
        caller,
        wire.read_organization_id(request),
        expected_version(request),
        wire.EDIT.read(request),
    )
    return wire.write_organization(edited)


_EXAMPLE: Final = {**NORDLICHT, "suspended": False, **KEPT}
_ONE: Final = Success(wire.Organization, headers=("ETag",))

_EACH: Final = Route(
    "GET",
    "/v1/organizations/{organization_id}",
    Asked(_show),
    _READ,
    about=About(
        tag=_TAG,
        summary="Show one organization.",
        answers={200: _ONE},
        path_example={"organization_id": ORGANIZATION},
        answer_example=_EXAMPLE,
    ),
)

ROUTES: Final = (
    Route(
        "GET",
        "/v1/organization",
        Asked(_own),
        _OWN,
        about=About(
            tag=_TAG,
            summary="Show your own organization.",
            answers={200: _ONE},
            answer_example=_EXAMPLE,
        ),
    ),
    Route(
        "GET",
        "/v1/organizations",
        Asked(_list),
        _READ,
        about=About(
            tag=_TAG,
            summary="List all organizations of the deployment.",
            query=wire.LIST,
            answers={200: Success(Listed[wire.Organization], headers=("Link",))},
            answer_example={"data": [_EXAMPLE]},
        ),
    ),
    Route(
        "POST",
        "/v1/organizations",
        Asked(_create),
        _WRITE,
        idempotent=True,
        about=About(
            tag=_TAG,
            summary="Make an organization.",
            text="It begins with the fixed group Administrator, and with OEM, Dealer and Client,"
            " which nobody carries yet.",
            body=wire.NEW,
            answers={201: _ONE},
            body_example={"name": "Nordlicht Energie"},
            answer_example=_EXAMPLE,
        ),
    ),
    _EACH,
    Route(
        "PATCH",
        _EACH.path,
        Asked(_edit),
        _WRITE,
        precondition=True,
        about=About(
            tag=_TAG,
            summary="Rename, suspend or resume an organization.",
            text="Suspended, none of its tokens is good anywhere, at once; resumed, all are again"
            " that have not ended meanwhile. Your own cannot be suspended.",
            body=wire.EDIT,
            answers={200: _ONE},
            refuses=frozenset({Code.UNPROCESSABLE}),
            path_example={"organization_id": ORGANIZATION},
            body_example={"suspended": True},
            answer_example=_EXAMPLE | {"suspended": True},
        ),
    ),
)
