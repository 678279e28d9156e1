"""Somebody in a story, with all that he knows."""

from dataclasses import dataclass, field
from uuid import UUID

from conformance.house import Credential
from tokenhouse.core.credential import Secret
from tokenhouse.core.kind import Spelling
from tokenhouse.core.token import Token

Pair = tuple[UUID, str]
"""A client, by the id of its record, and a secret of it."""


@dataclass
class Player:
    """Somebody, with all that he knows. He sets one password wherever he may set one.

    `stolen` are the ids of tokens that he has though their holder is nobody he can sign in as.
    """

    name: str
    person_id: UUID | None
    password: str
    secrets: list[tuple[str, Token]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    took_over: set[UUID] = field(default_factory=set)
    stolen: frozenset[UUID] = frozenset()

    def copied(self) -> "Player":
        """As he is now."""
        known = list(self.secrets), list(self.links), list(self.pairs), set(self.took_over)
        return Player(self.name, self.person_id, self.password, *known, self.stolen)

    @property
    def people(self) -> set[UUID]:
        """Whom he can sign in as."""
        return self.took_over | ({self.person_id} if self.person_id else set())


def credential_of(known: tuple[str, Token]) -> Credential:
    """How a token is sent."""
    text, token = known
    is_signed = token.kind in {"session", "access"}
    return Credential(Secret(text), Spelling.BEARER if is_signed else Spelling.TOKEN)
