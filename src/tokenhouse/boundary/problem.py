"""Refusals as `application/problem+json` (RFC 9457): for our own API and outside of any face."""

from http import HTTPStatus
from typing import Final, TypeAlias

import msgspec

from tokenhouse.boundary.face import Answer
from tokenhouse.boundary.refusals import Exact
from tokenhouse.boundary.request import Request
from tokenhouse.core.refusal import Code, Refused, Unavailable

Json: TypeAlias = "str | int | list[Json] | dict[str, Json]"

MEDIA_TYPE: Final = "application/problem+json"
CHALLENGE: Final = 'Bearer realm="tokenhouse", Token realm="tokenhouse"'

STATUS: Final = {
    Code.MALFORMED: HTTPStatus.BAD_REQUEST,
    Code.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Code.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    Code.WRONG_DOOR: HTTPStatus.UNAUTHORIZED,
    Code.FORBIDDEN: HTTPStatus.FORBIDDEN,
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
    Code.TOO_MANY: HTTPStatus.TOO_MANY_REQUESTS,
}
"""The status of every refusal, for each dialect that says it by the status."""


def refuse(request: Request, refusal: Refused | Unavailable) -> Answer:
    """A refusal or our inability, with the request's id and every single fault."""
    if isinstance(refusal, Unavailable):
        status = HTTPStatus.SERVICE_UNAVAILABLE
        return _answer(
            request, status, {"code": "unavailable", "detail": "This cannot be decided now."}
        )
    said: dict[str, Json] = {"code": refusal.code.value, "detail": refusal.public}
    if refusal.problems:
        said["errors"] = [
            {"field": problem.field, "detail": problem.sentence} for problem in refusal.problems
        ]
    status = STATUS[refusal.code]
    if isinstance(refusal, Exact):
        status = HTTPStatus(refusal.status)
    return _answer(request, status, said)


def _answer(request: Request, status: HTTPStatus, said: dict[str, Json]) -> Answer:
    body: dict[str, Json] = {"title": status.phrase, "status": status.value}
    body |= said
    body["request_id"] = request.id
    challenged = status is HTTPStatus.UNAUTHORIZED
    headers = (("www-authenticate", CHALLENGE),) if challenged else ()
    return Answer(status.value, msgspec.json.encode(body), MEDIA_TYPE, headers)
