"""The one judge: what a presented token is worth, for one demand, at one moment."""

from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.core.belonging import belongs_together
from tokenhouse.core.kind import Asker, Door, Kind, Rights, Spelling, opens
from tokenhouse.core.moment import SECOND, Moment
from tokenhouse.core.networks import is_within
from tokenhouse.core.permission import NOTHING, Permissions, missing
from tokenhouse.core.policy_group import union
from tokenhouse.core.principal import HolderKind, Person
from tokenhouse.core.standing import Found, Standing, permissions
from tokenhouse.core.token import Token, superseded

AHEAD: Final = 10 * SECOND
"""How far in the future a token's beginning may lie: clocks differ. Expiry has no leeway."""


class Reason(StrEnum):
    """Why a token is not good, or not good enough. Closed; faces translate it."""

    UNKNOWN = "unknown"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    REVOKED = "revoked"
    FAMILY_ENDED = "family_ended"
    SUPERSEDED = "superseded"
    HOLDER_SUSPENDED = "holder_suspended"
    """The person, the membership or the device is suspended, or the device was removed."""
    MEMBERSHIP_ENDED = "membership_ended"
    ORGANIZATION_SUSPENDED = "organization_suspended"
    CLIENT_SUSPENDED = "client_suspended"
    """The client that it was issued at is suspended, or was removed."""
    WRONG_DOOR = "wrong_door"
    WRONG_ASKER = "wrong_asker"
    WRONG_AUDIENCE = "wrong_audience"
    WRONG_ADDRESS = "wrong_address"
    INSUFFICIENT = "insufficient"
    NOT_LISTED = "not_listed"
    """The holder may do it, and the list of his limited token does not name it."""


_MANAGING = frozenset({Door.MANAGEMENT, Door.DEVICES})
"""Where something of ours is managed, by whatever a limited token lists."""

_GOOD_BUT = frozenset(
    {
        Reason.WRONG_DOOR,
        Reason.WRONG_ASKER,
        Reason.WRONG_AUDIENCE,
        Reason.WRONG_ADDRESS,
        Reason.INSUFFICIENT,
        Reason.NOT_LISTED,
    }
)


class Demand(msgspec.Struct, frozen=True):
    """What a particular request needs of the credential that it presents.

    `audience` is the API that asks; None where it has not said, and then a token that is meant for
    one API is not enough. `confirmed`: a person has to give his password beside it, and a second
    factor where he has one, or a passkey alone, of which a verdict knows nothing. `everywhere` is
    an operators' permission that is enough in place of all the others, and reaches every
    organization. `itself`: a device may ask too, for what is kept of itself alone, and needs no
    permission.
    """

    door: Door
    permissions: Permissions = NOTHING
    asker: Asker = Asker.ANYONE
    audience: str | None = None
    confirmed: bool = False
    everywhere: str | None = None
    itself: bool = False


class Verdict(msgspec.Struct, frozen=True):
    """The answer to a presented token. `reason` is None when it is good for what is demanded.

    `found` and `kind` are None only when we do not know the token.
    """

    reason: Reason | None
    found: Found | None = None
    kind: Kind | None = None
    permissions: Permissions = NOTHING
    missing: Permissions = NOTHING

    @property
    def allowed(self) -> bool:
        """Good, and enough for the demand."""
        return self.reason is None

    @property
    def active(self) -> bool:
        """Good in itself (RFC 7662 `active`), whatever was demanded."""
        return self.reason is None or self.reason in _GOOD_BUT


UNKNOWN: Final = Verdict(Reason.UNKNOWN)


class Good(msgspec.Struct, frozen=True):
    """A token that is good in itself, and what it may do: what no demand changes."""

    kind: Kind
    found: Found
    permissions: Permissions


def judge(  # noqa: PLR0917 -- what a verdict rests on, and nothing else
    kind: Kind, found: Found, spelling: Spelling, demand: Demand, address: str, now: Moment
) -> Verdict:
    """Judge a token that was found by the string presented. The first cause that applies counts.

    `address` is where the request came from; empty where nobody knows.
    """
    if not belongs_together(kind, found):
        return UNKNOWN
    if reason := inactive(kind, found, now):
        return Verdict(reason, found, kind)
    held = permissions(kind, found.token, found.standing)
    return enough(Good(kind, found, held), spelling, demand, address)


def enough(good: Good, spelling: Spelling, demand: Demand, address: str) -> Verdict:
    """Judge whether what is good in itself is enough for a demand."""
    kind, found, held = good.kind, good.found, good.permissions
    if not opens(kind, spelling, demand.door):
        return Verdict(Reason.WRONG_DOOR, found, kind, held)
    if not is_asker(kind, demand):
        return Verdict(Reason.WRONG_ASKER, found, kind, held)
    if reason := _elsewhere(found.token, demand, address):
        return Verdict(reason, found, kind, held)
    lacking = missing(demand.permissions, held)
    if lacking and demand.everywhere not in held and not _asks_for_itself(kind, demand):
        return Verdict(_lacking(kind, found.standing, lacking), found, kind, held, lacking)
    return Verdict(None, found, kind, held)


def revoked(kind: Kind, found: Found) -> Reason | None:
    """Tell whether a token was ended by decision, by itself, by a marker or with its family."""
    token, standing = found.token, found.standing
    mark = marked(kind, token.id, token.client_id, standing)
    if token.revoked_at is not None or token.sequence <= mark:
        return Reason.REVOKED
    return Reason.FAMILY_ENDED if standing.family_end is not None else None


def marked(kind: Kind, token_id: UUID, client_id: UUID | None, standing: Standing) -> int:
    """The sequence up to which markers reach a token that rests on this, wherever it was issued."""
    mark = max(standing.deployment.revoked_before, standing.organization.revoked_before)
    if standing.membership is not None:
        mark = max(mark, standing.membership.revoked_before)
    if (person := standing.person) is not None and token_id != person.spared_token_id:
        mark = max(mark, _mark_of_person(kind, client_id, person))
    if standing.client is not None:
        mark = max(mark, standing.client.revoked_before)
    if standing.device is not None:
        mark = max(mark, standing.device.revoked_before)
    return mark


def _mark_of_person(kind: Kind, client_id: UUID | None, person: Person) -> int:
    if not kind.ends_with_password:
        return person.revoked_before
    at_client = client_id is not None
    also = person.grants_revoked_before if at_client else person.sessions_revoked_before
    return max(person.revoked_before, person.sign_ins_revoked_before, also)


def inactive(kind: Kind, found: Found, now: Moment) -> Reason | None:
    """Tell why a token is not good in itself, whatever is demanded; None when it is."""
    return revoked(kind, found) or unusable(found, now)


def unusable(found: Found, now: Moment) -> Reason | None:
    """The same of one that was not ended by decision."""
    token = found.token
    if superseded(token, now):
        return Reason.SUPERSEDED
    if token.created_at > now + AHEAD:
        return Reason.NOT_YET_VALID
    if token.expires_at is not None and token.expires_at <= now:
        return Reason.EXPIRED
    return _holder_not_in_good_standing(found)


def _holder_not_in_good_standing(found: Found) -> Reason | None:
    token, standing = found.token, found.standing
    if standing.organization.suspended:
        return Reason.ORGANIZATION_SUSPENDED
    if token.client_id is not None and (standing.client is None or standing.client.suspended):
        return Reason.CLIENT_SUSPENDED
    if token.holder_kind is HolderKind.DEVICE:
        device = standing.device
        return Reason.HOLDER_SUSPENDED if device is None or device.suspended else None
    if token.holder_kind is not HolderKind.MEMBERSHIP:
        return None
    person, membership = standing.person, standing.membership
    if person is None or membership is None or membership.ended_at is not None:
        return Reason.MEMBERSHIP_ENDED
    if person.suspended or membership.suspended:
        return Reason.HOLDER_SUSPENDED
    return None


def _elsewhere(token: Token, demand: Demand, address: str) -> Reason | None:
    """A token that is meant for one API, or for some networks, is not enough anywhere else."""
    if token.audience is not None and token.audience != demand.audience:
        return Reason.WRONG_AUDIENCE
    if token.addresses and not is_within(address, token.addresses):
        return Reason.WRONG_ADDRESS
    return None


def _asks_for_itself(kind: Kind, demand: Demand) -> bool:
    return demand.itself and kind.holder is HolderKind.DEVICE


def _lacking(kind: Kind, standing: Standing, lacking: Permissions) -> Reason:
    """Whether it is the holder who lacks it, or only the token's own list."""
    if kind.rights is Rights.LIMITED and not missing(
        lacking, union(standing.groups, standing.catalogue)
    ):
        return Reason.NOT_LISTED
    return Reason.INSUFFICIENT


def is_asker(kind: Kind, demand: Demand) -> bool:
    """Tell whether whom a route asks for stands behind the tokens of a kind.

    A limited token manages only what its list names, so nothing that needs no permission.
    """
    asker = demand.asker
    if kind.rights is Rights.LIMITED and demand.door in _MANAGING and not demand.permissions:
        return False
    if asker is Asker.ANYONE:
        return True
    if asker is Asker.DEVICE:
        return kind.holder is HolderKind.DEVICE
    if kind.holder is not HolderKind.MEMBERSHIP:
        return False
    return asker is Asker.PERSON or kind.operates
