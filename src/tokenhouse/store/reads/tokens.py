"""The reads about tokens, and what a token rests on."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

from msgspec.structs import replace

from tokenhouse.core.catalogue import Catalogue
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.standing import Found, Standing
from tokenhouse.core.token import Token
from tokenhouse.operations.changes import Page, Stretch, Wanted
from tokenhouse.operations.records import Relied
from tokenhouse.operations.set_up import CATALOGUE
from tokenhouse.store import statements as sql
from tokenhouse.store.followed import Followed
from tokenhouse.store.found import (
    BY_FINGERPRINT,
    BY_ID,
    BY_ID_WITHIN,
    BY_NUMBER_WITHIN,
    FOUND,
    FOUND_ALONE,
    FoundRow,
    found_alone,
    found_row,
)
from tokenhouse.store.order import TOKEN_ORDERS, refuse_unknown
from tokenhouse.store.reads.cached import Cached, found_rests_on, rests_on
from tokenhouse.store.reads.reading import (
    WHOSE,
    Asked,
    Reading,
    Snapshots,
    along,
    groups_among,
    one,
    rows,
)
from tokenhouse.store.reads.remembered import Remembered, resting_on
from tokenhouse.store.tables import (
    CATALOGUES,
    CLIENTS,
    DEPLOYMENTS,
    MEMBERSHIPS,
    ORGANIZATIONS,
    PEOPLE,
    TOKENS,
    Column,
    Row,
)

T = TypeVar("T")

_NO_CATALOGUE: Final = Catalogue(CATALOGUE, 0, ())


class TokenReads(Asked):
    """Finds tokens with what they rest on, and lists them."""

    def __init__(self, snapshots: Snapshots, followed: Followed) -> None:
        super().__init__(snapshots, followed)
        self.left_of = followed.left_of
        self._catalogue = _NO_CATALOGUE
        self._standings: Remembered[Standing] = Remembered()
        self._tokens: Cached[Found] = Cached(followed)
        self._clients: Cached[Standing] = Cached(followed)

    def left_ms(self) -> int:
        """Milliseconds that are left of the reach for what is taken from memory now, if any."""
        return self._followed.left_ms()

    def anew(self, ask: Callable[[], T]) -> T:
        """Have this thread ask with nothing taken from memory."""
        self._followed.beyond_memory()
        with self._followed.asking_anew():
            return ask()

    def from_memory(self, ask: Callable[[], T]) -> tuple[T, Relied]:
        """Have this thread ask memory alone; raise NotRemembered at the first thing beyond it."""
        return self._followed.from_memory(ask)

    def relying(self, ask: Callable[[], T]) -> tuple[T, Relied | None]:
        """Tell what this thread took from memory; None where that was not all that it took."""
        return self._followed.relying(ask)

    def beyond_memory(self) -> None:
        """Raise NotRemembered in a thread that asks memory alone."""
        self._followed.beyond_memory()

    def find(self, key: bytes | UUID) -> Found | None:
        """Find a token by its fingerprint, or by id, whatever its state."""
        known = key if isinstance(key, bytes) else key.int
        if self._followed.left_ms() and (found := self._tokens.get(known)) is not None:
            return found
        if isinstance(key, UUID):
            found = self._find(BY_ID, {"id": key.bytes})
        else:
            found = self._find(BY_FINGERPRINT, {"key": key})
        if found is not None:
            self._tokens.keep(known, found, found_rests_on(found), found.head)
        return found

    def find_token(self, organization_id: UUID, token_id: UUID) -> Found | None:
        """Find a token of this organization, whatever its state."""
        values = {"id": token_id.bytes, "organization": organization_id.bytes}
        return self._find(BY_ID_WITHIN, values)

    def find_token_numbered(self, organization_id: UUID, kind: str, number: int) -> Found | None:
        """Find the token of this kind and organization that has a number, whatever its state."""
        values: Row = {"kind": kind, "number": number, "organization": organization_id.bytes}
        return self._find(BY_NUMBER_WITHIN, values)

    def _find(self, condition: str, values: Row) -> Found | None:
        asked = {**values, **WHOSE}
        rows = self._once(lambda reading: reading.execute(FOUND_ALONE + condition, asked))
        if not rows:
            return None
        return self._remembered(rows[0]) or self._found_whole(condition, asked)

    def _remembered(self, row: Sequence[Any]) -> Found | None:
        """The token of a row of FOUND_ALONE, where what it rests on is remembered."""
        alone = found_alone(row)
        standing = self._standings.get(resting_on(row), alone.epoch)
        if standing is None or standing.catalogue.version != alone.catalogue_version:
            return None
        return alone.resting_on(standing)

    def _found_whole(self, condition: str, values: Row) -> Found | None:
        """A token with all that it rests on, in one snapshot."""

        def ask(reading: Reading) -> Found | None:
            rows = reading.execute(FOUND + condition, values)
            if not rows:
                return None
            return self._remember(rows[0], self._whole(reading, found_row(rows[0])))

        return self._read(ask)

    def _remember(self, row: Sequence[Any], found: Found | None) -> Found | None:
        """Keep what a token rests on, under the names that this very row has for it.

        Not where its membership has ended: a change of its person then raises no epoch.
        """
        membership = None if found is None else found.standing.membership
        if found is not None and (membership is None or membership.ended_at is None):
            standing = replace(found.standing, family_end=None)
            self._standings.keep(resting_on(row), found.epoch, standing)
        return found

    def _whole(self, reading: Reading, row: FoundRow) -> Found | None:
        groups = groups_among(reading, row.token.organization_id, row.group_ids)
        return row.found(self._catalogue_of(reading, row.catalogue_version), groups)

    def standing(self, membership_id: UUID) -> Standing | None:
        """What a membership rests on, be it ended or not."""

        def ask(reading: Reading) -> Standing | None:
            membership = one(reading, MEMBERSHIPS, membership_id)
            if membership is None:
                return None
            deployment = one(reading, DEPLOYMENTS, DEPLOYMENT)
            organization = one(reading, ORGANIZATIONS, membership.organization_id)
            if deployment is None or organization is None:
                return None
            person = one(reading, PEOPLE, membership.person_id)
            groups = groups_among(reading, membership.organization_id, membership.groups)
            catalogue = self._current(reading)
            return Standing(deployment, catalogue, organization, person, membership, groups, None)

        return self._read(ask)

    def standing_of_client(self, client_id: str) -> Standing | None:
        """What the client of this name rests on, and itself."""
        followed = self._followed
        if followed.left_ms() and (known := self._clients.get(client_id)) is not None:
            return known
        head = followed.sequence
        standing = self._read(lambda reading: self._standing_of_client(reading, client_id))
        if standing is not None:
            self._clients.keep(client_id, standing, rests_on(standing), head)
        return standing

    def _standing_of_client(self, reading: Reading, client_id: str) -> Standing | None:
        for client in rows(reading, CLIENTS, sql.CLIENT_NAMED, {"name": client_id}):
            deployment = one(reading, DEPLOYMENTS, DEPLOYMENT)
            organization = one(reading, ORGANIZATIONS, client.organization_id)
            if deployment is None or organization is None:
                return None
            catalogue = self._current(reading)
            return Standing(deployment, catalogue, organization, None, None, (), None, client)
        return None

    def _current(self, reading: Reading) -> Catalogue:
        for (version,) in reading.execute(sql.CATALOGUE_VERSION, {"id": CATALOGUE.bytes}):
            return self._catalogue_of(reading, version)
        return _NO_CATALOGUE

    def _catalogue_of(self, reading: Reading, version: int | None) -> Catalogue:
        """The catalogue of a snapshot, parsed again only when its version is another."""
        known = self._catalogue
        if version is None or known.version == version:
            return known if version is not None else _NO_CATALOGUE
        self._catalogue = read = one(reading, CATALOGUES, CATALOGUE) or _NO_CATALOGUE
        return read

    def catalogue(self) -> Catalogue:
        """The permissions of the deployment."""
        return self._read(self._current)

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
        return self._once(lambda reading: rows(reading, TOKENS, statement, values))

    def list_tokens(
        self, organization_id: UUID, wanted: Wanted, stretch: Stretch
    ) -> tuple[Found, ...]:
        """A stretch of tokens with what they rest on, whatever their state, in one snapshot."""
        way, values = along(stretch)
        looked_for, named = _looked_for(wanted)
        condition = sql.TOKENS_BY_ID[looked_for][way]
        within: Row = {"organization": organization_id.bytes, **values, **named, **WHOSE}
        if len(wanted.kinds) == 1:
            asked = {**within, "kind": wanted.kinds[0]}
            rows = self._once(lambda reading: reading.execute(FOUND_ALONE + condition, asked))
            known = tuple(one for row in rows if (one := self._remembered(row)) is not None)
            if len(known) == len(rows):
                return known

        def ask(reading: Reading) -> tuple[Found, ...]:
            found = [
                (row, found_row(row))
                for kind in wanted.kinds
                for row in reading.execute(FOUND + condition, {**within, "kind": kind})
            ]
            found.sort(key=lambda pair: pair[1].token.id.int, reverse=stretch.descending)
            whole = (
                self._remember(row, self._whole(reading, one)) for row, one in found[: stretch.size]
            )
            return tuple(one for one in whole if one is not None)

        return self._read(ask)


def _looked_for(wanted: Wanted) -> tuple[str, dict[str, Column]]:
    if wanted.family_id is not None:
        return "family", {"family": wanted.family_id.bytes}
    if wanted.holder_id is not None:
        return "holder", {"holder": wanted.holder_id.bytes}
    return "kind", {}
