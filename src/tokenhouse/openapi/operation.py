"""One route as an OpenAPI operation."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from tokenhouse.boundary import Face, Form, Route, Success
from tokenhouse.boundary.about import About
from tokenhouse.boundary.lists import PERMISSION
from tokenhouse.boundary.media import JSON
from tokenhouse.boundary.multipart import MEDIA_TYPE as MULTIPART
from tokenhouse.boundary.parameters import FORM
from tokenhouse.boundary.possible import parameters
from tokenhouse.boundary.sorts import Schema
from tokenhouse.openapi import headers, refusals
from tokenhouse.openapi.security import requirement

FILE: Final[Schema] = {"type": "string", "format": "binary"}
"""What is no JSON, but the bytes of a file."""
_ID: Final[Schema] = {"type": "string", "format": "uuid"}
_NUMBER: Final[Schema] = {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}
_OTHER: Final = {
    "permission": PERMISSION,
    "client": _ID,
    "device": _NUMBER,
    "data_file": _NUMBER,
    "ota_file": _NUMBER,
}
"""What stands in a path under a name without `_id`; a `client_id` is something else."""


def operation(face: Face, route: Route, told: dict[object, Schema]) -> dict[str, Any]:
    """What a reader needs of a route. `told` has the schema of each answer's type.

    Raises KeyError for a parameter or a header that nobody has told of.
    """
    about = route.about
    assert about is not None
    said: dict[str, Any] = {
        "operationId": _id(route),
        "tags": [about.tag],
        "summary": about.summary,
    }
    if about.text:
        said["description"] = about.text
    if listed := [*_path(route, about), *_query(route, about), *_headers(route)]:
        said["parameters"] = listed
    if about.body is not None:
        content = {"schema": about.body.schema(), "example": about.body_example}
        said["requestBody"] = {"required": True, "content": {JSON: content}}
    if about.form is not None and route.method == "POST":
        said["requestBody"] = {"content": {FORM: _fields(about.form, about.query_example)}}
    if about.upload:
        said["requestBody"] = {"required": True, "content": {MULTIPART: _upload(about.upload)}}
    said["responses"] = _responses(face, route, about, told)
    said["security"] = requirement(face, route)
    if route.demand is not None:
        said["x-permissions"] = sorted(route.demand.permissions)
        if route.demand.everywhere is not None:
            said["x-everywhere"] = route.demand.everywhere
        said["x-asker"] = route.demand.asker.value
        if route.demand.itself:
            said["x-itself"] = True
        if route.demand.confirmed:
            said["x-confirmed"] = True
    return said


def _id(route: Route) -> str:
    words = re.findall(r"[A-Za-z0-9]+", route.path)
    return "_".join([route.method.lower(), *words])


def _path(route: Route, about: About) -> list[dict[str, Any]]:
    listed = []
    for name in parameters(route.path):
        schema = _ID if name.endswith("_id") else _OTHER[name]
        said = {"name": name, "in": "path", "required": True, "schema": schema}
        if name in about.path_example:
            said["example"] = _typed(about.path_example[name], schema)
        listed.append(said)
    return listed


def _query(route: Route, about: About) -> list[dict[str, Any]]:
    asked = about.form if about.form is not None and route.method == "GET" else about.query
    if asked is None:
        return []
    listed = asked.parameters()
    for said in listed:
        text = about.query_example.get(said["name"])
        if text is not None:
            said["example"] = _typed(text, said["schema"])
    return listed


def _fields(form: Form[Any], example: Mapping[str, str]) -> dict[str, Any]:
    schema = form.schema()
    typed = {name: _typed(text, schema["properties"][name]) for name, text in example.items()}
    return {"schema": schema, "example": typed}


def _upload(field: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": {field: FILE}, "required": [field]}
    return {"schema": schema | {"additionalProperties": False}}


def _typed(text: str, schema: Schema) -> object:
    return int(text) if schema["type"] == "integer" else text


def _headers(route: Route) -> list[dict[str, Any]]:
    listed = []
    if route.idempotent:
        listed.append(headers.IDEMPOTENCY)
    if route.precondition:
        listed.append(headers.IF_MATCH)
    return listed


def _responses(
    face: Face, route: Route, about: About, told: dict[object, Schema]
) -> dict[str, Any]:
    assert face.refusals is not None
    possible = face.refusals.statuses(route)
    said: dict[int, Any] = {status: refusals.reference(face, status) for status in possible}
    first = next(iter(about.answers))
    for status, success in about.answers.items():
        example = about.answer_example if status == first else None
        said[status] = _success(face, status, success, told, example)
        if status in possible:  # both are told: by their media types, or by what they say
            refused = refusals.response(face, status, told)
            said[status]["content"] = _either(said[status]["content"], refused["content"])
    return {str(status): said[status] for status in sorted(said)}


def _either(good: dict[str, Any], refused: dict[str, Any]) -> dict[str, Any]:
    """The content of an answer that can be good or a refusal under one status."""
    both = {
        media_type: good[media_type]
        | {"schema": {"anyOf": [good[media_type]["schema"], refused[media_type]["schema"]]}}
        for media_type in good.keys() & refused.keys()
    }
    return good | refused | both


def _success(
    face: Face, status: int, success: Success, told: dict[object, Schema], example: object
) -> dict[str, Any]:
    said: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if success.headers:
        said["headers"] = headers.answered(success.headers)
    if success.type is not None:
        schema = FILE if success.type is bytes else told[success.type]
        content: dict[str, Any] = {"schema": schema}
        if example is not None:
            content["example"] = example
        media_types = success.media_types or face.media_types
        said["content"] = dict.fromkeys(media_types, content)
    return said
