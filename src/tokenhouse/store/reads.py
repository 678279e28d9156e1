"""The reads of the store in SQL, for every engine that gives a snapshot to read from.

Longer than most files, because the contract has that many reads.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID

import msgspec

from tokenhouse.core.events import RecordedEvent
from tokenhouse.core.moment import Moment
from tokenhouse.core.permission import Catalogue, PolicyGroup
from tokenhouse.core.principal import DEPLOYMENT, Deployment
from tokenhouse.core.signing_key import SigningKey
from tokenhouse.core.standing import Found, Standing
from tokenhouse.core.token import Token
from tokenhouse.operations.changes import (
    FeedEntry,
    FeedGone,
    Floor,
    GroupCount,
    KeptAnswer,
    Page,
    SignInRecord,
)
from tokenhouse.operations.set_up import CATALOGUE
from tokenhouse.store import statements as sql
from tokenhouse.store.found import BY_FINGERPRINT, BY_ID, BY_ID_WITHIN, FOUND, found_row
from tokenhouse.store.order import GROUP_ORDERS, TOKEN_ORDERS, refuse_unknown
from tokenhouse.store.rows import entry_of, event_of, head_of
from tokenhouse.store.tables import (
    CATALOGUES,
    DEPLOYMENTS,
    GROUPS,
    KEPT_ANSWERS,
    MEMBERSHIPS,
    ORGANIZATIONS,
    PASSWORDS,
    PEOPLE,
    SIGNING_KEYS,
    TOKENS,
    Column,
    Row,
    Table,
    uuids_of,
)
from tokenhouse.store.unique import folded

R = TypeVar("R", bound=msgspec.Struct)
T = TypeVar("T")

_NO_CATALOGUE: Final = Catalogue(CATALOGUE, 0, ())
WHOSE: Final = {"deployment": DEPLOYMENT.bytes, "catalogue": CATALOGUE.bytes}


class Reading(Protocol):
    """A connection within one snapshot."""

    def execute(self, statement: str, values: Row) -> list[Any]:
        """All rows of one statement."""

    def executemany(self, statement: str, values: Iterable[Row]) -> list[Any]:
        """All rows of one statement for one set of values after the other."""


class Snapshots(Protocol):
    """Gives snapshots to read from."""

    def read(self, ask: Callable[[Reading], T]) -> T:
        """Run `ask` in one snapshot; raise Unavailable when the engine cannot tell."""

    def once(self, ask: Callable[[Reading], T]) -> T:
        """The same for an `ask` of one statement, which is a snapshot by itself."""


class Reads:
    """Every read that `Store` promises."""

    def __init__(self, snapshots: Snapshots) -> None:
        self._read = snapshots.read
        self._once = snapshots.once
        self._catalogue = _NO_CATALOGUE

    def find(self, key: bytes | UUID) -> Found | None:
        """Find a token by its fingerprint, or by id, whatever its state."""
        if isinstance(key, UUID):
            return self._find(BY_ID, {"id": key.bytes})
        return self._find(BY_FINGERPRINT, {"key": key})

    def find_token(self, organization_id: UUID, token_id: UUID) -> Found | None:
        """Find a token of this organization, whatever its state."""
        values = {"id": token_id.bytes, "organization": organization_id.bytes}
        return self._find(BY_ID_WITHIN, values)

    def _find(self, condition: str, values: Row) -> Found | None:
        def ask(reading: Reading) -> Found | None:
            rows = reading.execute(FOUND + condition, {**values, **WHOSE})
            if not rows:
                return None
            row = found_row(rows[0])
            groups = _groups(reading, row.token.organization_id, row.group_ids)
            return row.found(self._catalogue_of(reading, row.catalogue_version), groups)

        return self._read(ask)

    def standing(self, membership_id: UUID) -> Standing | None:
        """What a membership rests on, be it ended or not."""

        def ask(reading: Reading) -> Standing | None:
            membership = _one(reading, MEMBERSHIPS, membership_id)
            if membership is None:
                return None
            deployment = _one(reading, DEPLOYMENTS, DEPLOYMENT)
            organization = _one(reading, ORGANIZATIONS, membership.organization_id)
            if deployment is None or organization is None:
                return None
            person = _one(reading, PEOPLE, membership.person_id)
            groups = _groups(reading, membership.organization_id, membership.groups)
            catalogue = self._current(reading)
            return Standing(deployment, catalogue, organization, person, membership, groups, None)

        return self._read(ask)

    def _current(self, reading: Reading) -> Catalogue:
        for (version,) in reading.execute(sql.CATALOGUE_VERSION, {"id": CATALOGUE.bytes}):
            return self._catalogue_of(reading, version)
        return _NO_CATALOGUE

    def _catalogue_of(self, reading: Reading, version: int | None) -> Catalogue:
        """The catalogue of a snapshot, parsed again only when its version is another."""
        known = self._catalogue
        if version is None or known.version == version:
            return known if version is not None else _NO_CATALOGUE
        self._catalogue = read = _one(reading, CATALOGUES, CATALOGUE) or _NO_CATALOGUE
        return read

    def page_tokens(
        self, organization_id: UUID, kind: str, holder_id: UUID | None, page: Page
    ) -> tuple[Token, ...]:
        """A page of tokens revoked neither by themselves nor by their family or a marker."""
        refuse_unknown(page.order, TOKEN_ORDERS)
        statement = sql.TOKENS_PAGES[page.order, page.descending, holder_id is not None]
        values = {
            "deployment": DEPLOYMENT.bytes,
            "organization": organization_id.bytes,
            "kind": kind,
            "holder": holder_id.bytes if holder_id is not None else None,
            "size": page.size,
            "offset": page.offset,
        }
        return self._once(lambda reading: _rows(reading, TOKENS, statement, values))

    def find_groups(self, organization_id: UUID, ids: tuple[UUID, ...]) -> tuple[PolicyGroup, ...]:
        """Those of the named groups that the organization has, in the order of the names."""
        return self._read(lambda reading: _groups(reading, organization_id, ids))

    def page_groups(self, organization_id: UUID, page: Page) -> tuple[GroupCount, ...]:
        """A page of policy groups with the number of memberships, not ended, that carry each."""
        refuse_unknown(page.order, GROUP_ORDERS)
        statement = sql.GROUPS_PAGES[page.order, page.descending]
        return self._counted(statement, organization_id, size=page.size, offset=page.offset)

    def find_group(self, organization_id: UUID, group_id: UUID) -> GroupCount | None:
        """One policy group of an organization."""
        return _first(self._counted(sql.GROUP_OF, organization_id, id=group_id.bytes))

    def _counted(
        self, statement: str, organization_id: UUID, **values: Column
    ) -> tuple[GroupCount, ...]:
        def ask(reading: Reading) -> tuple[GroupCount, ...]:
            within = {"organization": organization_id.bytes}
            groups = _rows(reading, GROUPS, statement, {**values, **within})
            carried = reading.execute(sql.GROUPS_CARRIED, within) if groups else ()
            people = Counter(group_id for (blob,) in carried for group_id in uuids_of(blob))
            return tuple(GroupCount(group, people[group.id]) for group in groups)

        return self._read(ask)

    def find_group_named(self, organization_id: UUID, name: str) -> PolicyGroup | None:
        """The group of this name, without regard to case."""
        values: Row = {"organization": organization_id.bytes, "name": folded(name)}
        return _first(self._once(lambda reading: _rows(reading, GROUPS, sql.GROUP_NAMED, values)))

    def find_for_sign_in(self, email: str) -> SignInRecord | None:
        """The person with this canonical e-mail, and what sign-in needs beside."""

        def ask(reading: Reading) -> SignInRecord | None:
            person = _first(_rows(reading, PEOPLE, sql.PERSON_BY_EMAIL, {"email": email}))
            if person is None:
                return None
            password = _one(reading, PASSWORDS, person.id)
            values = {"person": person.id.bytes}
            memberships = _rows(reading, MEMBERSHIPS, sql.MEMBERSHIPS_OF, values)
            return SignInRecord(person, password, memberships)

        return self._read(ask)

    def find_kept_answer(self, answer_id: UUID) -> KeptAnswer | None:
        """What an idempotency key already did."""
        return self._once(lambda reading: _one(reading, KEPT_ANSWERS, answer_id))

    def signing_keys(self) -> tuple[SigningKey, ...]:
        """All signing keys, oldest first."""
        return self._once(lambda reading: _rows(reading, SIGNING_KEYS, sql.ALL_SIGNING_KEYS, {}))

    def deployment(self) -> Deployment | None:
        """The deployment's own record."""
        return self._once(lambda reading: _one(reading, DEPLOYMENTS, DEPLOYMENT))

    def catalogue(self) -> Catalogue:
        """The permissions of the deployment."""
        return self._read(self._current)

    def head(self) -> tuple[int, Moment]:
        """The last feed sequence and the moment of its commit."""
        ((sequence, moment, *_),) = self._once(lambda reading: reading.execute(sql.HEAD, {}))
        return sequence, moment

    def floor(self) -> Floor:
        """What the head tells of time."""
        (row,) = self._once(lambda reading: reading.execute(sql.HEAD, {}))
        return head_of(row).floor

    def feed(self, after: int, limit: int) -> tuple[FeedEntry, ...]:
        """The feed behind a cursor; a cursor beyond the head is no cursor of this store."""

        def ask(reading: Reading) -> tuple[FeedEntry, ...]:
            (row,) = reading.execute(sql.HEAD, {})
            head = head_of(row)
            if not head.feed_floor <= after <= head.sequence:
                raise FeedGone
            rows = reading.execute(sql.FEED, {"after": after, "limit": limit})
            return tuple(map(entry_of, rows))

        return self._read(ask)

    def events(
        self, organization_id: UUID | None, after: int, limit: int
    ) -> tuple[RecordedEvent, ...]:
        """Events behind a sequence, oldest first."""
        values: dict[str, Column] = {"after": after, "limit": limit}
        statement = sql.EVENTS
        if organization_id is not None:
            statement, values["organization"] = sql.EVENTS_OF, organization_id.bytes
        return self._once(lambda reading: tuple(map(event_of, reading.execute(statement, values))))


def _one(reading: Reading, table: Table[R], record_id: UUID) -> R | None:
    for row in reading.execute(table.select, {"id": record_id.bytes}):
        return table.record_of(row)
    return None


def _rows(reading: Reading, table: Table[R], statement: str, values: Row) -> tuple[R, ...]:
    return tuple(map(table.record_of, reading.execute(statement, values)))


def _keys(organization_id: UUID, ids: tuple[UUID, ...]) -> list[Row]:
    return [{"organization": organization_id.bytes, "id": one.bytes} for one in dict.fromkeys(ids)]


def _groups(
    reading: Reading, organization_id: UUID, ids: tuple[UUID, ...]
) -> tuple[PolicyGroup, ...]:
    rows = reading.executemany(sql.GROUP_OF, _keys(organization_id, ids))
    return tuple(map(GROUPS.record_of, rows))


def _first(records: tuple[R, ...]) -> R | None:
    return records[0] if records else None
