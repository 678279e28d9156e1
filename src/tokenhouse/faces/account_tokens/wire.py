"""How the gridX dialect reads requests. Pure: a request in, operation arguments out."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.boundary import NO_PARAMETERS, Object, Query, Request, Route, parse_id
from tokenhouse.boundary.lists import Ids, Names
from tokenhouse.boundary.media import answer_type
from tokenhouse.boundary.sorts import Duration, Sort, Text, When, Whole, Word
from tokenhouse.core.moment import Lifetime, Moment
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.faces.account_tokens.answers import MEDIA_TYPES
from tokenhouse.operations.changes import Page
from tokenhouse.operations.edit import Edit
from tokenhouse.operations.groups import GroupEdit
from tokenhouse.operations.issue import Draft

MAX_DESCRIPTION: Final = 500
MAX_NAME: Final = 100
DEFAULT_PER_PAGE: Final = 20
MAX_PER_PAGE: Final = 100
MAX_PAGE: Final = 1_000_000

_ORDERS: Final = {
    "createdAt": "created_at",
    "updatedAt": "updated_at",
    "expiresAt": "expires_at",
    "description": "description",
    "name": "name",
}
_SPELLED: Final = {"expiresAt": "expires_at"}
"""Our names of fields where this dialect has another."""


def check(request: Request, route: Route) -> None:
    """Refuse what could not be answered (406) and parameters that would silently do nothing."""
    answer_type(request, MEDIA_TYPES)
    query = None if route.about is None else route.about.query
    (query or NO_PARAMETERS).check(request)


# bodies

_PERSONAL_FIELDS: Final[Mapping[str, Sort]] = {
    "description": Text(MAX_DESCRIPTION),
    "expiresAt": When(),
}
_TOKEN_FIELDS: Final[Mapping[str, Sort]] = {**_PERSONAL_FIELDS, "groups": Ids()}
_GROUP_FIELDS: Final[Mapping[str, Sort]] = {
    "name": Text(MAX_NAME, empty=False),
    "description": Text(MAX_DESCRIPTION),
    "permissions": Names(),
}


def _draft(
    description: str = "",
    expires_at: Moment | None = None,
    groups: tuple[UUID, ...] | None = None,
) -> Draft:
    return Draft(description, expires_at, groups)


class Bodies(msgspec.Struct, frozen=True):
    """What one of the two token resources is sent."""

    draft: Object[Draft]
    edit: Object[Edit]


def _bodies(fields: Mapping[str, Sort]) -> Bodies:
    return Bodies(Object(_draft, fields, into=_SPELLED), Object(Edit, fields, into=_SPELLED))


ORGANIZATIONAL: Final = _bodies(_TOKEN_FIELDS)
PERSONAL: Final = _bodies(_PERSONAL_FIELDS)
NEW_GROUP: Final = Object(GroupEdit, _GROUP_FIELDS, required=("name",))
GROUP_EDIT: Final = Object(GroupEdit, _GROUP_FIELDS)


# queries


class Rotation(msgspec.Struct, frozen=True):
    """By how much the expiry moves; None: not at all."""

    lifetime: Lifetime | None = None


ROTATION: Final = Query(Rotation, {"lifetime": Duration()}, fault=Code.UNPROCESSABLE)


def _slice(page: int = 1, per_page: int = DEFAULT_PER_PAGE, sort: str = "createdAt") -> Page:
    column = _ORDERS[sort.removeprefix("-")]
    # one row more than asked tells whether more follow
    return Page(column, sort.startswith("-"), (page - 1) * per_page, per_page + 1)


def _slice_by_name(page: int = 1, per_page: int = DEFAULT_PER_PAGE, sort: str = "name") -> Page:
    return _slice(page, per_page, sort)


def _paging(*orders: str) -> Mapping[str, Sort]:
    either_way = tuple(sign + order for order in orders for sign in ("", "-"))
    return {
        "page": Whole(1, MAX_PAGE),
        "per_page": Whole(1, MAX_PER_PAGE),
        "sort": Word(either_way),
    }


TOKEN_PAGE: Final = Query(_slice, _paging("createdAt", "updatedAt", "expiresAt", "description"))
GROUP_PAGE: Final = Query(_slice_by_name, _paging("name", "createdAt", "updatedAt"))


# paths


def read_token_id(request: Request) -> UUID:
    """The token that the path names; what is no id is as unknown as an unknown one."""
    return _id(request, "token_id", "There is no such token.")


def read_account_id(request: Request) -> UUID:
    """The account that the path names."""
    return _id(request, "account_id", "There is no such organization.")


def read_group_id(request: Request) -> UUID:
    """The policy group that the path names."""
    return _id(request, "group_id", "There is no such policy group.")


def _id(request: Request, name: str, otherwise: str) -> UUID:
    parsed = parse_id(request.parameters[name])
    if parsed is None:
        raise Refused(Code.NOT_FOUND, otherwise)
    return parsed
