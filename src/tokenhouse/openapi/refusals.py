"""The refusals of a face, told once for all of its routes."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final

from tokenhouse.boundary import Face, Route
from tokenhouse.boundary.sorts import Schema
from tokenhouse.openapi import headers

_WHEN: Final = {
    200: "This dialect refuses with a result that is not 0.",
    400: "The request, a field of its body or its query cannot be.",
    401: "There is no credential, or none that is good here.",
    403: "The credential is good, and not enough; a missing permission is named.",
    404: "There is nothing here, or nothing that you may see.",
    406: "No media type is taken that we could answer in.",
    408: "The body did not arrive in time.",
    409: "It is done already, or in the way of something.",
    410: "It was here, and is kept no longer.",
    412: "Somebody else changed it meanwhile: read it again.",
    413: "The body is too large.",
    414: "The URL is too long.",
    415: "The body is not sent in the media type that is taken.",
    416: "There is nothing in this range.",
    422: "Understood, and not possible; or the idempotency key was used for another request.",
    428: "An edit has to say in `If-Match` which version it means.",
    429: "Too many attempts.",
    431: "The headers are too large.",
    503: "Nothing was decided. Never take it for a yes or a no.",
}
_HEADERS: Final = {
    401: ("WWW-Authenticate",),
    416: ("Content-Range",),
    429: ("Retry-After",),
    503: ("Retry-After",),
}


def name(face: Face, status: int) -> str:
    """What a refusal is called among the components."""
    return f"{face.name}.{status}"


def reference(face: Face, status: int) -> dict[str, str]:
    """A refusal where an operation can give it."""
    return {"$ref": f"#/components/responses/{name(face, status)}"}


def response(face: Face, status: int, told: dict[object, Schema]) -> dict[str, Any]:
    """One refusal of a face."""
    assert face.refusals is not None
    schema = told[face.refusals.type]
    said: dict[str, Any] = {"description": f"{HTTPStatus(status).phrase}. {_WHEN[status]}"}
    if status in _HEADERS:
        said["headers"] = headers.answered(_HEADERS[status])
    return said | {"content": {one: {"schema": schema} for one in face.refusals.media_types}}


def responses(
    face: Face, routes: Iterable[Route], told: dict[object, Schema]
) -> dict[str, dict[str, Any]]:
    """Every refusal that one of the routes can give."""
    assert face.refusals is not None
    statuses = {status for route in routes for status in face.refusals.statuses(route)}
    return {name(face, one): response(face, one, told) for one in sorted(statuses)}
