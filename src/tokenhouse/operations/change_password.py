"""Change one's own password: the current one is asked for, and every other session ends."""

from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Details, Name
from tokenhouse.core.identifier import PENDING
from tokenhouse.core.moment import Moment
from tokenhouse.core.principal import DEPLOYMENT, Password
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.operations.admit import Actor, Caller
from tokenhouse.operations.changes import Change, Put, SignInRecord
from tokenhouse.operations.confirming import Confirming, Evidence
from tokenhouse.operations.decide import Plan
from tokenhouse.operations.everywhere import events_of_person
from tokenhouse.operations.ports import Clock, Hasher, PasswordRule, Store
from tokenhouse.operations.second_factor import NOTHING, Presented, Used
from tokenhouse.operations.taking_over import account_guards


class NewPassword(msgspec.Struct, frozen=True):
    """The password that somebody has, and the one that he wants. Personal tokens end if ticked.

    `shown` is his second factor.
    """

    current: Secret
    new: Secret
    end_personal_tokens: bool = False
    shown: Presented = NOTHING


class ChangePassword:
    """Changes the password of whoever signed in."""

    def __init__(
        self,
        confirming: Confirming,
        store: Store,
        hasher: Hasher,
        rule: PasswordRule,
        clock: Clock,
    ) -> None:
        self._confirming = confirming
        self._store = store
        self._hasher = hasher
        self._rule = rule
        self._clock = clock

    def __call__(self, caller: Caller, wanted: NewPassword) -> float:
        """Change it; give the seconds by which the answer is held back.

        Raises Refused(MALFORMED) for a new password that cannot be taken, before the current one
        is looked at; and what `Confirming` raises.
        """
        _, record = self._confirming.own(caller)
        if fault := self._rule.fault(wanted.new, names_of(self._store, record)):
            problem = Problem("new", fault)
            raise Refused(Code.MALFORMED, "This password cannot be taken.", (problem,))
        hashed: list[str] = []

        def change(actor: Actor, record: SignInRecord, used: Used, delay: float) -> Plan[float]:
            if not hashed:  # once, however often it is decided
                hashed.append(self._hasher.hash(wanted.new))
            return self._plan(actor, record, wanted, used, hashed[0], delay)

        evidence = Evidence(wanted.current, wanted.shown, field="current")
        return self._confirming(caller, evidence, change)

    def _plan(  # noqa: PLR0917 -- what one commit is made of
        self,
        actor: Actor,
        record: SignInRecord,
        wanted: NewPassword,
        used: Used,
        phc: str,
        delay: float,
    ) -> Plan[float]:
        writes = password_writes(
            record,
            phc,
            self._clock.now(),
            spared=actor.token_id,
            end_personal_tokens=wanted.end_personal_tokens,
        )
        details: Details = {"personal_tokens_ended": wanted.end_personal_tokens, **used.told}
        events = events_of_person(actor, record, Name.PASSWORD_CHANGED, details)
        guards = (*actor.guards, *account_guards(record), *used.guards)
        return Plan(Change(DEPLOYMENT, guards, (*writes, *used.writes), events), lambda _: delay)


def password_writes(
    record: SignInRecord,
    phc: str,
    now: Moment,
    *,
    spared: UUID | None = None,
    end_personal_tokens: bool,
) -> tuple[Put, ...]:
    """What sets a person's password and ends all that the one before has opened, but one session.

    `account_guards` guards the versions that it replaces.
    """
    person, password = record.person, record.password
    marked = replace(
        person,
        version=person.version + 1,
        sign_ins_revoked_before=PENDING,
        spared_token_id=spared,
        revoked_before=PENDING if end_personal_tokens else person.revoked_before,
        updated_at=now,
    )
    version = 1 if password is None else password.version + 1
    return Put(marked), Put(Password(person.id, version, phc))


def names_of(store: Store, record: SignInRecord) -> tuple[str, ...]:
    """What anybody may connect with a person, of which his password is not to be made."""
    found = (store.find_organization(one.organization_id) for one in record.memberships)
    names = (organization.name for organization in found if organization is not None)
    return (record.person.email, record.person.full_name, *names)
