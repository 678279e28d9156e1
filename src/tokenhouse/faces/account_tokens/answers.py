"""How the gridX dialect writes results and refusals. Pure: results in, status and bytes out."""

from typing import Final, TypeAlias
from urllib.parse import urlencode
from uuid import UUID

import msgspec

from tokenhouse.boundary import Answer, Request, problem
from tokenhouse.core.moment import Moment, format_moment
from tokenhouse.core.permission import PolicyGroup
from tokenhouse.core.refusal import Refused, Unavailable
from tokenhouse.core.token import technical_user
from tokenhouse.faces.account_tokens.media import answer_type, error_type
from tokenhouse.operations.changes import GroupCount, Page
from tokenhouse.operations.describe import Described
from tokenhouse.operations.issue import Issued

Json: TypeAlias = "str | int | UUID | list[Json] | dict[str, Json] | None"

_SPELLED: Final = {"expires_at": "expiresAt"}
"""Our names of fields where this dialect has another."""

_CHALLENGE: Final = 'Token realm="tokenhouse", Bearer realm="tokenhouse"'


def write(
    request: Request, status: int, body: Json, headers: tuple[tuple[str, str], ...] = ()
) -> Answer:
    """A JSON answer in the media type that was asked for."""
    return Answer(status, msgspec.json.encode(body), answer_type(request), headers)


def write_issued(request: Request, issued: Issued) -> Answer:
    """201: the only answer that carries a token string."""
    body = token(issued.described)
    body["token"] = issued.secret.reveal()
    collection = "/account/tokens" if issued.described.person is None else "/user/tokens"
    location = f"{collection}/{issued.described.token.id}"
    return write(request, 201, body, (("location", location),))


def write_page(request: Request, page: Page, rows: list[dict[str, Json]]) -> Answer:
    """A bare array, and a Link to the next page where there is one (RFC 8288)."""
    shown: list[Json] = [*rows[: page.size - 1]]
    headers: tuple[tuple[str, str], ...] = ()
    if len(rows) == page.size:
        query = dict(request.query)
        query["page"] = str(page.offset // (page.size - 1) + 2)
        headers = (("link", f'<{request.path}?{urlencode(query)}>; rel="next"'),)
    return write(request, 200, shown, headers)


def nothing() -> Answer:
    """204: done, and nothing to say."""
    return Answer(204)


def token(described: Described) -> dict[str, Json]:
    """A token object, without its string."""
    one, person = described.token, described.person
    body: dict[str, Json] = {"id": one.id, "description": one.description}
    if one.expires_at is not None:
        body["expiresAt"] = format_moment(one.expires_at)
    body |= _times(one.created_at, one.updated_at)
    if person is None:
        user_id = technical_user(one.family_id)
        user = _user(user_id, f"{user_id}@tokens.invalid", one.organization_id)
        user |= _times(one.created_at, one.updated_at)
    else:
        user_id = person.id
        user = _user(user_id, person.email, one.organization_id)
        user |= _times(person.created_at, person.updated_at)
        user["fullName"] = person.full_name
    user["groups"] = [group(one) for one in described.groups]
    body["userID"] = user_id
    body["user"] = user
    return body


def _user(user_id: UUID, email: str, account_id: UUID) -> dict[str, Json]:
    return {"id": user_id, "email": email, "accountID": account_id}


def _times(created_at: Moment, updated_at: Moment) -> dict[str, Json]:
    return {"createdAt": format_moment(created_at), "updatedAt": format_moment(updated_at)}


def group(one: PolicyGroup) -> dict[str, Json]:
    """A policy group; the fixed one says so, and lists nothing since it holds everything."""
    body: dict[str, Json] = {
        "id": one.id,
        "name": one.name,
        "accountID": one.organization_id,
    }
    body |= _times(one.created_at, one.updated_at)
    if one.description:
        body["description"] = one.description
    if not one.fixed:
        body["permissions"] = [*sorted(one.permissions)]
    return body


def counted_group(counted: GroupCount) -> dict[str, Json]:
    """A policy group with the number of people who carry it."""
    return group(counted.group) | {"userCount": counted.people}


def refuse(request: Request, refusal: Refused | Unavailable) -> Answer:
    """An error of this dialect: `{message, details[]}`."""
    if isinstance(refusal, Unavailable):
        body: Json = {"message": "Tokenhouse cannot decide this now. Try again.", "details": []}
        return Answer(503, msgspec.json.encode(body), error_type(request))
    details: list[Json] = [
        f"{_SPELLED.get(one.field, one.field)}: {one.sentence}" for one in refusal.problems
    ]
    status = problem.STATUS[refusal.code].value
    headers: tuple[tuple[str, str], ...] = ()
    if status == 401:
        headers = (("www-authenticate", _CHALLENGE),)
    body = {"message": refusal.public, "details": details}
    return Answer(status, msgspec.json.encode(body), error_type(request), headers)
