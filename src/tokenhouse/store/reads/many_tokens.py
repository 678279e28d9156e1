"""The reads of many tokens at once."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from tokenhouse.core.judge import marked
from tokenhouse.core.kind import Kind
from tokenhouse.core.principal import DEPLOYMENT, HolderKind
from tokenhouse.core.standing import Found, Standing
from tokenhouse.core.token import Outline
from tokenhouse.store import statements as sql
from tokenhouse.store.columns import Row, uuid_of
from tokenhouse.store.found import FOUND, FOUND_ALONE, found_alone, found_row
from tokenhouse.store.reads.reading import WHOSE, Reading, one
from tokenhouse.store.reads.standings import NO_CATALOGUE, StandingReads
from tokenhouse.store.tables import (
    CLIENTS,
    DEPLOYMENTS,
    DEVICES,
    MEMBERSHIPS,
    ORGANIZATIONS,
    PEOPLE,
)


class ManyTokenReads(StandingReads):
    """Outlines all tokens of a holder, and finds several with what they rest on."""

    def outline_tokens(
        self, organization_id: UUID, holder_id: UUID, kinds: tuple[Kind, ...], size: int
    ) -> tuple[Outline, ...]:
        """The newest tokens of one holder, whatever their state, the newest first.

        What they rest on is read once, since one holder's tokens share it: joined to each of
        thousands of rows it would take longer than all the rest.
        """

        def ask(reading: Reading) -> tuple[Outline, ...]:
            listed: list[Outline] = []
            for kind in kinds:
                listed += _outlines(reading, organization_id, holder_id, kind, size)
            if len(kinds) > 1:
                listed.sort(key=lambda outline: outline.id.int, reverse=True)
            return tuple(listed[:size])

        return self._read(ask)

    def find_tokens(self, organization_id: UUID, ids: tuple[UUID, ...]) -> tuple[Found, ...]:
        """Those of the named tokens that the organization has, in one snapshot."""
        keys = tuple(_keys(organization_id, [*dict.fromkeys(ids)]))
        remembers, known_to = self._followed.left_ms(), self._followed.sequence

        def rows(reading: Reading, statement: str) -> list[Any]:
            asked = statement + sql.TOKENS_NAMED
            return [row for each in keys for row in reading.execute(asked, each)]

        def ask(reading: Reading) -> Iterator[Found | None]:
            if remembers:
                alone = [found_alone(row) for row in rows(reading, FOUND_ALONE)]
                known = [self._resting(each, known_to) for each in alone]
                if None not in known:
                    return iter(known)
            whole = [found_row(row) for row in rows(reading, FOUND)]
            return iter([self._remember(self._whole(reading, row)) for row in whole])

        found = {each.token.id: each for each in self._read(ask) if each is not None}
        return tuple(found[token_id] for token_id in dict.fromkeys(ids) if token_id in found)


def _keys(organization_id: UUID, ids: Sequence[UUID]) -> Iterator[Row]:
    """What is bound to TOKENS_NAMED, for as many tokens at a time as it names."""
    for start in range(0, len(ids), sql.NAMED_AT_ONCE):
        named = [token_id.bytes for token_id in ids[start : start + sql.NAMED_AT_ONCE]]
        named += [b""] * (sql.NAMED_AT_ONCE - len(named))
        names = {f"id{place}": token_id for place, token_id in enumerate(named)}
        yield {"organization": organization_id.bytes, **names, **WHOSE}


def _outlines(
    reading: Reading, organization_id: UUID, holder_id: UUID, kind: Kind, size: int
) -> list[Outline]:
    standing = _resting_on(reading, organization_id, holder_id, kind.holder)
    if standing is None:
        return []
    values: Row = {
        "organization": organization_id.bytes,
        "holder": holder_id.bytes,
        "holder_kind": kind.holder.value,
        "kind": kind.name,
        "size": size,
    }
    mark = _marks(reading, kind, standing)
    rows = reading.execute(sql.OUTLINES, values)
    return [
        # Each by its name: to gather the rest in a list takes as long as everything else here
        Outline(
            id=uuid_of(token_id),
            kind=name,
            number=number,
            hint=hint,
            description=description,
            created_at=created_at,
            updated_at=updated_at,
            expires_at=expires_at,
            superseded_at=superseded_at,
            ended=bool(over) or sequence <= mark(token_id, client_id),
        )
        for (
            token_id,
            name,
            number,
            hint,
            description,
            created_at,
            updated_at,
            expires_at,
            superseded_at,
            over,
            sequence,
            client_id,
        ) in rows
    ]


def _resting_on(
    reading: Reading, organization_id: UUID, holder_id: UUID, holder: HolderKind
) -> Standing | None:
    """What bears the marks of a holder's tokens, and nothing else."""
    deployment = one(reading, DEPLOYMENTS, DEPLOYMENT)
    organization = one(reading, ORGANIZATIONS, organization_id)
    if deployment is None or organization is None:
        return None
    membership = device = person = None
    if holder is HolderKind.MEMBERSHIP:
        membership = one(reading, MEMBERSHIPS, holder_id)
    if membership is not None:
        person = one(reading, PEOPLE, membership.person_id)
    if holder is HolderKind.DEVICE:
        device = one(reading, DEVICES, holder_id)
    return Standing(
        deployment, NO_CATALOGUE, organization, person, membership, (), None, device=device
    )


def _marks(
    reading: Reading, kind: Kind, standing: Standing
) -> Callable[[bytes, bytes | None], int]:
    """How far markers reach each token, worked out once for all that are reached alike."""
    spared = None if standing.person is None else standing.person.spared_token_id
    spared_bytes = None if spared is None else spared.bytes
    of_most = marked(kind, DEPLOYMENT, None, standing)
    at_clients: dict[bytes, Standing] = {}

    def mark(token_id: bytes, client_id: bytes | None) -> int:
        if client_id is None:
            return of_most if token_id != spared_bytes else _mark(token_id, None, standing)
        if client_id not in at_clients:
            client = one(reading, CLIENTS, uuid_of(client_id))
            at_clients[client_id] = replace(standing, client=client)
        return _mark(token_id, uuid_of(client_id), at_clients[client_id])

    def _mark(token_id: bytes, client_id: UUID | None, rests_on: Standing) -> int:
        return marked(kind, uuid_of(token_id), client_id, rests_on)

    return mark
