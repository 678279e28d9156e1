"""What stands on the reference's page, taken from the document. Pure."""

import json
from typing import Any, Final

import msgspec

from tokenhouse.faces.reference.curl import curl
from tokenhouse.faces.reference.schemas import (
    Document,
    Field,
    Kind,
    Schema,
    Type,
    fields,
    kind,
    notes,
    types,
)

_ASKERS: Final = {
    "anyone": "any good token",
    "person": "a token of a person",
    "signed in": "a session token",
    "device": "a device token",
}
_SPELLINGS: Final = {
    "bearer": "Authorization: Bearer",
    "token": "Authorization: Token",
    "x-access-token": "x-access-token",
    "session": "session=",
}


class Reply(msgspec.Struct, frozen=True):
    """One good answer."""

    status: str
    phrase: str
    kind: Kind | None
    headers: tuple[str, ...]


class Refusal(msgspec.Struct, frozen=True):
    """One refusal: its status and when it is given."""

    status: str
    when: str


class Operation(msgspec.Struct, frozen=True):
    """One operation, as it is shown."""

    id: str
    method: str
    path: str
    summary: str
    text: str
    may: str
    sent_as: tuple[str, ...]
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    body_is: str
    replies: tuple[Reply, ...]
    refusals: tuple[Refusal, ...]
    refused_with: Kind | None
    command: str
    example: str


class Group(msgspec.Struct, frozen=True):
    """The operations of one tag."""

    id: str
    name: str
    operations: tuple[Operation, ...]


class Reference(msgspec.Struct, frozen=True):
    """The whole page."""

    title: str
    version: str
    server: str
    description: str
    groups: tuple[Group, ...]
    types: tuple[Type, ...]


def reference(document: Document) -> Reference:
    """The page of a document."""
    told = [
        (operation["tags"][0], _operation(document, method, path, operation))
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    return Reference(
        title=document["info"]["title"],
        version=document["info"]["version"],
        server=document["servers"][0]["url"],
        description=document["info"]["description"],
        groups=tuple(
            Group(
                f"tag-{name.lower().replace(' ', '-')}",
                name,
                tuple(one for tag, one in told if tag == name),
            )
            for name in (tag["name"] for tag in document["tags"])
        ),
        types=types(document),
    )


def _operation(document: Document, method: str, path: str, operation: dict[str, Any]) -> Operation:
    replies = {status: one for status, one in operation["responses"].items() if "$ref" not in one}
    refused = {
        status: _resolved(document, one)
        for status, one in operation["responses"].items()
        if "$ref" in one
    }
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        text=operation.get("description", ""),
        may=_may(operation),
        sent_as=tuple(_SPELLINGS[name] for one in operation["security"] for name in one),
        parameters=tuple(_parameter(one) for one in operation.get("parameters", ())),
        body=_body(operation),
        body_is=_body_is(operation),
        replies=tuple(_reply(status, one) for status, one in replies.items()),
        refusals=tuple(Refusal(status, one["description"]) for status, one in refused.items()),
        refused_with=_refused_with(refused),
        command=curl(document["servers"][0]["url"], method, path, operation),
        example=_example(replies),
    )


def _refused_with(refused: dict[str, dict[str, Any]]) -> Kind | None:
    """The type of every refusal; None where good answers have the same status."""
    for first in refused.values():
        (*_, content) = first["content"].values()
        return kind(content["schema"])
    return None


def _resolved(document: Document, one: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["responses"][one["$ref"].rpartition("/")[2]]
    return found


def _may(operation: dict[str, Any]) -> str:
    """Who may, in words; empty where permissions say it."""
    if "x-asker" not in operation:
        return "Needs no credential."
    asker = _ASKERS[operation["x-asker"]]
    if operation.get("x-confirmed"):
        asker += ", confirmed with the password"
    if not operation["x-permissions"]:
        return f"Needs {asker}."
    needed = " and ".join(f"`{name}`" for name in operation["x-permissions"])
    if everywhere := operation.get("x-everywhere"):
        needed += f", or as an operator `{everywhere}`"
    if operation.get("x-itself"):
        needed += ", or a device that asks for itself"
    also = "" if operation["x-asker"] == "anyone" else f", and {asker}"
    return f"Needs the permission {needed}{also}."


def _parameter(one: dict[str, Any]) -> Field:
    schema = one["schema"]
    said = notes(schema)
    if "description" in one:
        said += (one["description"].removesuffix("."),)
    return Field(one["name"], kind(schema), one["required"], said, one["in"])


def _body(operation: dict[str, Any]) -> tuple[Field, ...]:
    if "requestBody" not in operation:
        return ()
    (content,) = operation["requestBody"]["content"].values()
    schema: Schema = content["schema"]
    return fields(schema)


def _body_is(operation: dict[str, Any]) -> str:
    (*_, media_type) = operation.get("requestBody", {"content": {"": {}}})["content"]
    return "Body, as a form" if "form" in media_type else "Body, in JSON"


def _reply(status: str, one: dict[str, Any]) -> Reply:
    contents = [*one.get("content", {}).values()]
    told = kind(contents[0]["schema"]) if contents else None
    return Reply(status, one["description"], told, tuple(one.get("headers", {})))


def _example(replies: dict[str, Any]) -> str:
    for one in replies.values():
        for content in one.get("content", {}).values():
            if "example" in content:
                return json.dumps(content["example"], ensure_ascii=False, indent=2)
    return ""
