"""JSON Schemas in words: what a reader sees of a field and of a type. Pure."""

from typing import Any, Final, TypeAlias

import msgspec

Document: TypeAlias = dict[str, Any]
Schema: TypeAlias = dict[str, Any]

_FORMATS: Final = {
    "date-time": "date and time",
    "duration": "duration",
    "email": "e-mail address",
    "password": "secret string",
    "uuid": "UUID",
}


class Kind(msgspec.Struct, frozen=True):
    """What a value is, in words; `type` names the type to look at, if there is one."""

    text: str
    type: str = ""


class Field(msgspec.Struct, frozen=True):
    """One row of a table of fields. `where` is where a parameter stands."""

    name: str
    kind: Kind
    required: bool
    notes: tuple[str, ...]
    where: str = ""


class Type(msgspec.Struct, frozen=True):
    """A type that answers are made of: its fields, or the words that it is one of."""

    id: str
    name: str
    description: str
    fields: tuple[Field, ...]
    words: tuple[str, ...]


def kind(schema: Schema) -> Kind:
    """What a schema is of."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Kind(_short(name), name)
    if "anyOf" in schema:
        kinds = [kind(one) for one in schema["anyOf"]]
        linked = next((one.type for one in kinds if one.type), "")
        return Kind(" or ".join(one.text for one in kinds), linked)
    types = schema.get("type", "value")
    named = [types] if isinstance(types, str) else types
    if "prefixItems" in schema:
        return Kind(f"[{', '.join(kind(one).text for one in schema['prefixItems'])}]")
    if named[0] == "array":
        item = kind(schema.get("items", {}))
        return Kind(f"list of {item.text}s", item.type)
    first = _FORMATS.get(schema.get("format", ""), named[0])
    return Kind(" or ".join([first, *named[1:]]))


def _short(name: str) -> str:
    """The name of a type without its face; a slice of a list is called that."""
    short = name.rpartition(".")[2]
    of = short.removeprefix("Listed_").removesuffix("_")
    return short if of == short else f"slice of {of}s"


def notes(schema: Schema) -> tuple[str, ...]:
    """What else is to be known of a value, each in a few words."""
    told = []
    if "enum" in schema:
        told.append("one of " + ", ".join(str(word) for word in schema["enum"]))
    if "minimum" in schema and "maximum" in schema:
        told.append(f"{schema['minimum']} to {schema['maximum']}")
    if "maxLength" in schema:
        told.append(f"at most {schema['maxLength']} characters")
    if "maxItems" in schema:
        told.append(f"at most {schema['maxItems']} items")
    if schema.get("default") is not None:
        told.append(f"{schema['default']} unless given")
    if "description" in schema:
        told.append(schema["description"].removesuffix("."))
    return tuple(told)


def fields(schema: Schema) -> tuple[Field, ...]:
    """The fields of an object."""
    required = schema.get("required", [])
    return tuple(
        Field(name, kind(one), name in required, notes(one))
        for name, one in schema.get("properties", {}).items()
    )


def types(document: Document) -> tuple[Type, ...]:
    """The types of the document, by name."""
    schemas = document["components"]["schemas"]
    return tuple(
        Type(
            id=name,
            name=_short(name),
            description=schema.get("description", ""),
            fields=fields(schema),
            words=tuple(schema.get("enum", ())),
        )
        for name, schema in sorted(schemas.items())
    )
