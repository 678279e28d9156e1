"""Tokens: those of an organization, one's own, and for administrators those of its people."""

from collections.abc import Callable
from typing import Final, TypeAlias
from uuid import UUID

import msgspec

from tokenhouse.boundary import NOTHING, Answer, Asked, Query, Request, Route
from tokenhouse.boundary.face import Handled
from tokenhouse.boundary.precondition import expected_version
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Asker, Door, Kind
from tokenhouse.faces.native import token_abouts as abouts
from tokenhouse.faces.native.wire import token_bodies
from tokenhouse.faces.native.wire import tokens as wire
from tokenhouse.faces.native.wire.ids import read_id
from tokenhouse.faces.native.wire.usage import write_usage
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.holding import Holding
from tokenhouse.operations.issue import Draft
from tokenhouse.operations.tokens import Sought

_HoldingOf: TypeAlias = Callable[[Authority, Request], Holding]
_KindOf: TypeAlias = Callable[[Authority, Draft], Kind]


def _of_organization(authority: Authority, _: Request) -> Holding:
    return Holding((authority.organizational,))


def _own(authority: Authority, _: Request) -> Holding:
    return Holding(_of_people(authority))


def _of_member(authority: Authority, request: Request) -> Holding:
    member_id = read_id(request, "membership_id", "membership")
    return Holding(_of_people(authority), member_id)


def _of_people(authority: Authority) -> tuple[Kind, ...]:
    return authority.personal, authority.limited, authority.session


def _personal(authority: Authority, draft: Draft) -> Kind:
    """A list or a set makes a limited one of it."""
    unlimited = draft.permissions is None and draft.set_id is None
    return authority.personal if unlimited else authority.limited


def _token_id(request: Request) -> UUID:
    return read_id(request, "token_id", "token")


def _list(of: _HoldingOf, query: Query[Sought]) -> Handled:
    def handle(authority: Authority, request: Request, caller: Caller) -> Answer:
        listed = authority.tokens.page(caller, of(authority, request), query.read(request))
        return wire.write_list(request, listed)

    return handle


def _issue(kind_of: _KindOf, bodies: token_bodies.Bodies) -> Handled:
    def handle(authority: Authority, request: Request, caller: Caller) -> Answer:
        draft = bodies.draft.read(request)
        return wire.write_issued(request, authority.issue(caller, kind_of(authority, draft), draft))

    return handle


def _show(of: _HoldingOf) -> Handled:
    def handle(authority: Authority, request: Request, caller: Caller) -> Answer:
        holding, token_id = of(authority, request), _token_id(request)
        return wire.write_token(authority.tokens.one(caller, holding, token_id))

    return handle


def _usage(of: _HoldingOf) -> Handled:
    def handle(authority: Authority, request: Request, caller: Caller) -> Answer:
        holding, token_id = of(authority, request), _token_id(request)
        return write_usage(authority.token_usage(caller, holding, token_id))

    return handle


def _edit(of: _HoldingOf, bodies: token_bodies.Bodies) -> Handled:
    def handle(authority: Authority, request: Request, caller: Caller) -> Answer:
        holding, token_id = of(authority, request), _token_id(request)
        expected, edit = expected_version(request), bodies.edit.read(request)
        return wire.write_token(authority.edit(caller, holding, token_id, edit, expected))

    return handle


def _rotate(of: _HoldingOf) -> Handled:
    def handle(authority: Authority, request: Request, caller: Caller) -> Answer:
        holding, token_id = of(authority, request), _token_id(request)
        asked = token_bodies.ROTATION.read(request)
        issued = authority.rotate(caller, holding, token_id, asked.expiry, asked.overlap)
        return wire.write_issued(request, issued)

    return handle


def _revoke(of: _HoldingOf) -> Handled:
    def handle(authority: Authority, request: Request, caller: Caller) -> Answer:
        token_id = _token_id(request)
        authority.revoke.one(caller, of(authority, request), token_id)
        return NOTHING

    return handle


def _revoke_family(of: _HoldingOf) -> Handled:
    def handle(authority: Authority, request: Request, caller: Caller) -> Answer:
        token_id = _token_id(request)
        authority.revoke.family(caller, of(authority, request), token_id)
        return NOTHING

    return handle


class _Resource(msgspec.Struct, frozen=True):
    """The tokens of one path: whose they are, what each way of asking demands."""

    path: str
    of: _HoldingOf
    kind_of: _KindOf
    read: Demand
    write: Demand
    mint: Demand
    bodies: token_bodies.Bodies
    query: Query[Sought]
    told: abouts.Abouts

    def routes(self) -> tuple[Route, ...]:
        """Every route of it."""
        path, of, told = self.path, self.of, self.told
        one = path + "/{token_id}"
        issue, rotate = Asked(_issue(self.kind_of, self.bodies)), Asked(_rotate(of))
        edit, family = Asked(_edit(of, self.bodies)), Asked(_revoke_family(of))
        return (
            Route("GET", path, Asked(_list(of, self.query)), self.read, about=told.list),
            Route("POST", path, issue, self.mint, idempotent=True, about=told.issue),
            Route("GET", one, Asked(_show(of)), self.read, about=told.show),
            Route("GET", f"{one}/usage", Asked(_usage(of)), self.read, about=told.usage),
            Route("PATCH", one, edit, self.write, precondition=True, about=told.edit),
            Route("DELETE", one, Asked(_revoke(of)), self.write, about=told.revoke),
            Route("POST", f"{one}/rotate", rotate, self.mint, idempotent=True, about=told.rotate),
            Route("DELETE", f"{one}/family", family, self.write, about=told.family),
        )


def _demand(*permissions: str, asker: Asker = Asker.ANYONE) -> Demand:
    return Demand(Door.MANAGEMENT, frozenset(permissions), asker)


_OF_ORGANIZATION: Final = _Resource(
    "/v1/tokens",
    _of_organization,
    lambda authority, _: authority.organizational,
    read=_demand("AccountTokenRead"),
    write=_demand("AccountTokenWrite"),
    mint=_demand("AccountTokenWrite"),
    bodies=token_bodies.ORGANIZATIONAL,
    query=wire.TOKEN_LIST,
    told=abouts.OF_ORGANIZATION,
)
_OWN: Final = _Resource(
    "/v1/me/tokens",
    _own,
    _personal,
    read=_demand(asker=Asker.PERSON),
    write=_demand(asker=Asker.PERSON),
    mint=_demand(asker=Asker.SIGNED_IN),
    bodies=token_bodies.PERSONAL,
    query=wire.TOKENS_OF_PERSON,
    told=abouts.OWN,
)
_MEMBERS: Final = "/v1/memberships/{membership_id}/tokens"

ROUTES: Final = (
    *_OF_ORGANIZATION.routes(),
    *_OWN.routes(),
    Route(
        "GET",
        _MEMBERS,
        Asked(_list(_of_member, wire.TOKENS_OF_PERSON)),
        _demand("AccountsUsersRead"),
        about=abouts.LIST_OF_MEMBER,
    ),
    Route(
        "DELETE",
        _MEMBERS + "/{token_id}",
        Asked(_revoke(_of_member)),
        _demand("AccountsUsersWrite"),
        about=abouts.REVOKE_OF_MEMBER,
    ),
)
