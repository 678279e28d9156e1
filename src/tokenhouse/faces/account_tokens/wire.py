"""How the gridX dialect reads requests. Pure: a request in, operation arguments out."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias, TypeVar
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from tokenhouse.boundary import Fields, Request, parse_id
from tokenhouse.core.moment import Lifetime, parse_lifetime
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.faces.account_tokens.media import answer_type
from tokenhouse.operations.changes import Page
from tokenhouse.operations.edit import Edit
from tokenhouse.operations.groups import GroupEdit
from tokenhouse.operations.issue import Draft

ReadDraft: TypeAlias = Callable[[Request], Draft]
ReadEdit: TypeAlias = Callable[[Request], Edit]
T = TypeVar("T")

TOKEN_ORDERS: Final = {
    "createdAt": "created_at",
    "updatedAt": "updated_at",
    "expiresAt": "expires_at",
    "description": "description",
}
GROUP_ORDERS: Final = {"name": "name", "createdAt": "created_at", "updatedAt": "updated_at"}

MAX_DESCRIPTION: Final = 500
MAX_NAME: Final = 100
DEFAULT_PER_PAGE: Final = 20
MAX_PER_PAGE: Final = 100
MAX_PAGE: Final = 1_000_000

_TOKEN_FIELDS: Final = frozenset({"description", "expiresAt", "groups"})
_PERSONAL_FIELDS: Final = frozenset({"description", "expiresAt"})
_GROUP_FIELDS: Final = frozenset({"name", "description", "permissions"})


class Readers(msgspec.Struct, frozen=True):
    """How one of the two token resources reads its bodies."""

    draft: ReadDraft
    edit: ReadEdit


def check(request: Request, parameters: frozenset[str]) -> None:
    """Refuse what could not be answered (406) and parameters that would silently do nothing."""
    answer_type(request)
    names = [name for name, _ in request.query]
    if any(name not in parameters for name in names):
        known = ", ".join(sorted(parameters)) or "none"
        problem = Problem("query", f"known parameters here: {known}")
        raise Refused(Code.MALFORMED, "The query has an unknown parameter.", (problem,))
    if len(names) != len(set(names)):
        raise Refused(Code.MALFORMED, "A query parameter stands there twice.")


def _edit(known: frozenset[str]) -> ReadEdit:
    def read(request: Request) -> Edit:
        fields = Fields(request, known)
        edit = Edit(
            description=fields.text("description", MAX_DESCRIPTION),
            expires_at=fields.moment("expiresAt"),
            groups=fields.ids("groups") if "groups" in known else UNSET,
        )
        fields.done()
        return edit

    return read


def _draft(known: frozenset[str]) -> ReadDraft:
    read_edit = _edit(known)

    def read(request: Request) -> Draft:
        edit = read_edit(request)
        return Draft(
            description=_given(edit.description, ""),
            expires_at=_given(edit.expires_at, None),
            groups=_given(edit.groups, None),
        )

    return read


def _given(value: T | UnsetType, otherwise: T) -> T:
    return otherwise if isinstance(value, UnsetType) else value


ORGANIZATIONAL: Final = Readers(_draft(_TOKEN_FIELDS), _edit(_TOKEN_FIELDS))
PERSONAL: Final = Readers(_draft(_PERSONAL_FIELDS), _edit(_PERSONAL_FIELDS))


def read_group(request: Request) -> GroupEdit:
    """A new policy group: `name` is required."""
    fields = Fields(request, _GROUP_FIELDS)
    fields.require("name")
    edit = _group(fields)
    fields.done()
    return edit


def read_group_edit(request: Request) -> GroupEdit:
    """What is to change in a policy group."""
    fields = Fields(request, _GROUP_FIELDS)
    edit = _group(fields)
    fields.done()
    return edit


def _group(fields: Fields) -> GroupEdit:
    return GroupEdit(
        name=fields.text("name", MAX_NAME, empty=False),
        description=fields.text("description", MAX_DESCRIPTION),
        permissions=fields.permissions("permissions"),
    )


def read_rotate(request: Request) -> tuple[UUID, Lifetime | None]:
    """The token to rotate, and by how much its expiry moves."""
    token_id = read_token_id(request)
    text = dict(request.query).get("lifetime")
    if text is None:
        return token_id, None
    try:
        return token_id, parse_lifetime(text)
    except ValueError as error:
        problem = Problem("lifetime", str(error))
        raise Refused(Code.UNPROCESSABLE, "The lifetime is malformed.", (problem,)) from None


def read_page(request: Request, orders: Mapping[str, str]) -> Page:
    """Which slice of a list, in which order; one row more than asked tells whether more follow."""
    query = dict(request.query)
    page = _count(query, "page", 1, MAX_PAGE)
    per_page = _count(query, "per_page", DEFAULT_PER_PAGE, MAX_PER_PAGE)
    sort = query.get("sort", next(iter(orders)))
    column = orders.get(sort.removeprefix("-"))
    if column is None:
        problem = Problem("sort", f"is none of {', '.join(orders)}, with - before it to turn it")
        raise Refused(Code.MALFORMED, "The order is not known here.", (problem,))
    return Page(column, sort.startswith("-"), (page - 1) * per_page, per_page + 1)


def _count(query: Mapping[str, str], name: str, otherwise: int, most: int) -> int:
    text = query.get(name)
    if text is None:
        return otherwise
    if text.isascii() and text.isdigit() and len(text) <= len(str(most)) and 1 <= int(text) <= most:
        return int(text)
    problem = Problem(name, f"is not a number from 1 to {most}")
    raise Refused(Code.MALFORMED, "The page is malformed.", (problem,))


def read_token_id(request: Request) -> UUID:
    """The token that the path names; what is no id is as unknown as an unknown one."""
    return _id(request, "token_id", "There is no such token.")


def read_account_id(request: Request) -> UUID:
    """The account that the path names."""
    return _id(request, "account_id", "There is no such account.")


def read_group_id(request: Request) -> UUID:
    """The policy group that the path names."""
    return _id(request, "group_id", "There is no such policy group.")


def _id(request: Request, name: str, otherwise: str) -> UUID:
    parsed = parse_id(request.parameters[name])
    if parsed is None:
        raise Refused(Code.NOT_FOUND, otherwise)
    return parsed
