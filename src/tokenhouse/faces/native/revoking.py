"""Ending everything of somebody before now, by one mark."""

from collections.abc import Callable
from typing import Final

from tokenhouse.boundary import NO_CONTENT, NOTHING, About, Answer, Asked, Request, Route
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Asker, Door
from tokenhouse.faces.native.examples import MEMBERSHIP, ORGANIZATION
from tokenhouse.faces.native.wire.ids import read_id
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller

_TAG: Final = "Revocation"
_IDS: Final = {"membership_id": MEMBERSHIP, "organization_id": ORGANIZATION}
_OPERATORS: Final = frozenset({"OrganizationsWrite"})


def _of_membership(authority: Authority, request: Request, caller: Caller) -> None:
    authority.revoke_all.of_membership(caller, read_id(request, "membership_id", "membership"))


def _own(authority: Authority, _: Request, caller: Caller) -> None:
    authority.revoke_all.own(caller)


def _of_own_organization(authority: Authority, _: Request, caller: Caller) -> None:
    authority.revoke_all.of_organization(caller)


def _of_organization(authority: Authority, request: Request, caller: Caller) -> None:
    authority.revoke_all.of_organization(
        caller, read_id(request, "organization_id", "organization")
    )


def _of_deployment(authority: Authority, _: Request, caller: Caller) -> None:
    authority.revoke_all.of_deployment(caller)


def _route(
    path: str, end: Callable[[Authority, Request, Caller], None], demand: Demand, summary: str
) -> Route:
    def handle(authority: Authority, request: Request, caller: Caller) -> Answer:
        end(authority, request, caller)
        return NOTHING

    parameter = path.partition("{")[2].partition("}")[0]
    about = About(
        tag=_TAG,
        summary=summary,
        text="What is issued afterwards is good. What was issued before is never again.",
        answers=NO_CONTENT,
        path_example={parameter: _IDS[parameter]} if parameter else {},
    )
    return Route("POST", path, Asked(handle), demand, about=about)


ROUTES: Final = (
    _route(
        "/v1/memberships/{membership_id}/revoke",
        _of_membership,
        Demand(Door.MANAGEMENT, frozenset({"AccountsUsersWrite"})),
        "End all sessions and tokens that a person has in your organization now.",
    ),
    _route(
        "/v1/me/revoke",
        _own,
        Demand(Door.MANAGEMENT, asker=Asker.SIGNED_IN),
        "End all sessions and tokens that you have in this organization now, this session too.",
    ),
    _route(
        "/v1/organization/revoke",
        _of_own_organization,
        Demand(Door.MANAGEMENT, frozenset({"AccountsUsersWrite", "AccountTokenWrite"})),
        "End everything that your organization and its people have now, your own token too.",
    ),
    _route(
        "/v1/organizations/{organization_id}/revoke",
        _of_organization,
        Demand(Door.MANAGEMENT, _OPERATORS),
        "End everything that an organization and its people have now.",
    ),
    _route(
        "/v1/deployment/revoke",
        _of_deployment,
        Demand(Door.MANAGEMENT, _OPERATORS),
        "End everything that anybody has now, your own session too.",
    ),
)
