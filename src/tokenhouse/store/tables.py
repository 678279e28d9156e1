"""Which record lives in which table, and how each of its fields becomes a column and back."""
# ruff: noqa: S608 -- statements are put together from names in this package, values are bound

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, Final, Generic, NamedTuple, TypeAlias, TypeVar, Union, get_args, get_origin
from uuid import UUID

import msgspec
from msgspec.structs import astuple

from tokenhouse.core.catalogue import Catalogue, PredefinedSet
from tokenhouse.core.client import Client, ClientSecret, Grant
from tokenhouse.core.device import Device
from tokenhouse.core.link import Link
from tokenhouse.core.permission import Permission
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import Deployment, Membership, Organization, Password, Person
from tokenhouse.core.second_factor import Passkey, RecoveryCodes, SpentChallenge, Totp
from tokenhouse.core.signing_key import SigningKey
from tokenhouse.core.token import MADE_WITH, FamilyEnd, Token
from tokenhouse.operations.changes import KeptAnswer, Record
from tokenhouse.store.retention import end_of
from tokenhouse.store.unique import folded

R = TypeVar("R", bound=msgspec.Struct)
Column: TypeAlias = str | int | bytes | None
Row: TypeAlias = Mapping[str, Column]
"""A record as named values of columns."""

_UUID_BYTES: Final = 16


class _Codec(NamedTuple):
    """How a field is kept; None stays NULL, and needs no codec."""

    encode: Callable[[Any], Column]
    decode: Callable[[Any], Any]


def uuids_of(blob: bytes) -> tuple[UUID, ...]:
    """Give the ids kept one behind the other."""
    return tuple(
        uuid_of(blob[start : start + _UUID_BYTES]) for start in range(0, len(blob), _UUID_BYTES)
    )


def uuid_of(blob: bytes) -> UUID:
    """Give the id kept in 16 bytes; five times as fast as the constructor."""
    return msgspec.convert(blob, UUID)


_PERMISSIONS = msgspec.json.Decoder(tuple[Permission, ...])
_SETS = msgspec.json.Decoder(tuple[PredefinedSet, ...])
_NAMES = msgspec.json.Decoder(frozenset[str])
_GRANTS = msgspec.json.Decoder(frozenset[Grant])
_SECRETS = msgspec.json.Decoder(tuple[ClientSecret, ...])
_TEXTS = msgspec.json.Decoder(tuple[str, ...])
_NUMBERS = msgspec.json.Decoder(dict[str, int])

_PLAIN: Final[frozenset[object]] = frozenset({int, str, bytes})
_ID: Final = _Codec(lambda value: value.int.to_bytes(_UUID_BYTES, "big"), uuid_of)
_CODECS: Final[dict[object, _Codec]] = {
    UUID: _ID,
    bool: _Codec(int, bool),
    tuple[UUID, ...]: _Codec(lambda ids: b"".join(one.bytes for one in ids), uuids_of),
    frozenset[str]: _Codec(
        lambda names: msgspec.json.encode(sorted(names)).decode(), _NAMES.decode
    ),
    frozenset[Grant]: _Codec(
        lambda grants: msgspec.json.encode(sorted(grants)).decode(), _GRANTS.decode
    ),
    tuple[ClientSecret, ...]: _Codec(
        lambda secrets: msgspec.json.encode(secrets).decode(), _SECRETS.decode
    ),
    tuple[str, ...]: _Codec(lambda texts: msgspec.json.encode(texts).decode(), _TEXTS.decode),
    dict[str, int]: _Codec(
        lambda numbers: msgspec.json.encode(numbers, order="sorted").decode(), _NUMBERS.decode
    ),
    tuple[Permission, ...]: _Codec(
        lambda entries: msgspec.json.encode(entries).decode(), _PERMISSIONS.decode
    ),
    tuple[PredefinedSet, ...]: _Codec(
        lambda sets: msgspec.json.encode(sets, order="deterministic").decode(), _SETS.decode
    ),
}


def _codec(annotation: object) -> _Codec | None:
    if get_origin(annotation) in {Union, UnionType}:
        (annotation,) = (part for part in get_args(annotation) if part is not NoneType)
    if annotation in _PLAIN:
        return None
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return _Codec(str, {member.value: member for member in annotation}.__getitem__)
    return _CODECS[annotation]


class _Kept:
    """Some fields of a record as they are kept; `get` gives their values in this order."""

    def __init__(
        self, fields: Sequence[tuple[str, _Codec | None]], get: Callable[[Any], Iterable[Any]]
    ) -> None:
        self._get = get
        self._ids = tuple(place for place, (_, codec) in enumerate(fields) if codec is _ID)
        self._encoders = tuple(
            (place, codec.encode)
            for place, (_, codec) in enumerate(fields)
            if codec is not None and codec is not _ID
        )

    def __call__(self, record: msgspec.Struct) -> list[Column]:
        values = [*self._get(record)]
        for place in self._ids:  # as `_ID` does it, without a call for each
            if (value := values[place]) is not None:
                values[place] = value.int.to_bytes(_UUID_BYTES, "big")
        for place, encode in self._encoders:
            value = values[place]
            if value is not None:
                values[place] = encode(value)
        return values


class Table(Generic[R]):
    """One table: the record type that it keeps, its columns, and the statements of one row.

    `derived` are columns beside the fields, computed when a row is written and never read back.
    What is `made_with` a record is not written again: on SQLite every index over a column that is
    named is written anew, whether its value is another or not.
    `boundary` is the column that tells the organization of a row, NULL where there is none.
    """

    def __init__(
        self,
        name: str,
        record: type[R],
        derived: Mapping[str, Callable[[R], Column]] | None = None,
        made_with: frozenset[str] = frozenset(),
    ) -> None:
        fields = msgspec.structs.fields(record)
        codecs = [(field.name, _codec(field.type)) for field in fields]
        self.name = name
        self.record = record
        self.columns = tuple(field.name for field in fields)
        self._decoders = tuple(
            (place, codec.decode) for place, (_, codec) in enumerate(codecs) if codec is not None
        )
        self._derived = dict(derived or {})
        self._whole = _Kept(codecs, astuple)
        self._written = written = (*self.columns, *self._derived)
        kept = [(name, codec) for name, codec in codecs if name != "id" and name not in made_with]
        named = [name for name, _ in kept]
        self._changing = _Kept([*kept, ("id", _ID)], attrgetter(*named, "id"))
        changing = (*named, *self._derived)
        self._changed = (*changing, "id")
        self.boundary = "organization_id" if "organization_id" in self.columns else "NULL"
        if record is Organization:
            self.boundary = "id"  # an organization lies within itself
        self.insert = (
            f"INSERT INTO {name} ({', '.join(written)})"
            f" VALUES ({', '.join(f':{column}' for column in written)})"
        )
        self.update = (
            f"UPDATE {name} SET {', '.join(f'{column} = :{column}' for column in changing)}"
            f" WHERE id = :id"
        )
        self.delete = f"DELETE FROM {name} WHERE id = :id"
        self.select = f"SELECT {', '.join(self.columns)} FROM {name} WHERE id = :id"
        self.known = f"SELECT id, version, {self.boundary} FROM {name} WHERE id = :id"

    def listed(self, alias: str) -> str:
        """All columns of a record for a SELECT, in the order that `record_of` takes."""
        return ", ".join(f"{alias}.{column}" for column in self.columns)

    def row_of(self, record: R) -> Row:
        """The named values under which a new record is written."""
        return dict(zip(self._written, self.values_of(record), strict=True))

    def changed_row_of(self, record: R) -> Row:
        """The named values under which one that was written before is."""
        return dict(zip(self._changed, self.changed_values_of(record), strict=True))

    def values_of(self, record: R) -> tuple[Column, ...]:
        """The same values in the order in which `insert` names them."""
        return (*self._whole(record), *[derive(record) for derive in self._derived.values()])

    def changed_values_of(self, record: R) -> tuple[Column, ...]:
        """The values in the order in which `update` names them."""
        *values, record_id = self._changing(record)
        return (*values, *[derive(record) for derive in self._derived.values()], record_id)

    def record_of(self, values: Sequence[Any]) -> R:
        """Build the record from the values of `listed`."""
        fields = list(values)
        for place, decode in self._decoders:
            value = fields[place]
            if value is not None:
                fields[place] = decode(value)
        return self.record(*fields)


DEPLOYMENTS: Final = Table("deployments", Deployment)
CATALOGUES: Final = Table("catalogues", Catalogue)
ORGANIZATIONS: Final = Table("organizations", Organization)
PEOPLE: Final = Table("people", Person)
PASSWORDS: Final = Table("passwords", Password)
MEMBERSHIPS: Final = Table("memberships", Membership)
GROUPS: Final = Table("policy_groups", PolicyGroup, {"name_key": lambda group: folded(group.name)})
TOKENS: Final = Table("tokens", Token, {"ends_at": end_of}, MADE_WITH)
FAMILY_ENDS: Final = Table("family_ends", FamilyEnd)
SIGNING_KEYS: Final = Table("signing_keys", SigningKey)
KEPT_ANSWERS: Final = Table("kept_answers", KeptAnswer)
LINKS: Final = Table("links", Link)
CLIENTS: Final = Table("clients", Client)
DEVICES: Final = Table("devices", Device)
TOTPS: Final = Table("totps", Totp)
PASSKEYS: Final = Table("passkeys", Passkey)
RECOVERY_CODES: Final = Table("recovery_codes", RecoveryCodes)
SPENT_CHALLENGES: Final = Table("spent_challenges", SpentChallenge)

TABLES: Final[Mapping[type[Record], Table[Any]]] = {
    table.record: table
    for table in (
        DEPLOYMENTS,
        CATALOGUES,
        ORGANIZATIONS,
        PEOPLE,
        PASSWORDS,
        MEMBERSHIPS,
        GROUPS,
        TOKENS,
        FAMILY_ENDS,
        SIGNING_KEYS,
        KEPT_ANSWERS,
        LINKS,
        CLIENTS,
        DEVICES,
        TOTPS,
        PASSKEYS,
        RECOVERY_CODES,
        SPENT_CHALLENGES,
    )
}
