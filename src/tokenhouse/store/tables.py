"""Which record lives in which table, and how each of its fields becomes a column and back."""
# ruff: noqa: S608 -- statements are put together from names in this package, values are bound

from collections.abc import Callable, Mapping, Sequence
from itertools import compress
from operator import and_, is_not
from typing import Any, Final, Generic, NamedTuple, TypeVar

import msgspec
from msgspec.structs import astuple

from tokenhouse.core.catalogue import Catalogue
from tokenhouse.core.client import Client
from tokenhouse.core.device import Device
from tokenhouse.core.link import Link
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import Deployment, Membership, Organization, Password, Person
from tokenhouse.core.second_factor import Passkey, RecoveryCodes, SpentChallenge, Totp
from tokenhouse.core.signing_key import SigningKey
from tokenhouse.core.token import MADE_WITH, FamilyEnd, Token
from tokenhouse.operations.changes import KeptAnswer, Record
from tokenhouse.store.columns import ID, UUID_BYTES, Column, Row, codec_of
from tokenhouse.store.retention import end_of
from tokenhouse.store.unique import folded

R = TypeVar("R", bound=Record)


class _Update(NamedTuple):
    """A statement, and which of a record's values it takes, each with how it is kept."""

    statement: str
    takes: tuple[tuple[int, Callable[[Any], Column] | None], ...]


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
        codecs = [(field.name, codec_of(field.type)) for field in fields]
        self.name = name
        self.record = record
        self.columns = tuple(field.name for field in fields)
        self._decoders = tuple(
            (place, codec.decode) for place, (_, codec) in enumerate(codecs) if codec is not None
        )
        self._derived = dict(derived or {})
        self._ids = tuple(place for place, (_, codec) in enumerate(codecs) if codec is ID)
        self._encoders = tuple(
            (place, codec.encode)
            for place, (_, codec) in enumerate(codecs)
            if codec is not None and codec is not ID
        )
        self._written = written = (*self.columns, *self._derived)
        self._codecs = (*(codec for _, codec in codecs), *(None for _ in self._derived))
        self._changing = tuple([column not in {"id", *made_with} for column in written])
        self._updates: dict[tuple[bool, ...], _Update] = {}
        self.boundary = "organization_id" if "organization_id" in self.columns else "NULL"
        if record is Organization:
            self.boundary = "id"  # an organization lies within itself
        self.insert = (
            f"INSERT INTO {name} ({', '.join(written)})"
            f" VALUES ({', '.join(f':{column}' for column in written)})"
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
        names = [*compress(self._written, self._changing), "id"]
        return dict(zip(names, self.update_of(record)[1], strict=True))

    def values_of(self, record: R) -> tuple[Column, ...]:
        """The same values in the order in which `insert` names them."""
        values = [*self._values(record)]
        for place in self._ids:  # as `ID` does it, without a call for each
            if (value := values[place]) is not None:
                values[place] = value.int.to_bytes(UUID_BYTES, "big")
        for place, encode in self._encoders:
            value = values[place]
            if value is not None:
                values[place] = encode(value)
        return tuple(values)

    def update_of(self, record: R, before: R | None = None) -> tuple[str, tuple[Column, ...]]:
        """The statement that replaces a version, and the values in the order that it names them.

        Where the version before is at hand, it names of that only what is another now.
        """
        values, named = self._values(record), self._changing
        if before is not None:
            differs = map(is_not, self._values(before), values)
            named = tuple(map(and_, self._changing, differs))
        update = self._updates.get(named)
        if update is None:
            update = self._updates[named] = self._update(named)
        kept = [
            value if (value := values[place]) is None or encode is None else encode(value)
            for place, encode in update.takes
        ]
        return update.statement, (*kept, record.id.bytes)

    def _values(self, record: R) -> tuple[Any, ...]:
        return (*astuple(record), *[derive(record) for derive in self._derived.values()])

    def _update(self, named: tuple[bool, ...]) -> _Update:
        changes = ", ".join(f"{name} = :{name}" for name in compress(self._written, named))
        takes = compress(enumerate(self._codecs), named)
        encoders = tuple([(place, codec and codec.encode) for place, codec in takes])
        return _Update(f"UPDATE {self.name} SET {changes} WHERE id = :id", encoders)

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
