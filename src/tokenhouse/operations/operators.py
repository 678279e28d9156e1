"""Operators: at least one who can sign in always stays."""

import msgspec
from msgspec.structs import replace

from tokenhouse.core.principal import Deployment, Membership
from tokenhouse.operations.admit import Actor
from tokenhouse.operations.changes import Guard, Put, SignInRecord
from tokenhouse.operations.ports import Store


class Turn(msgspec.Struct, frozen=True):
    """What puts a change in turn with every other one after which fewer could operate.

    Each writes the deployment's record, so that of two who decided at once only one wins.
    """

    guards: tuple[Guard, ...] = ()
    writes: tuple[Put, ...] = ()


def in_turn(store: Store) -> Turn:
    """Take a turn. To be asked before counting: the count has to hold when the turn does."""
    deployment = store.deployment()
    assert deployment is not None
    guard = Guard(Deployment, deployment.id, deployment.version)
    return Turn((guard,), (Put(replace(deployment, version=deployment.version + 1)),))


def leave_operators(store: Store, actor: Actor, before: SignInRecord, after: SignInRecord) -> Turn:
    """Take a turn where a change takes something from an active operator.

    Raises Refused(FORBIDDEN) where nobody could operate the deployment after it. The change has
    to guard the deployment's record as it was before `before` was read, or all memberships in it.
    """
    if not _is_active(store, before):
        return Turn()
    turn = in_turn(store)
    if not _is_active(store, after) and store.active_operators() <= 1:
        raise actor.forbidden("This is the last operator, and nobody else could take over.")
    return turn


def membership_guards(record: SignInRecord) -> tuple[Guard, ...]:
    """The versions of a person's memberships, where a decision relied on which there are."""
    return tuple(Guard(Membership, one.id, one.version) for one in record.memberships)


def _is_active(store: Store, record: SignInRecord) -> bool:
    person = record.person
    if not person.operator or person.suspended:
        return False
    for membership in record.memberships:
        if not membership.suspended and membership.ended_at is None:
            organization = store.find_organization(membership.organization_id)
            if organization is not None and not organization.suspended:
                return True
    return False
