"""The gridX dialect: `/account/tokens`, `/user/tokens`, `/accounts/{id}/groups`.

Owns the route table below, which says what each URL calls and what it demands; `wire` reads and
`answers` writes. Does not own what a token is or who may do what: that is the operations' to say.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from tokenhouse.boundary import Answer, Face, Request, Route
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Asker, Door, Kind, Spelling
from tokenhouse.faces.account_tokens import answers, wire
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller

_Handle: TypeAlias = Callable[[Authority, Request, Caller | None], Answer]
_Handled: TypeAlias = Callable[[Authority, Request, Caller], Answer]
_KindOf: TypeAlias = Callable[[Authority], Kind]


def _organizational(authority: Authority) -> Kind:
    return authority.organizational


def _personal(authority: Authority) -> Kind:
    return authority.personal


def _create(kind_of: _KindOf, read: wire.ReadDraft) -> _Handled:
    def handle(authority: Authority, request: Request, caller: Caller) -> Answer:
        issued = authority.issue(caller, kind_of(authority), read(request))
        return answers.write_issued(request, issued)

    return handle


def _page(kind_of: _KindOf) -> _Handled:
    def handle(authority: Authority, request: Request, caller: Caller) -> Answer:
        page = wire.read_page(request, wire.TOKEN_ORDERS)
        tokens = authority.describe.page(caller, kind_of(authority), page)
        return answers.write_page(request, page, [answers.token(described) for described in tokens])

    return handle


def _show(kind_of: _KindOf) -> _Handled:
    def handle(authority: Authority, request: Request, caller: Caller) -> Answer:
        token_id = wire.read_token_id(request)
        described = authority.describe.one(caller, kind_of(authority), token_id)
        return answers.write(request, 200, answers.token(described))

    return handle


def _edit(kind_of: _KindOf, read: wire.ReadEdit) -> _Handled:
    def handle(authority: Authority, request: Request, caller: Caller) -> Answer:
        token_id, edit = wire.read_token_id(request), read(request)
        described = authority.edit(caller, kind_of(authority), token_id, edit)
        return answers.write(request, 200, answers.token(described))

    return handle


def _revoke(kind_of: _KindOf) -> _Handled:
    def handle(authority: Authority, request: Request, caller: Caller) -> Answer:
        authority.revoke.one(caller, kind_of(authority), wire.read_token_id(request))
        return answers.nothing()

    return handle


def _rotate(authority: Authority, request: Request, caller: Caller) -> Answer:
    token_id, extension = wire.read_rotate(request)
    issued = authority.rotate(caller, authority.organizational, token_id, extension)
    return answers.write_issued(request, issued)


def _page_groups(authority: Authority, request: Request, caller: Caller) -> Answer:
    page = wire.read_page(request, wire.GROUP_ORDERS)
    groups = authority.groups.page(caller, wire.read_account_id(request), page)
    return answers.write_page(request, page, [answers.counted_group(counted) for counted in groups])


def _create_group(authority: Authority, request: Request, caller: Caller) -> Answer:
    account_id, draft = wire.read_account_id(request), wire.read_group(request)
    counted = authority.groups.create(caller, account_id, draft)
    location = f"{request.path}/{counted.group.id}"
    return answers.write(request, 201, answers.counted_group(counted), (("location", location),))


def _show_group(authority: Authority, request: Request, caller: Caller) -> Answer:
    account_id, group_id = wire.read_account_id(request), wire.read_group_id(request)
    counted = authority.groups.one(caller, account_id, group_id)
    return answers.write(request, 200, answers.counted_group(counted))


def _edit_group(authority: Authority, request: Request, caller: Caller) -> Answer:
    account_id, group_id = wire.read_account_id(request), wire.read_group_id(request)
    counted = authority.groups.edit(caller, account_id, group_id, wire.read_group_edit(request))
    return answers.write(request, 200, answers.counted_group(counted))


def _remove_group(authority: Authority, request: Request, caller: Caller) -> Answer:
    account_id, group_id = wire.read_account_id(request), wire.read_group_id(request)
    authority.groups.remove(caller, account_id, group_id)
    return answers.nothing()


def _demand(permission: str) -> Demand:
    return Demand(Door.MANAGEMENT, frozenset({permission}))


def _negotiated(handled: _Handled, *parameters: str) -> _Handle:
    """Refuse, before anything is done, an answer that cannot be given and parameters unknown."""

    def handle(authority: Authority, request: Request, caller: Caller | None) -> Answer:
        assert caller is not None
        wire.check(request, frozenset(parameters))
        return handled(authority, request, caller)

    return handle


_READ: Final = _demand("AccountTokenRead")
_WRITE: Final = _demand("AccountTokenWrite")
_OWN: Final = Demand(Door.MANAGEMENT, asker=Asker.PERSON)
_MINT: Final = Demand(Door.MANAGEMENT, asker=Asker.SIGNED_IN)
_GROUPS_READ: Final = _demand("GroupsRead")
_GROUPS_WRITE: Final = _demand("GroupsWrite")
_LIST: Final = ("page", "per_page", "sort")


def _tokens(
    path: str, kind_of: _KindOf, demands: tuple[Demand, Demand, Demand], readers: wire.Readers
) -> tuple[Route, ...]:
    mint, read, write = demands
    one = path + "/{token_id}"
    return (
        Route("POST", path, _negotiated(_create(kind_of, readers.draft)), mint, idempotent=True),
        Route("GET", path, _negotiated(_page(kind_of), *_LIST), read),
        Route("GET", one, _negotiated(_show(kind_of)), read),
        Route("PATCH", one, _negotiated(_edit(kind_of, readers.edit)), write),
        Route("DELETE", one, _negotiated(_revoke(kind_of)), write),
    )


_GROUPS: Final = "/accounts/{account_id}/groups"
_GROUP: Final = _GROUPS + "/{group_id}"

FACE: Final = Face(
    name="account_tokens",
    prefixes=("/account", "/user", "/accounts"),
    routes=(
        *_tokens("/account/tokens", _organizational, (_WRITE, _READ, _WRITE), wire.ORGANIZATIONAL),
        Route(
            "POST",
            "/account/tokens/{token_id}/rotate",
            _negotiated(_rotate, "lifetime"),
            _WRITE,
            idempotent=True,
        ),
        *_tokens("/user/tokens", _personal, (_MINT, _OWN, _OWN), wire.PERSONAL),
        Route("GET", _GROUPS, _negotiated(_page_groups, *_LIST), _GROUPS_READ),
        Route("POST", _GROUPS, _negotiated(_create_group), _GROUPS_WRITE),
        Route("GET", _GROUP, _negotiated(_show_group), _GROUPS_READ),
        Route("PATCH", _GROUP, _negotiated(_edit_group), _GROUPS_WRITE),
        Route("DELETE", _GROUP, _negotiated(_remove_group), _GROUPS_WRITE),
    ),
    refuse=answers.refuse,
    spellings=frozenset({Spelling.BEARER, Spelling.TOKEN}),
)
