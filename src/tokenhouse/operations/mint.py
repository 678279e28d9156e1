"""New tokens and clients: their ids, their strings, and the record that a token begins with."""

from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.core import client
from tokenhouse.core.credential import RANDOM_BYTES, Secret, fingerprint, hint, mint
from tokenhouse.core.identifier import ID_BYTES, PENDING, uuid7
from tokenhouse.core.kind import Kind, Numbering
from tokenhouse.core.moment import Moment
from tokenhouse.core.token import Token
from tokenhouse.operations.ports import Entropy


class Owner(msgspec.Struct, frozen=True):
    """Whose a new token is, and who makes it."""

    organization_id: UUID
    holder_id: UUID
    made_by: UUID


class Mint:
    """Makes the strings and ids of what is new."""

    def __init__(self, entropy: Entropy, brand: str) -> None:
        self._entropy = entropy
        self._brand = brand

    def id(self, now: Moment) -> UUID:
        """A new public id."""
        return uuid7(now, self._entropy(ID_BYTES))

    def uuid(self) -> str:
        """What proves a device, all of it by chance."""
        return str(UUID(bytes=self._entropy(16), version=4))

    def string(self, kind: Kind) -> Secret:
        """A new opaque string of this kind."""
        assert kind.letter is not None
        return mint(self._brand, kind.letter, self._entropy(RANDOM_BYTES))

    def client_id(self) -> str:
        """A new name for a client to present itself by."""
        return client.new_client_id(self._entropy(client.RANDOM_BYTES))

    def client_secret(self) -> Secret:
        """A new secret for a client."""
        return client.mint_client_secret(self._brand, self._entropy(client.RANDOM_BYTES))

    def token(self, kind: Kind, owner: Owner, now: Moment) -> Token:
        """The record of a first token of its family, found by nothing yet and never expiring."""
        token_id = self.id(now)
        return Token(
            id=token_id,
            version=1,
            kind=kind.name,
            organization_id=owner.organization_id,
            holder_kind=kind.holder,
            holder_id=owner.holder_id,
            family_id=token_id,
            predecessor_id=None,
            sequence=PENDING,
            number=None if kind.numbering is Numbering.NONE else PENDING,
            status_index=None if kind.typ is None else PENDING,
            fingerprint=None,
            hint="",
            description="",
            groups=None,
            made_by=owner.made_by,
            created_at=now,
            updated_at=now,
            expires_at=None,
            superseded_at=None,
            revoked_at=None,
        )


def presented_as(token: Token, secret: Secret) -> Token:
    """The record of a token that is found by this opaque string."""
    return replace(token, fingerprint=fingerprint(secret.reveal()), hint=hint(secret.reveal()))
