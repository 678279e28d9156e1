"""Who may take over the account of somebody else: by a recovery link, or by another e-mail.

An administrator may, of people who are his organization's alone and hold nothing beyond him;
for all others an operator does.
"""

from uuid import UUID

from tokenhouse.core.permission import Permissions, missing
from tokenhouse.core.policy_group import union
from tokenhouse.core.principal import Membership, Password
from tokenhouse.core.standing import Standing
from tokenhouse.operations.admit import Actor, standing_guards
from tokenhouse.operations.changes import Guard, SignInRecord, guard_of
from tokenhouse.operations.finding import find_membership
from tokenhouse.operations.ports import Store


def is_in_charge(permissions: Permissions, record: SignInRecord, standing: Standing) -> bool:
    """Tell whether somebody of an organization who holds these may take a member's account over.

    `standing` is that of the membership there.
    """
    organization_id = standing.organization.id
    is_only_here = all(one.organization_id == organization_id for one in record.memberships)
    beyond = missing(union(standing.groups, standing.catalogue), permissions)
    return is_only_here and bool(record.memberships) and not record.person.operator and not beyond


def find_in_charge(
    store: Store, actor: Actor, membership_id: UUID
) -> tuple[SignInRecord, Standing, Membership]:
    """Find a member whose account the actor may take over.

    Raises Refused(NOT_FOUND) for one of another organization as for an unknown one, and
    Refused(FORBIDDEN) where it takes an operator, in one sentence for every cause.
    """
    standing, membership, _ = find_membership(store, actor.organization_id, membership_id)
    refuse_own(actor, membership.person_id)
    record = store.find_person(membership.person_id)
    if record is None or not is_in_charge(actor.permissions, record, standing):
        raise actor.forbidden(
            "This takes an operator: the person may do what you may not, is an operator, or belongs"
            " to another organization too."
        )
    return record, standing, membership


def refuse_own(actor: Actor, person_id: UUID) -> None:
    """Raise Refused(FORBIDDEN) where somebody would take his own account over."""
    if actor.person is not None and actor.person.id == person_id:
        raise actor.forbidden("This is for the accounts of others, not for your own.")


def account_guards(record: SignInRecord, standing: Standing | None = None) -> tuple[Guard, ...]:
    """The versions that such a decision relied on. A person's rises when he joins somewhere."""
    person, password = record.person, record.password
    kept = Guard(Password, person.id, 0 if password is None else password.version)
    listed = (guard_of(person), kept)
    return listed if standing is None else (*listed, *standing_guards(standing))
