"""The OpenAPI 3.1 document of what is served, made from the route tables and the answer types.

Owns how a route, its types and its refusals are told in that language. Does not own what they are:
a route says so itself (`boundary.about`), and a face how it refuses. Served by `faces.reference`.
"""

from collections import defaultdict
from typing import Any, Final, TypeAlias

import msgspec

from tokenhouse import __version__, boundary
from tokenhouse.boundary import Face, Route
from tokenhouse.boundary.sorts import Schema
from tokenhouse.openapi import security
from tokenhouse.openapi.operation import operation
from tokenhouse.openapi.refusals import responses

Document: TypeAlias = dict[str, Any]

_VERSION: Final = "3.1.0"
_ABOUT: Final = (
    "Issues, checks, rotates and revokes the tokens of an API. What a kind of token is, what each"
    " reason means and how long an answer may be kept stands in the product's documents."
)


def document(faces: tuple[Face, ...], issuer: str) -> Document:
    """Everything that these faces describe, at this address.

    Raises ValueError where two operations would have one id.
    """
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    schemas: dict[str, Schema] = {}
    refused: dict[str, Any] = {}
    for face in faces:
        routes = [route for route in face.routes if route.about is not None]
        told, components = _types(face, routes)
        schemas |= components
        for route in routes:
            paths[route.path][route.method.lower()] = operation(face, route, told)
        if routes:
            refused |= responses(face, routes, told)
    _refuse_twins(paths)
    return {
        "openapi": _VERSION,
        "info": {
            "title": "Tokenhouse",
            "version": __version__,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": issuer}],
        "tags": [{"name": tag} for tag in _tags(paths)],
        "paths": dict(paths),
        "components": {
            "schemas": schemas,
            "responses": refused,
            "securitySchemes": security.SCHEMES,
        },
    }


def _types(face: Face, routes: list[Route]) -> tuple[dict[object, Schema], dict[str, Schema]]:
    """The schema of each type that a face answers with, and what those refer to.

    A name has its face before it, since two faces may have one word for two things; what several
    share is the boundary's.
    """
    types: list[Any] = []
    for route in routes:
        assert route.about is not None
        types += [one.type for one in route.about.answers.values() if one.type not in {None, bytes}]
    if not routes or face.refusals is None:
        return {}, {}
    refused = face.refusals.type
    shared = refused.__module__.startswith(boundary.__name__)
    told, named = _named([*types] if shared else [*types, refused], f"{face.name}.")
    if shared:
        also, more = _named([refused], "")
        told, named = told | also, named | more
    return told, named


def _named(types: list[Any], prefix: str) -> tuple[dict[object, Schema], dict[str, Schema]]:
    template = f"#/components/schemas/{prefix}{{name}}"
    told, components = msgspec.json.schema_components(types, ref_template=template)
    named = {f"{prefix}{name}": schema for name, schema in components.items()}
    return dict(zip(types, told, strict=True)), named


def _tags(paths: dict[str, dict[str, Any]]) -> list[str]:
    return list(
        dict.fromkeys(
            tag for path in paths.values() for one in path.values() for tag in one["tags"]
        )
    )


def _refuse_twins(paths: dict[str, dict[str, Any]]) -> None:
    ids = [one["operationId"] for path in paths.values() for one in path.values()]
    if len(ids) != len(set(ids)):
        raise ValueError("two operations have one id")
