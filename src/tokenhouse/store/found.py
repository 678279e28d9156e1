"""A token with all that it rests on, in one statement.

Every request asks this at least once, and across a network each statement is a journey.
"""
# ruff: noqa: S608 -- statements are put together from names in this package, values are bound

from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.core.catalogue import Catalogue
from tokenhouse.core.client import Client
from tokenhouse.core.device import Device
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import Deployment, HolderKind, Membership, Organization, Person
from tokenhouse.core.standing import Found, Standing
from tokenhouse.core.token import FamilyEnd, Token
from tokenhouse.store.tables import (
    CLIENTS,
    DEPLOYMENTS,
    DEVICES,
    FAMILY_ENDS,
    GROUPS,
    MEMBERSHIPS,
    ORGANIZATIONS,
    PEOPLE,
    TOKENS,
    Table,
)

_TABLES: Final[tuple[tuple[str, Table[Any]], ...]] = (
    ("t", TOKENS),
    ("f", FAMILY_ENDS),
    ("d", DEPLOYMENTS),
    ("o", ORGANIZATIONS),
    ("m", MEMBERSHIPS),
    ("p", PEOPLE),
    ("c", CLIENTS),
    ("e", DEVICES),
)
_ENDS: Final = tuple(
    sum(len(table.columns) for _, table in _TABLES[: place + 1]) for place in range(len(_TABLES))
)
_END: Final = _ENDS[-1] + 2
_LISTED: Final = ", ".join(table.listed(alias) for alias, table in _TABLES)
_PLACE: Final = "h.sequence, (SELECT version FROM catalogues WHERE id = :catalogue)"
_FROM: Final = """
  FROM tokens t
  JOIN head h ON h.one = 1
  LEFT JOIN family_ends f ON f.id = t.family_id
  LEFT JOIN deployments d ON d.id = :deployment
  LEFT JOIN organizations o ON o.id = t.organization_id
  LEFT JOIN memberships m ON m.id = t.holder_id AND t.holder_kind = 'membership'
  LEFT JOIN people p ON p.id = m.person_id
  LEFT JOIN clients c ON c.id = t.client_id
  LEFT JOIN devices e ON e.id = t.holder_id AND t.holder_kind = 'device'
"""
BY_FINGERPRINT: Final = " WHERE t.fingerprint = :key"
BY_ID: Final = " WHERE t.id = :id"
BY_ID_WITHIN: Final = " WHERE t.id = :id AND t.organization_id = :organization"
BY_NUMBER_WITHIN: Final = (
    " WHERE t.kind = :kind AND t.number = :number AND t.organization_id = :organization"
)
CONDITIONS: Final = (BY_FINGERPRINT, BY_ID, BY_ID_WITHIN, BY_NUMBER_WITHIN)

FOUND: Final = f"SELECT {_LISTED}, {_PLACE} {_FROM}"
"""To be followed by one of the conditions above. One row, or none."""

_ALONE: Final = _TABLES[:2]
FOUND_ALONE: Final = f"""
SELECT {", ".join(table.listed(alias) for alias, table in _ALONE)}, h.sequence
  FROM tokens t
  JOIN head h ON h.one = 1
  LEFT JOIN family_ends f ON f.id = t.family_id
"""
"""The same without what the token rests on, which is often known already."""

_IDS: Final = "CASE WHEN t.holder_kind = 'membership' THEN m.groups ELSE t.groups END"
FOUND_WITH_GROUPS: Final = f"""
SELECT {_LISTED}, {_PLACE}, {GROUPS.listed("g")} {_FROM}
  LEFT JOIN LATERAL generate_series(1, length({_IDS}), 16) place ON TRUE
  LEFT JOIN LATERAL (
    SELECT {GROUPS.listed("g")} FROM policy_groups g
     WHERE g.id = substring({_IDS} FROM place FOR 16) AND g.organization_id = t.organization_id
     LIMIT 1
  ) g ON TRUE
"""
"""PostgreSQL: the same with its policy groups, one row for each. IN_ORDER goes behind it."""
IN_ORDER: Final = " ORDER BY place"


class FoundRow(NamedTuple):
    """One row of FOUND as records."""

    token: Token
    family_end: FamilyEnd | None
    deployment: Deployment | None
    organization: Organization | None
    membership: Membership | None
    person: Person | None
    client: Client | None
    device: Device | None
    sequence: int
    catalogue_version: int | None

    @property
    def group_ids(self) -> tuple[UUID, ...]:
        """The policy groups named by the membership, or by the token where it has none."""
        if self.token.holder_kind is not HolderKind.MEMBERSHIP:
            return self.token.groups or ()
        return self.membership.groups if self.membership is not None else ()

    def found(self, catalogue: Catalogue, groups: tuple[PolicyGroup, ...]) -> Found | None:
        """The token with its standing; None where nothing was set up that it could rest on."""
        if self.deployment is None or self.organization is None:
            return None
        standing = Standing(
            self.deployment,
            catalogue,
            self.organization,
            self.person,
            self.membership,
            groups,
            self.family_end,
            self.client,
            self.device,
        )
        return Found(self.token, standing, self.sequence)


def found_row(row: Sequence[Any]) -> FoundRow:
    """The records of one row."""
    records: list[msgspec.Struct | None] = []
    start = 0
    for (_, table), end in zip(_TABLES, _ENDS, strict=True):
        part = row[start:end]
        records.append(None if part[0] is None else table.record_of(part))
        start = end
    sequence, version = row[start : start + 2]
    return FoundRow(*records, sequence, version)  # type: ignore[arg-type, call-arg]


class FoundAlone(NamedTuple):
    """One row of FOUND_ALONE as records."""

    token: Token
    family_end: FamilyEnd | None
    sequence: int

    def resting_on(self, standing: Standing, known_to: int) -> Found:
        """The token with what it was known to rest on; the end of its family is its own."""
        if self.family_end is not standing.family_end:
            standing = replace(standing, family_end=self.family_end)
        return Found(self.token, standing, min(self.sequence, known_to))


def found_alone(row: Sequence[Any]) -> FoundAlone:
    """The records of one row of FOUND_ALONE."""
    token_end, family_end = _ENDS[:2]
    family = row[token_end:family_end]
    return FoundAlone(
        TOKENS.record_of(row[:token_end]),
        None if family[0] is None else FAMILY_ENDS.record_of(family),
        *row[family_end:],
    )


def groups_of(rows: Sequence[Sequence[Any]]) -> tuple[PolicyGroup, ...]:
    """The policy groups of all rows of FOUND_WITH_GROUPS, each once."""
    parts = (row[_END:] for row in rows)
    found = (GROUPS.record_of(part) for part in parts if part[0] is not None)
    return tuple({group.id: group for group in found}.values())
