"""Refusals as `application/problem+json` (RFC 9457): for our own API and outside of any face."""

from http import HTTPStatus
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from tokenhouse.boundary.face import Answer
from tokenhouse.boundary.refusals import Exact
from tokenhouse.boundary.request import Request
from tokenhouse.core.refusal import Code, Refused, Unavailable

_UNAVAILABLE: Final = HTTPStatus.SERVICE_UNAVAILABLE

MEDIA_TYPE: Final = "application/problem+json"
CHALLENGE: Final = 'Bearer realm="tokenhouse", Token realm="tokenhouse"'

STATUS: Final = {
    Code.MALFORMED: HTTPStatus.BAD_REQUEST,
    Code.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Code.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    Code.WRONG_DOOR: HTTPStatus.UNAUTHORIZED,
    Code.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Code.NOT_LISTED: HTTPStatus.FORBIDDEN,
    Code.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Code.METHOD: HTTPStatus.METHOD_NOT_ALLOWED,
    Code.NOT_ACCEPTABLE: HTTPStatus.NOT_ACCEPTABLE,
    Code.MEDIA_TYPE: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Code.UNPROCESSABLE: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.ALREADY_DONE: HTTPStatus.CONFLICT,
    Code.STALE: HTTPStatus.PRECONDITION_FAILED,
    Code.PRECONDITION: HTTPStatus.PRECONDITION_REQUIRED,
    Code.GONE: HTTPStatus.GONE,
    Code.KEY_REUSED: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.SECOND_FACTOR: HTTPStatus.FORBIDDEN,
    Code.TOO_MANY: HTTPStatus.TOO_MANY_REQUESTS,
    Code.INVALID_GRANT: HTTPStatus.BAD_REQUEST,
    Code.UNAUTHORIZED_CLIENT: HTTPStatus.BAD_REQUEST,
    Code.UNSUPPORTED_GRANT: HTTPStatus.BAD_REQUEST,
    Code.INVALID_SCOPE: HTTPStatus.BAD_REQUEST,
}
"""The status of every refusal, for each dialect that says it by the status."""


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong with a request."""

    field: str
    detail: str


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A refusal. Programs look at `status` and `code`; the sentences may change."""

    title: str
    status: int
    code: str
    detail: str
    errors: list[Fault] | UnsetType = UNSET
    request_id: str


def refuse(request: Request, refusal: Refused | Unavailable) -> Answer:
    """A refusal or our inability, with the request's id and every single fault."""
    if isinstance(refusal, Unavailable):
        status, code, detail = _UNAVAILABLE, "unavailable", "This cannot be decided now."
        faults = None
    else:
        status, code, detail = STATUS[refusal.code], refusal.code.value, refusal.public
        faults = [Fault(one.field, one.sentence) for one in refusal.problems]
    if isinstance(refusal, Exact):
        status = HTTPStatus(refusal.status)
    said = Problem(
        title=status.phrase,
        status=status.value,
        code=code,
        detail=detail,
        errors=faults or UNSET,
        request_id=request.id,
    )
    challenged = status is HTTPStatus.UNAUTHORIZED
    headers = (("www-authenticate", CHALLENGE),) if challenged else ()
    return Answer(status.value, msgspec.json.encode(said), MEDIA_TYPE, headers)
