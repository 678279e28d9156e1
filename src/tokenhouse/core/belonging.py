"""Whether a token was found with what it rests on, and with nothing of anyone else's."""

from tokenhouse.core.client import Client
from tokenhouse.core.device import Device
from tokenhouse.core.kind import OF_CLIENTS, Kind
from tokenhouse.core.principal import HolderKind
from tokenhouse.core.standing import Found
from tokenhouse.core.token import Token


def belongs_together(kind: Kind, found: Found) -> bool:
    """Tell whether a token was found with what it rests on, and with nothing of anyone else's.

    A store always answers so; were one ever to err, a boundary between organizations must hold.
    """
    token, standing = found.token, found.standing
    person, membership = standing.person, standing.membership
    if (token.kind, token.holder_kind) != (kind.name, kind.holder):
        return False
    if membership is not None and (
        membership.id.int != token.holder_id.int  # numbers compare in a fifth of the time
        or membership.organization_id.int != token.organization_id.int
        or (person is not None and person.id.int != membership.person_id.int)
    ):
        return False
    if not _issued_at(kind, token, standing.client) or not _held_by(token, standing.device):
        return False
    within = token.organization_id.int
    if standing.organization.id.int != within:
        return False
    alien = [group for group in standing.groups if group.organization_id.int != within]
    return not alien


def _issued_at(kind: Kind, token: Token, client: Client | None) -> bool:
    """A token names its client exactly where its kind has one; a removed client has no record."""
    if (token.client_id is not None) is not (kind.rights in OF_CLIENTS):
        return False
    if kind.holder is HolderKind.CLIENT and token.holder_id != token.client_id:
        return False
    return client is None or (
        token.client_id is not None
        and client.id.int == token.client_id.int
        and client.organization_id.int == token.organization_id.int
    )


def _held_by(token: Token, device: Device | None) -> bool:
    return device is None or (device.id, device.organization_id, HolderKind.DEVICE) == (
        token.holder_id,
        token.organization_id,
        token.holder_kind,
    )
