"""A family of refresh tokens as an operation would keep it: decided by the rule, then committed."""

from typing import Final, NamedTuple
from uuid import UUID

from hypothesis import strategies as st
from msgspec.structs import replace

from core.records import CLIENT, NOW, found_of
from tokenhouse.core.client import Client
from tokenhouse.core.identifier import uuid7
from tokenhouse.core.moment import Moment
from tokenhouse.core.redemption import (
    Again,
    Declined,
    Fresh,
    Redemption,
    Reused,
    redeem,
)
from tokenhouse.core.standing import Found
from tokenhouse.core.token import FamilyEnd, Token
from tokenhouse.kinds.refresh import REFRESH

RIGHTFUL: Final = found_of(REFRESH)
STRANGER: Final = UUID("018f0000-0000-7000-8000-0000000000fe")
PUBLIC: Final = replace(CLIENT, secrets=())
"""A client without a secret."""
CLIENTS: Final = st.builds(
    lambda client, slides: replace(client, slides=slides),
    st.sampled_from([CLIENT, PUBLIC]),
    st.booleans(),
)
"""With a secret or without, with an end that is fixed or slides."""


class Decided(NamedTuple):
    """What was decided of a presented token, and the versions that it relied on."""

    token_id: UUID
    redemption: Redemption
    versions: tuple[int, int, int]


class Family:
    """One sign-in and what was redeemed since. `generations` are its refresh tokens in order."""

    def __init__(self, client: Client, login: Moment = NOW) -> None:
        self.client = client
        self.ended: FamilyEnd | None = None
        first = replace(
            RIGHTFUL.token,
            created_at=login,
            auth_time=login,
            expires_at=login + client.refresh_lifetime,
        )
        self.generations = [first]

    @property
    def end(self) -> int:
        """The generation that was not redeemed."""
        return len(self.generations) - 1

    @property
    def live_ends(self) -> list[Token]:
        """Tokens that could be redeemed for a successor, but for the time of day."""
        if self.ended is not None:
            return []
        return [one for one in self.generations if one.superseded_at is one.revoked_at is None]

    @property
    def sealing(self) -> list[int]:
        """The generations that still keep their own string sealed."""
        return [place for place, one in enumerate(self.generations) if one.sealed is not None]

    def found(self, generation: int) -> Found:
        """A token of the family with what it rests on."""
        standing = replace(RIGHTFUL.standing, client=self.client, family_end=self.ended)
        return replace(RIGHTFUL, token=self.generations[generation], standing=standing)

    def present(self, generation: int, now: Moment, by: UUID = CLIENT.id) -> Redemption:
        """Present a token, and let come of it what does."""
        decided = self.decide(generation, now, by)
        assert self.commit(decided, now)
        return decided.redemption

    def decide(self, generation: int, now: Moment, by: UUID = CLIENT.id) -> Decided:
        """Decide what comes of it, as the family is now."""
        found = self.found(generation)
        redemption = redeem(REFRESH, found, self._successor(generation), by, now)
        return Decided(found.token.id, redemption, self._versions(generation))

    def commit(self, decided: Decided, now: Moment) -> bool:
        """Write what was decided; False where what it relied on has changed."""
        generation = [one.id for one in self.generations].index(decided.token_id)
        if decided.versions != self._versions(generation):
            return False
        match decided.redemption:
            case Fresh() as fresh:
                self._succeed(generation, fresh, now)
            case Reused(family_end):
                self.ended = family_end
            case Again() | Declined():
                pass
        return True

    def revoke(self, now: Moment) -> None:
        """End the family by decision."""
        token = self.generations[0]
        self.ended = FamilyEnd(token.family_id, 1, token.organization_id, now)

    def opened(self, generation: int, again: Again) -> UUID:
        """The token whose string the presented one opens; its own string is taken to be its id."""
        key, string = again.sealed[:16], again.sealed[16:]
        assert key == self.generations[generation].id.bytes
        assert UUID(bytes=string) == again.successor.id
        return again.successor.id

    def _successor(self, generation: int) -> Token | None:
        named = self.generations[generation].successor_id
        return next((one for one in self.generations if one.id == named), None)

    def _versions(self, generation: int) -> tuple[int, int, int]:
        successor = self._successor(generation)
        return (
            self.generations[generation].version,
            0 if successor is None else successor.version,
            0 if self.ended is None else self.ended.version,
        )

    def _succeed(self, generation: int, fresh: Fresh, now: Moment) -> None:
        presented = self.generations[generation]
        successor_id = uuid7(now, len(self.generations).to_bytes(10, "big"))
        self._write(generation, fresh.consumed(presented, successor_id))
        successor = replace(
            RIGHTFUL.token,
            id=successor_id,
            version=1,
            predecessor_id=fresh.successor.predecessor_id,
            family_id=fresh.successor.family_id,
            created_at=now,
            auth_time=presented.auth_time,
            expires_at=fresh.successor.expires_at,
            sealed=presented.id.bytes + successor_id.bytes,
        )
        self.generations.append(successor)

    def _write(self, place: int, token: Token) -> None:
        self.generations[place] = replace(token, version=token.version + 1)
