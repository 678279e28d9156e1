"""The reads of the store in SQL, for every engine that gives a snapshot to read from."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID

import msgspec

from tokenhouse.core.events import RecordedEvent
from tokenhouse.core.moment import Moment
from tokenhouse.core.permission import Catalogue, PolicyGroup
from tokenhouse.core.principal import DEPLOYMENT, Deployment, HolderKind, Person
from tokenhouse.core.signing_key import SigningKey
from tokenhouse.core.standing import Found, Standing
from tokenhouse.core.token import Token
from tokenhouse.operations.ports import (
    FeedEntry,
    FeedGone,
    GroupCount,
    KeptAnswer,
    Page,
    SignInRecord,
)
from tokenhouse.operations.set_up import CATALOGUE
from tokenhouse.store import statements as sql
from tokenhouse.store.order import GROUP_ORDERS, TOKEN_ORDERS, refuse_unknown
from tokenhouse.store.rows import cut, entry_of, event_of
from tokenhouse.store.tables import (
    CATALOGUES,
    DEPLOYMENTS,
    FAMILY_ENDS,
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

_FIXED: Final[Row] = {"deployment": DEPLOYMENT.bytes, "catalogue": CATALOGUE.bytes}
_NO_CATALOGUE: Final = Catalogue(CATALOGUE, 0, ())


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


class Reads:
    """Every read that `Store` promises."""

    def __init__(self, snapshots: Snapshots) -> None:
        self._read = snapshots.read
        self._catalogue = _NO_CATALOGUE

    def find(self, key: bytes | UUID) -> Found | None:
        """Find a token by its fingerprint, or by id, whatever its state."""
        if isinstance(key, UUID):
            return self._find(sql.FIND_BY_ID, {**_FIXED, "key": key.bytes})
        return self._find(sql.FIND_BY_FINGERPRINT, {**_FIXED, "key": key})

    def find_token(self, organization_id: UUID, token_id: UUID) -> Found | None:
        """Find a token of this organization, whatever its state."""
        named = {"key": token_id.bytes, "organization": organization_id.bytes}
        return self._find(sql.FIND_MANAGED, {**_FIXED, **named})

    def _find(self, statement: str, values: Row) -> Found | None:
        def ask(connection: Reading) -> Found | None:
            for row in connection.execute(statement, values):
                deployment, organization, membership, person, family_end, token = cut(
                    row, 2, DEPLOYMENTS, ORGANIZATIONS, MEMBERSHIPS, PEOPLE, FAMILY_ENDS, TOKENS
                )
                ids = token.groups or ()
                if token.holder_kind is HolderKind.MEMBERSHIP:
                    ids = membership.groups if membership is not None else ()
                standing = Standing(
                    deployment,
                    self._catalogue_of(connection, row[1]),
                    organization,
                    person,
                    membership,
                    _groups(connection, organization.id, ids),
                    family_end,
                )
                return Found(token, standing, row[0])
            return None

        return self._read(ask)

    def standing(self, membership_id: UUID) -> Standing | None:
        """What a membership rests on, be it ended or not."""

        def ask(connection: Reading) -> Standing | None:
            values = {**_FIXED, "key": membership_id.bytes}
            for row in connection.execute(sql.STANDING, values):
                deployment, organization, membership, person = cut(
                    row, 1, DEPLOYMENTS, ORGANIZATIONS, MEMBERSHIPS, PEOPLE
                )
                catalogue = self._catalogue_of(connection, row[0])
                groups = _groups(connection, organization.id, membership.groups)
                return Standing(
                    deployment, catalogue, organization, person, membership, groups, None
                )
            return None

        return self._read(ask)

    def _catalogue_of(self, connection: Reading, version: int | None) -> Catalogue:
        if version is None:
            return _NO_CATALOGUE
        if self._catalogue.version != version:
            values = {"id": CATALOGUE.bytes}
            (self._catalogue,) = _rows(connection, CATALOGUES, sql.CATALOGUE_RECORD, values)
        return self._catalogue

    def page_tokens(
        self, organization_id: UUID, kind: str, holder_id: UUID | None, page: Page
    ) -> tuple[Token, ...]:
        """A page of tokens revoked neither by themselves nor by their family or a marker."""
        refuse_unknown(page.order, TOKEN_ORDERS)
        statement = sql.TOKENS_PAGES[page.order, page.descending, holder_id is not None]
        values = {
            **_FIXED,
            "organization": organization_id.bytes,
            "kind": kind,
            "holder": holder_id.bytes if holder_id is not None else None,
            "size": page.size,
            "offset": page.offset,
        }
        return self._all(TOKENS, statement, values)

    def find_groups(self, organization_id: UUID, ids: tuple[UUID, ...]) -> tuple[PolicyGroup, ...]:
        """Those of the named groups that the organization has, in the order of the names."""
        return self._read(lambda connection: _groups(connection, organization_id, ids))

    def page_groups(self, organization_id: UUID, page: Page) -> tuple[GroupCount, ...]:
        """A page of policy groups with the number of memberships, not ended, that carry each."""
        refuse_unknown(page.order, GROUP_ORDERS)
        statement = sql.GROUPS_PAGES[page.order, page.descending]
        return self._counted(statement, organization_id, size=page.size, offset=page.offset)

    def find_group(self, organization_id: UUID, group_id: UUID) -> GroupCount | None:
        """One policy group of an organization."""
        return _first(self._counted(sql.GROUP, organization_id, id=group_id.bytes))

    def _counted(
        self, statement: str, organization_id: UUID, **values: Column
    ) -> tuple[GroupCount, ...]:
        def ask(connection: Reading) -> tuple[GroupCount, ...]:
            within = {"organization": organization_id.bytes}
            groups = _rows(connection, GROUPS, statement, {**values, **within})
            carried = connection.execute(sql.GROUPS_CARRIED, within) if groups else ()
            people = Counter(group_id for (blob,) in carried for group_id in uuids_of(blob))
            return tuple(GroupCount(group, people[group.id]) for group in groups)

        return self._read(ask)

    def find_group_named(self, organization_id: UUID, name: str) -> PolicyGroup | None:
        """The group of this name, without regard to case."""
        values: Row = {"organization": organization_id.bytes, "name": folded(name)}
        return _first(self._all(GROUPS, sql.GROUP_NAMED, values))

    def find_for_sign_in(self, email: str) -> SignInRecord | None:
        """The person with this canonical e-mail, and what sign-in needs beside."""

        def ask(connection: Reading) -> SignInRecord | None:
            for row in connection.execute(sql.PERSON_BY_EMAIL, {"email": email}):
                person, password = cut(row, 0, PEOPLE, PASSWORDS)
                values = {"person": person.id.bytes}
                memberships = _rows(connection, MEMBERSHIPS, sql.MEMBERSHIPS_OF, values)
                return SignInRecord(person, password, memberships)
            return None

        return self._read(ask)

    def find_people(self, organization_id: UUID, ids: tuple[UUID, ...]) -> tuple[Person, ...]:
        """Those of the named people with a membership here that has not ended, as named."""
        keys = _keys(organization_id, ids)
        return self._read(
            lambda connection: tuple(
                PEOPLE.record_of(row) for row in connection.executemany(sql.MEMBER, keys)
            )
        )

    def find_kept_answer(self, answer_id: UUID) -> KeptAnswer | None:
        """What an idempotency key already did."""
        return _first(self._all(KEPT_ANSWERS, sql.KEPT_ANSWER, {"id": answer_id.bytes}))

    def signing_keys(self) -> tuple[SigningKey, ...]:
        """All signing keys, oldest first."""
        return self._all(SIGNING_KEYS, sql.ALL_SIGNING_KEYS, {})

    def deployment(self) -> Deployment | None:
        """The deployment's own record."""
        return _first(self._all(DEPLOYMENTS, sql.DEPLOYMENT_RECORD, {"id": DEPLOYMENT.bytes}))

    def catalogue(self) -> Catalogue:
        """The permissions of the deployment."""
        values = {"id": CATALOGUE.bytes}
        return _first(self._all(CATALOGUES, sql.CATALOGUE_RECORD, values)) or _NO_CATALOGUE

    def _all(self, table: Table[R], statement: str, values: Row) -> tuple[R, ...]:
        return self._read(lambda connection: _rows(connection, table, statement, values))

    def head(self) -> tuple[int, Moment]:
        """The last feed sequence and the moment of its commit."""
        ((sequence, moment, *_),) = self._read(lambda connection: connection.execute(sql.HEAD, {}))
        return sequence, moment

    def feed(self, after: int, limit: int) -> tuple[FeedEntry, ...]:
        """The feed behind a cursor; a cursor beyond the head is no cursor of this store."""

        def ask(connection: Reading) -> tuple[FeedEntry, ...]:
            ((sequence, *_, floor, _),) = connection.execute(sql.HEAD, {})
            if not floor <= after <= sequence:
                raise FeedGone
            rows = connection.execute(sql.FEED, {"after": after, "limit": limit})
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
        return self._read(
            lambda connection: tuple(map(event_of, connection.execute(statement, values)))
        )


def _rows(connection: Reading, table: Table[R], statement: str, values: Row) -> tuple[R, ...]:
    return tuple(map(table.record_of, connection.execute(statement, values)))


def _keys(organization_id: UUID, ids: tuple[UUID, ...]) -> list[Row]:
    return [{"organization": organization_id.bytes, "id": one.bytes} for one in dict.fromkeys(ids)]


def _groups(
    connection: Reading, organization_id: UUID, ids: tuple[UUID, ...]
) -> tuple[PolicyGroup, ...]:
    rows = connection.executemany(sql.GROUP, _keys(organization_id, ids))
    return tuple(map(GROUPS.record_of, rows))


def _first(records: tuple[R, ...]) -> R | None:
    return records[0] if records else None
