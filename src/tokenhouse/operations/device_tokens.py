"""The tokens of devices: records, and the signed strings that are made of them."""

from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.core.credential import Secret
from tokenhouse.core.device import Device, topic_prefix
from tokenhouse.core.kind import Kind
from tokenhouse.core.moment import SECOND, Moment
from tokenhouse.core.policy import latest_expiry
from tokenhouse.core.principal import DEPLOYMENT, Deployment, Organization
from tokenhouse.core.token import Token
from tokenhouse.operations.mint import Mint, Owner
from tokenhouse.operations.ports import Signer


class Equipped(msgspec.Struct, frozen=True):
    """A device with a token of its own, whose string is told to whoever asked and kept nowhere.

    `delay` is seconds by which the answer is held back.
    """

    device: Device
    token: Token
    secret: Secret
    delay: float = 0.0


class DeviceTokens:
    """Makes and signs them. The same record signed again is the same token."""

    def __init__(self, mint: Mint, signer: Signer, deployment: Deployment, kind: Kind) -> None:
        self._mint = mint
        self._signer = signer
        self._issuer = deployment.issuer
        self._brand = deployment.brand
        self.kind = kind

    def expiry(self, organization: Organization, now: Moment) -> Moment:
        """When a token expires that is made now: as its kind has it, or earlier by policy."""
        assert self.kind.lifetime is not None
        expires_at = self.kind.lifetime.after(now)
        latest = latest_expiry(organization, self.kind.name, now)
        if latest is not None:
            expires_at = min(expires_at, latest)
        # A JWT tells its expiry in whole seconds, and the record must not outlive it.
        return expires_at // SECOND * SECOND

    def first(
        self, device: Device, made_by: UUID | None, organization: Organization, now: Moment
    ) -> Token:
        """The record of a first token of its family."""
        owner = Owner(device.organization_id, device.id, made_by or DEPLOYMENT)
        token = self._mint.token(self.kind, owner, now)
        return replace(token, expires_at=self.expiry(organization, now))

    def equip(self, device: Device, token: Token, delay: float = 0.0) -> Equipped:
        """Sign a record; nothing in the string is secret but that it was signed."""
        assert self.kind.typ is not None
        assert token.expires_at is not None
        secret = self._signer.sign(
            self.kind.typ,
            {
                "iss": self._issuer,
                "aud": self._issuer,
                "sub": device.id,
                "jti": token.id,
                "iat": token.created_at // SECOND,
                "exp": token.expires_at // SECOND,
                "deviceId": device.number,
                "mqttPrefix": topic_prefix(self._brand, device),
                "organizationId": device.organization_id,
            },
        )
        return Equipped(device, token, secret, delay)
