"""Who asks about tokens that are not his, by a client's secret or by a token, and what he sees."""

from typing import TypeAlias
from uuid import UUID

import msgspec

from tokenhouse.core.refusal import Code, Refused
from tokenhouse.operations.admit import Admit, Caller
from tokenhouse.operations.authenticate import Authenticate, ClientCredentials, unknown_client

VERIFIES = "TokenVerify"
"""Whoever holds this may ask about tokens that are not his."""

Verifier: TypeAlias = Caller | ClientCredentials
"""Somebody who asks: a request with a token that is good for it, or a client."""


class Sight(msgspec.Struct, frozen=True):
    """Whose tokens somebody may ask about: his organization's, or (None) everybody's."""

    organization_id: UUID | None

    def sees(self, organization_id: UUID) -> bool:
        """Whether he may ask about those of this organization."""
        return self.organization_id is None or self.organization_id == organization_id


class Verifiers:
    """Tells verifiers from others."""

    def __init__(self, authenticate: Authenticate, admit: Admit) -> None:
        self._authenticate = authenticate
        self._admit = admit

    def __call__(self, verifier: Verifier) -> Sight:
        """What a verifier sees; raise Refused for whoever is none."""
        if isinstance(verifier, Caller):
            actor = self._admit(verifier)
            client = None if actor.found is None else actor.found.standing.client
            is_everybodys = client is not None and client.deployment
            return Sight(None if is_everybodys else actor.organization_id)
        client = self._authenticate(verifier)
        if not client.secrets:
            raise unknown_client()
        if VERIFIES not in (client.permissions or ()):
            raise Refused(Code.FORBIDDEN, f"The client lacks the permission {VERIFIES}.")
        return Sight(None if client.deployment else client.organization_id)
