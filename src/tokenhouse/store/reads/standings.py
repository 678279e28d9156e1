"""The reads about what a token or a client rests on, which many of them share."""

from typing import Final
from uuid import UUID

from msgspec.structs import replace

from tokenhouse.core.catalogue import Catalogue
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.standing import Found, Standing
from tokenhouse.operations.set_up import CATALOGUE
from tokenhouse.store import statements as sql
from tokenhouse.store.followed import Followed
from tokenhouse.store.found import (
    FoundAlone,
    FoundRow,
)
from tokenhouse.store.reads.cached import Cached, resting_on, rests_on
from tokenhouse.store.reads.reading import (
    Asked,
    Reading,
    Snapshots,
    groups_among,
    one,
    rows,
)
from tokenhouse.store.tables import (
    CATALOGUES,
    CLIENTS,
    DEPLOYMENTS,
    MEMBERSHIPS,
    ORGANIZATIONS,
    PEOPLE,
)

NO_CATALOGUE: Final = Catalogue(CATALOGUE, 0, ())


class StandingReads(Asked):
    """Finds standings, and keeps them in memory for those that rest on the same."""

    def __init__(self, snapshots: Snapshots, followed: Followed) -> None:
        super().__init__(snapshots, followed)
        self._catalogue = NO_CATALOGUE
        self._standings: Cached[Standing] = Cached(followed)
        self._clients: Cached[Standing] = Cached(followed)

    def _resting(self, alone: FoundAlone, known_to: int) -> Found | None:
        """A token that was read alone, where what it rests on is known.

        `known_to` is how far the feed was known before it was read: no standing here is newer.
        """
        standing = self._standings.get(resting_on(alone.token))
        return None if standing is None else alone.resting_on(standing, known_to)

    def _remember(self, found: Found | None) -> Found | None:
        """Keep what a token rests on: others rest on the same. The end of its family is its own."""
        if found is not None:
            standing = replace(found.standing, family_end=None)
            self._standings.keep(resting_on(found.token), standing, rests_on(standing), found.head)
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
        return NO_CATALOGUE

    def _catalogue_of(self, reading: Reading, version: int | None) -> Catalogue:
        """The catalogue of a snapshot, parsed again only when its version is another."""
        known = self._catalogue
        if version is None or known.version == version:
            return known if version is not None else NO_CATALOGUE
        self._catalogue = read = one(reading, CATALOGUES, CATALOGUE) or NO_CATALOGUE
        return read

    def catalogue(self) -> Catalogue:
        """The permissions of the deployment."""
        return self._read(self._current)
