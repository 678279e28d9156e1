"""Invites, accepts, recovers and redeems on a stage, as people would."""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from msgspec.structs import replace

from stage import ADMINISTRATOR, OPERATOR, PASSWORD, Stage, caller
from tokenhouse.core.credential import Secret
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Asker, Door, Spelling
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import Membership
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.operations.accept import Acceptance, Accepted
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.invite import InvitationDraft
from tokenhouse.operations.links import Made
from tokenhouse.operations.recover import Redemption
from tokenhouse.operations.sign_in import Credentials

CHOSEN = "walnut glacier spindle"
OTHER = "marmalade oyster trellis"
NEW = "bea@nordlicht.example"
FOREIGNER = "eve@suedstrom.example"
ADDRESS = "192.0.2.1"

T = TypeVar("T")


def signed_in(stage: Stage, email: str, permission: str | None = None, password: str = PASSWORD):
    """A caller at a route for people who signed in."""
    started = stage.authority.sign_in(Credentials(email, Secret(password), None, ADDRESS))
    demanded = frozenset({permission} if permission else ())
    demand = Demand(Door.MANAGEMENT, demanded, asker=Asker.SIGNED_IN)
    return caller(started.secret, Spelling.BEARER, demand=demand)


def administrator(stage: Stage, email: str = ADMINISTRATOR) -> Caller:
    return signed_in(stage, email, "AccountsUsersWrite")


def operator(stage: Stage) -> Caller:
    return signed_in(stage, OPERATOR, "OrganizationsWrite")


def invite(stage: Stage, email: str = NEW, *groups: str, by: Caller | None = None) -> Made:
    ids = tuple(stage.group(name).id for name in groups)
    draft = InvitationDraft(email, "Bea Blum", ids)
    return stage.authority.invite(by or administrator(stage), draft)


def accept(stage: Stage, code: Secret, password: str = CHOSEN, address: str = ADDRESS) -> Accepted:
    return stage.authority.accept(Acceptance(code, Secret(password), "", address))


def join(stage: Stage, email: str = NEW, *groups: str) -> Accepted:
    """Somebody new, who has CHOSEN."""
    return accept(stage, invite(stage, email, *groups).secret)


def recover(stage: Stage, email: str, by: Caller | None = None) -> Made:
    """A recovery link for a member, by an administrator."""
    return stage.authority.recover.of_member(by or administrator(stage), here(stage, email).id)


def redeem(stage: Stage, code: Secret, password: str = OTHER, *, everything: bool = False):
    return stage.authority.redeem(Redemption(code, Secret(password), ADDRESS, everything))


def signs_in(stage: Stage, email: str, password: str, organization_id: UUID | None = None) -> bool:
    try:
        stage.authority.sign_in(Credentials(email, Secret(password), organization_id, ADDRESS))
    except Refused as refused:
        if refused.code is not Code.UNAUTHENTICATED:
            raise
        return False
    return True


def refusal_of(deed: Callable[[], object]) -> Refused:
    """How a deed is refused."""
    try:
        deed()
    except Refused as refused:
        return refused
    raise AssertionError("it was done")


# what becomes of people, past every operation


def change_person(stage: Stage, email: str, /, **fields: object) -> None:
    kept = stage.person(email)
    stage.put(replace(kept, version=kept.version + 1, **fields), kept)


def change_membership(stage: Stage, email: str, **fields: object) -> None:
    kept = stage.membership(email)
    stage.put(replace(kept, version=kept.version + 1, **fields), kept)


def carry(stage: Stage, email: str, *names: str) -> None:
    """Somebody carries exactly these groups from now on."""
    change_membership(stage, email, groups=tuple(stage.group(name).id for name in names))


def suspend_organization(stage: Stage, *, suspended: bool = True) -> None:
    kept = stage.store.find_organization(stage.organization_id)
    assert kept is not None
    stage.put(replace(kept, version=kept.version + 1, suspended=suspended), kept)


def new_group(stage: Stage, name: str, *permissions: str) -> PolicyGroup:
    """A group of the firm."""
    group = replace(
        stage.group("Client"),
        id=stage.parts.set_up()._mint.id(stage.clock.now()),
        version=1,
        name=name,
        permissions=frozenset(permissions),
    )
    stage.put(group)
    return group


def here(stage: Stage, email: str) -> Membership:
    """Somebody's membership in the firm."""
    found = membership_in(stage, email, stage.membership(OPERATOR).organization_id)
    assert found is not None
    return found


def membership_in(stage: Stage, email: str, organization_id: UUID) -> Membership | None:
    record = stage.store.find_for_sign_in(email)
    assert record is not None
    here = [one for one in record.memberships if one.organization_id == organization_id]
    return here[0] if here else None
