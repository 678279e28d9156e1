"""What a token rests on, as it is now: holder, membership, groups, organization, deployment."""

from uuid import UUID

import msgspec

from tokenhouse.core.catalogue import Catalogue
from tokenhouse.core.client import Client
from tokenhouse.core.device import Device
from tokenhouse.core.kind import OF_CLIENTS, Kind, Rights
from tokenhouse.core.permission import DEPLOYMENT_PERMISSIONS, NOTHING, Permissions
from tokenhouse.core.policy_group import PolicyGroup, union
from tokenhouse.core.principal import Deployment, Membership, Organization, Person
from tokenhouse.core.token import FamilyEnd, Token


class Standing(msgspec.Struct, frozen=True, gc=False):
    """Everything beside a token's own record that its verdict relies on, read in one snapshot.

    `groups` are those of the record or of the membership, by the kind; removed ones are absent.
    `client` is the one that the token was issued at, `device` the one that holds it; None where
    there was none, or it is no more.
    """

    deployment: Deployment
    catalogue: Catalogue
    organization: Organization
    person: Person | None
    membership: Membership | None
    groups: tuple[PolicyGroup, ...]
    family_end: FamilyEnd | None
    client: Client | None = None
    device: Device | None = None


class Found(msgspec.Struct, frozen=True, gc=False):
    """A token with its standing; both were read at the feed sequence `head`, or later."""

    token: Token
    standing: Standing
    head: int


def permissions(kind: Kind, token: Token, standing: Standing) -> Permissions:
    """What a token may do now: never more than its holder, and of that what it is limited to."""
    if kind.rights is Rights.NONE:
        return NOTHING
    held = union(standing.groups, standing.catalogue)
    if kind.rights is Rights.LIMITED:
        return held & limit(token, standing.catalogue)
    if kind.rights in OF_CLIENTS:
        return _at_client(kind, token, standing, held)
    if kind.operates and standing.person is not None and standing.person.operator:
        return held | DEPLOYMENT_PERMISSIONS
    return held


def _at_client(kind: Kind, token: Token, standing: Standing, held: Permissions) -> Permissions:
    client = standing.client
    if client is None:
        return NOTHING
    if kind.rights is Rights.CLIENT:
        held = standing.catalogue.names & (client.permissions or NOTHING)
    elif client.permissions is not None:
        held &= client.permissions
    return held if token.permissions is None else held & token.permissions


def limit(token: Token, catalogue: Catalogue) -> Permissions:
    """What the list or the predefined set of a limited token names now, as far as it can carry it.

    Nothing where the token has neither, or its set is no more.
    """
    listed = token.permissions or NOTHING
    if token.set_id is not None:
        listed = catalogue.listed(token.set_id)
    return listed & catalogue.limitable


def group_ids(kind: Kind, token: Token, membership: Membership | None) -> tuple[UUID, ...]:
    """The groups that a token's permissions come from."""
    if kind.rights is Rights.GROUPS:
        return token.groups or ()
    return membership.groups if membership is not None else ()


def subject(found: Found) -> UUID:
    """The id that names the holder in an answer (`sub`): the person's, else the holder's own."""
    person = found.standing.person
    return person.id if person is not None else found.token.holder_id


def in_good_standing(standing: Standing) -> bool:
    """Tell whether a member may act now: nothing of his has ended or is suspended."""
    person, membership = standing.person, standing.membership
    return (
        person is not None
        and membership is not None
        and membership.ended_at is None
        and not (person.suspended or membership.suspended or standing.organization.suspended)
    )
