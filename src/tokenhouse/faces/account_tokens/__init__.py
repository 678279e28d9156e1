"""The gridX dialect: `/account/tokens`, `/user/tokens`, `/accounts/{id}/groups`.

Owns the route table below, which says what each URL calls and what it demands; `wire` reads,
`answers` writes, and `abouts` tells what each route is for. Does not own what a token is or who
may do what: that is the operations' to say.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from tokenhouse.boundary import NOTHING, Answer, Asked, Face, Request, Route
from tokenhouse.boundary.face import Handled
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Asker, Door, Kind, Spelling
from tokenhouse.faces.account_tokens import abouts, answers, wire
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller

_KindOf: TypeAlias = Callable[[Authority], Kind]


def _organizational(authority: Authority) -> Kind:
    return authority.organizational


def _personal(authority: Authority) -> Kind:
    return authority.personal


def _create(kind_of: _KindOf, bodies: wire.Bodies) -> Handled:
    def handle(authority: Authority, request: Request, caller: Caller) -> Answer:
        issued = authority.issue(caller, kind_of(authority), bodies.draft.read(request))
        return answers.write_issued(request, issued)

    return handle


def _page(kind_of: _KindOf) -> Handled:
    def handle(authority: Authority, request: Request, caller: Caller) -> Answer:
        page = wire.TOKEN_PAGE.read(request)
        tokens = authority.describe.page(caller, kind_of(authority), page)
        return answers.write_page(request, page, [answers.token(described) for described in tokens])

    return handle


def _show(kind_of: _KindOf) -> Handled:
    def handle(authority: Authority, request: Request, caller: Caller) -> Answer:
        token_id = wire.read_token_id(request)
        described = authority.describe.one(caller, kind_of(authority), token_id)
        return answers.write(request, 200, answers.token(described))

    return handle


def _edit(kind_of: _KindOf, bodies: wire.Bodies) -> Handled:
    def handle(authority: Authority, request: Request, caller: Caller) -> Answer:
        token_id, edit = wire.read_token_id(request), bodies.edit.read(request)
        described = authority.edit(caller, kind_of(authority), token_id, edit)
        return answers.write(request, 200, answers.token(described))

    return handle


def _revoke(kind_of: _KindOf) -> Handled:
    def handle(authority: Authority, request: Request, caller: Caller) -> Answer:
        authority.revoke.one(caller, kind_of(authority), wire.read_token_id(request))
        return NOTHING

    return handle


def _rotate(authority: Authority, request: Request, caller: Caller) -> Answer:
    token_id, rotation = wire.read_token_id(request), wire.ROTATION.read(request)
    issued = authority.rotate(caller, authority.organizational, token_id, rotation.lifetime)
    return answers.write_issued(request, issued)


def _page_groups(authority: Authority, request: Request, caller: Caller) -> Answer:
    page = wire.GROUP_PAGE.read(request)
    groups = authority.groups.page(caller, wire.read_account_id(request), page)
    return answers.write_page(request, page, [answers.counted_group(counted) for counted in groups])


def _create_group(authority: Authority, request: Request, caller: Caller) -> Answer:
    account_id, draft = wire.read_account_id(request), wire.NEW_GROUP.read(request)
    counted = authority.groups.create(caller, account_id, draft)
    location = f"{request.path}/{counted.group.id}"
    return answers.write(request, 201, answers.counted_group(counted), (("location", location),))


def _show_group(authority: Authority, request: Request, caller: Caller) -> Answer:
    account_id, group_id = wire.read_account_id(request), wire.read_group_id(request)
    counted = authority.groups.one(caller, account_id, group_id)
    return answers.write(request, 200, answers.counted_group(counted))


def _edit_group(authority: Authority, request: Request, caller: Caller) -> Answer:
    account_id, group_id = wire.read_account_id(request), wire.read_group_id(request)
    edit = wire.GROUP_EDIT.read(request)
    counted = authority.groups.edit(caller, account_id, group_id, edit)
    return answers.write(request, 200, answers.counted_group(counted))


def _remove_group(authority: Authority, request: Request, caller: Caller) -> Answer:
    account_id, group_id = wire.read_account_id(request), wire.read_group_id(request)
    authority.groups.remove(caller, account_id, group_id)
    return NOTHING


def _demand(permission: str) -> Demand:
    return Demand(Door.MANAGEMENT, frozenset({permission}))


_READ: Final = _demand("AccountTokenRead")
_WRITE: Final = _demand("AccountTokenWrite")
_OWN: Final = Demand(Door.MANAGEMENT, asker=Asker.PERSON)
_MINT: Final = Demand(Door.MANAGEMENT, asker=Asker.SIGNED_IN)
_GROUPS_READ: Final = _demand("GroupsRead")
_GROUPS_WRITE: Final = _demand("GroupsWrite")


def _tokens(
    path: str,
    kind_of: _KindOf,
    demands: tuple[Demand, Demand, Demand],
    bodies: wire.Bodies,
    told: abouts.TokenAbouts,
) -> tuple[Route, ...]:
    mint, read, write = demands
    one = path + "/{token_id}"
    create, edit = Asked(_create(kind_of, bodies)), Asked(_edit(kind_of, bodies))
    return (
        Route("POST", path, create, mint, idempotent=True, brief=True, about=told.create),
        Route("GET", path, Asked(_page(kind_of)), read, about=told.page),
        Route("GET", one, Asked(_show(kind_of)), read, brief=True, about=told.show),
        Route("PATCH", one, edit, write, brief=True, about=told.edit),
        Route("DELETE", one, Asked(_revoke(kind_of)), write, brief=True, about=told.revoke),
    )


_ROTATE: Final = Route(
    "POST",
    "/account/tokens/{token_id}/rotate",
    Asked(_rotate),
    _WRITE,
    idempotent=True,
    brief=True,
    about=abouts.ROTATE,
)
_GROUPS: Final = "/accounts/{account_id}/groups"
_GROUP: Final = _GROUPS + "/{group_id}"

FACE: Final = Face(
    name="account_tokens",
    prefixes=("/account", "/user", "/accounts"),
    routes=(
        *_tokens(
            "/account/tokens",
            _organizational,
            (_WRITE, _READ, _WRITE),
            wire.ORGANIZATIONAL,
            abouts.ORGANIZATIONAL,
        ),
        _ROTATE,
        *_tokens("/user/tokens", _personal, (_MINT, _OWN, _OWN), wire.PERSONAL, abouts.PERSONAL),
        Route("GET", _GROUPS, Asked(_page_groups), _GROUPS_READ, about=abouts.PAGE_GROUPS),
        Route("POST", _GROUPS, Asked(_create_group), _GROUPS_WRITE, about=abouts.CREATE_GROUP),
        Route("GET", _GROUP, Asked(_show_group), _GROUPS_READ, about=abouts.SHOW_GROUP),
        Route("PATCH", _GROUP, Asked(_edit_group), _GROUPS_WRITE, about=abouts.EDIT_GROUP),
        Route("DELETE", _GROUP, Asked(_remove_group), _GROUPS_WRITE, about=abouts.REMOVE_GROUP),
    ),
    refuse=answers.refuse,
    spellings=frozenset({Spelling.BEARER, Spelling.TOKEN}),
    check=wire.check,
    refusals=answers.REFUSALS,
    media_types=answers.MEDIA_TYPES,
)
