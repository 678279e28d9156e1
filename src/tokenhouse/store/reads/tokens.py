"""The reads about tokens, and what a token rests on."""

from typing import Final
from uuid import UUID

from tokenhouse.core.catalogue import Catalogue
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.standing import Found, Standing
from tokenhouse.core.token import Token
from tokenhouse.operations.changes import Page, Stretch, Wanted
from tokenhouse.operations.set_up import CATALOGUE
from tokenhouse.store import statements as sql
from tokenhouse.store.found import (
    BY_FINGERPRINT,
    BY_ID,
    BY_ID_WITHIN,
    BY_NUMBER_WITHIN,
    FOUND,
    FoundRow,
    found_row,
)
from tokenhouse.store.order import TOKEN_ORDERS, refuse_unknown
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
from tokenhouse.store.tables import (
    CATALOGUES,
    DEPLOYMENTS,
    MEMBERSHIPS,
    ORGANIZATIONS,
    PEOPLE,
    TOKENS,
    Column,
    Row,
)

_NO_CATALOGUE: Final = Catalogue(CATALOGUE, 0, ())


class TokenReads(Asked):
    """Finds tokens with what they rest on, and lists them."""

    def __init__(self, snapshots: Snapshots) -> None:
        super().__init__(snapshots)
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

    def find_token_numbered(self, organization_id: UUID, kind: str, number: int) -> Found | None:
        """Find the token of this kind and organization that has a number, whatever its state."""
        values: Row = {"kind": kind, "number": number, "organization": organization_id.bytes}
        return self._find(BY_NUMBER_WITHIN, values)

    def _find(self, condition: str, values: Row) -> Found | None:
        def ask(reading: Reading) -> Found | None:
            found = reading.execute(FOUND + condition, {**values, **WHOSE})
            if not found:
                return None
            return self._whole(reading, found_row(found[0]))

        return self._read(ask)

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
        statement = FOUND + sql.TOKENS_BY_ID[looked_for][way]
        within: Row = {"organization": organization_id.bytes, **values, **named, **WHOSE}

        def ask(reading: Reading) -> tuple[Found, ...]:
            found = [
                found_row(row)
                for kind in wanted.kinds
                for row in reading.execute(statement, {**within, "kind": kind})
            ]
            found.sort(key=lambda row: row.token.id.int, reverse=stretch.descending)
            whole = (self._whole(reading, row) for row in found[: stretch.size])
            return tuple(one for one in whole if one is not None)

        return self._read(ask)


def _looked_for(wanted: Wanted) -> tuple[str, dict[str, Column]]:
    if wanted.family_id is not None:
        return "family", {"family": wanted.family_id.bytes}
    if wanted.holder_id is not None:
        return "holder", {"holder": wanted.holder_id.bytes}
    return "kind", {}
