"""How tokens, predefined sets and API methods are told."""

from collections.abc import Iterable
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType, field
from msgspec.structs import replace

from tokenhouse.boundary import Answer
from tokenhouse.core.catalogue import PredefinedSet
from tokenhouse.core.permission import Permission
from tokenhouse.faces.session_parameter.wire.moments import write_moment
from tokenhouse.faces.session_parameter.wire.results import write
from tokenhouse.operations.describe import Described
from tokenhouse.operations.issue import Issued


class Template(msgspec.Struct, frozen=True):
    """A predefined set, with what it names now."""

    id: int
    name: str
    api_list_items: list[str] = field(name="apiListItems")


class ApiToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token. `id` stays through every regeneration; `key` is its string, told once.

    `lastUsed` stands once it was used; it comes some seconds late.
    """

    id: int
    key: str | UnsetType = UNSET
    description: str
    expires_at: str | UnsetType = field(name="expiresAt", default=UNSET)
    last_used: str | UnsetType = field(name="lastUsed", default=UNSET)
    is_system: bool = field(name="isSystem", default=False)
    api_list_items: list[str] = field(name="apiListItems")
    token_template: Template | UnsetType = field(name="tokenTemplate", default=UNSET)


class TokenResult(msgspec.Struct, frozen=True):
    """One token."""

    result: Literal[0]
    token: ApiToken


class Tokens(msgspec.Struct, frozen=True):
    """The caller's tokens."""

    result: Literal[0]
    api_tokens: list[ApiToken] = field(name="apiTokens")


class Templates(msgspec.Struct, frozen=True):
    """The predefined sets."""

    result: Literal[0]
    templates: list[Template]


class Method(msgspec.Struct, frozen=True):
    """An API method that a token can be given."""

    name: str
    description: str
    docs_url: str | UnsetType = field(name="docsUrl", default=UNSET)


class ApiList(msgspec.Struct, frozen=True):
    """The API methods."""

    result: Literal[0]
    token_permissions: list[Method] = field(name="tokenPermissions")


def _token(described: Described, sets: Iterable[PredefinedSet]) -> ApiToken:
    token, used_at = described.token, described.last_used_at
    assert token.number is not None
    template = next((_template(one) for one in sets if one.id == token.set_id), None)
    listed = sorted(token.permissions or ())
    return ApiToken(
        id=token.number,
        description=token.description,
        expires_at=UNSET if token.expires_at is None else write_moment(token.expires_at),
        last_used=UNSET if used_at is None else write_moment(used_at),
        api_list_items=listed if template is None else template.api_list_items,
        token_template=UNSET if template is None else template,
    )


def _template(one: PredefinedSet) -> Template:
    return Template(one.id, one.name, sorted(one.permissions))


def write_token(described: Described, sets: Iterable[PredefinedSet]) -> Answer:
    """One token, without its string."""
    return write(TokenResult(0, _token(described, sets)))


def write_issued(issued: Issued, sets: Iterable[PredefinedSet]) -> Answer:
    """The same with its string as `key`: the only answer that carries one."""
    told = _token(issued.described, sets)
    return write(TokenResult(0, replace(told, key=issued.secret.reveal())))


def write_tokens(tokens: Iterable[Described], sets: tuple[PredefinedSet, ...]) -> Answer:
    """Tokens, by their ids."""
    return write(Tokens(0, [_token(one, sets) for one in tokens]))


def write_templates(sets: Iterable[PredefinedSet]) -> Answer:
    """Predefined sets with what they name now."""
    return write(Templates(0, [_template(one) for one in sets]))


def write_api_list(permissions: Iterable[Permission]) -> Answer:
    """API methods that a token can be given."""
    listed = [Method(one.name, one.description, one.docs_url or UNSET) for one in permissions]
    return write(ApiList(0, listed))
