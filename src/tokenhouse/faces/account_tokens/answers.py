"""How the gridX dialect writes results and refusals. Pure: results in, status and bytes out."""

from typing import Final
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType, field
from msgspec.structs import replace

from tokenhouse.boundary import Answer, Refusals, Request, Time, problem, time
from tokenhouse.boundary.answers import Headers
from tokenhouse.boundary.media import JSON, answer_type
from tokenhouse.boundary.possible import negotiated
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.refusal import Refused, Unavailable
from tokenhouse.core.token import technical_user
from tokenhouse.operations.changes import GroupCount, Page
from tokenhouse.operations.describe import Described
from tokenhouse.operations.issue import Issued

VENDOR: Final = "application/vnd.gridx.v2+json"
MEDIA_TYPES: Final = (JSON, VENDOR)
"""The vendor's is for those who name it."""

_SPELLED: Final = {"expires_at": "expiresAt"}
"""Our names of fields where this dialect has another."""

_CHALLENGE: Final = 'Token realm="tokenhouse", Bearer realm="tokenhouse"'


class Group(msgspec.Struct, frozen=True):
    """A policy group. The fixed one lists no permissions, since it holds every one."""

    id: UUID
    name: str
    account_id: UUID = field(name="accountID")
    created_at: Time = field(name="createdAt")
    updated_at: Time = field(name="updatedAt")
    description: str | UnsetType = UNSET
    permissions: list[str] | UnsetType = UNSET
    user_count: int | UnsetType = field(name="userCount", default=UNSET)


class User(msgspec.Struct, frozen=True, kw_only=True):
    """Whose token it is: a person, or a technical user that stands for the token's family."""

    id: UUID
    email: str
    account_id: UUID = field(name="accountID")
    created_at: Time = field(name="createdAt")
    updated_at: Time = field(name="updatedAt")
    full_name: str | UnsetType = field(name="fullName", default=UNSET)
    groups: list[Group]


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token; one that never expires has no `expiresAt`."""

    id: UUID
    description: str
    expires_at: Time | UnsetType = field(name="expiresAt", default=UNSET)
    created_at: Time = field(name="createdAt")
    updated_at: Time = field(name="updatedAt")
    user_id: UUID = field(name="userID")
    user: User


class IssuedToken(Token, frozen=True, kw_only=True):
    """The same with its string in `token`, which is told this once."""

    token: str


class Error(msgspec.Struct, frozen=True):
    """A refusal, in the words of this dialect."""

    message: str
    details: list[str]


def write(request: Request, status: int, body: object, headers: Headers = ()) -> Answer:
    """A JSON answer in the media type that was asked for."""
    media_type = answer_type(request, MEDIA_TYPES)
    return Answer(status, msgspec.json.encode(body), media_type, headers)


def write_issued(request: Request, issued: Issued) -> Answer:
    """201: the only answer that carries a token string."""
    told = token(issued.described)
    fields = {name: getattr(told, name) for name in Token.__struct_fields__}
    body = IssuedToken(token=issued.secret.reveal(), **fields)
    collection = "/account/tokens" if issued.described.person is None else "/user/tokens"
    location = f"{collection}/{issued.described.token.id}"
    return write(request, 201, body, (("location", location),))


def write_page(request: Request, page: Page, rows: list[Token] | list[Group]) -> Answer:
    """A bare array, and a Link to the next page where there is one (RFC 8288)."""
    headers: Headers = ()
    if len(rows) == page.size:
        query = dict(request.query)
        query["page"] = str(page.offset // (page.size - 1) + 2)
        headers = (("link", f'<{request.path}?{urlencode(query)}>; rel="next"'),)
    return write(request, 200, rows[: page.size - 1], headers)


def token(described: Described) -> Token:
    """A token object, without its string."""
    one = described.token
    user = _user(described)
    # What another API replaced ends then: this dialect has no other word for it
    ends = [end for end in (one.expires_at, one.superseded_at) if end is not None]
    return Token(
        id=one.id,
        description=one.description,
        expires_at=time(min(ends)) if ends else UNSET,
        created_at=time(one.created_at),
        updated_at=time(one.updated_at),
        user_id=user.id,
        user=user,
    )


def _user(described: Described) -> User:
    one, person = described.token, described.person
    groups = [group(each) for each in described.groups]
    if person is not None:
        return User(
            id=person.id,
            email=person.email,
            account_id=one.organization_id,
            created_at=time(person.created_at),
            updated_at=time(person.updated_at),
            full_name=person.full_name,
            groups=groups,
        )
    technical = technical_user(one.family_id)
    return User(
        id=technical,
        email=f"{technical}@tokens.invalid",
        account_id=one.organization_id,
        created_at=time(one.created_at),
        updated_at=time(one.updated_at),
        groups=groups,
    )


def group(one: PolicyGroup) -> Group:
    """A policy group; the fixed one says so, and lists nothing since it holds everything."""
    return Group(
        id=one.id,
        name=one.name,
        account_id=one.organization_id,
        created_at=time(one.created_at),
        updated_at=time(one.updated_at),
        description=one.description or UNSET,
        permissions=UNSET if one.fixed else sorted(one.permissions),
    )


def counted_group(counted: GroupCount) -> Group:
    """A policy group with the number of people who carry it."""
    return replace(group(counted.group), user_count=counted.people)


def refuse(request: Request, refusal: Refused | Unavailable) -> Answer:
    """An error of this dialect: `{message, details[]}`."""
    media_type = _error_type(request)
    if isinstance(refusal, Unavailable):
        error = Error("Tokenhouse cannot decide this now. Try again.", [])
        return Answer(503, msgspec.json.encode(error), media_type)
    details = [f"{_SPELLED.get(one.field, one.field)}: {one.sentence}" for one in refusal.problems]
    status = problem.STATUS[refusal.code].value
    headers: Headers = (("www-authenticate", _CHALLENGE),) if status == 401 else ()
    error = Error(refusal.public, details)
    return Answer(status, msgspec.json.encode(error), media_type, headers)


REFUSALS: Final = Refusals(Error, MEDIA_TYPES, negotiated)


def _error_type(request: Request) -> str:
    """As asked for, and plain JSON where that cannot be."""
    try:
        return answer_type(request, MEDIA_TYPES)
    except Refused:
        return JSON
