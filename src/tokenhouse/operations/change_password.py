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
from tokenhouse.operations.admit import Actor, Admit, Caller
from tokenhouse.operations.changes import Change, Put, SignInRecord
from tokenhouse.operations.decide import Plan, decide
from tokenhouse.operations.everywhere import events_of_person
from tokenhouse.operations.guessing import Guesses
from tokenhouse.operations.ports import Clock, Hasher, PasswordRule, Store
from tokenhouse.operations.prove import Prove
from tokenhouse.operations.taking_over import account_guards


class NewPassword(msgspec.Struct, frozen=True):
    """The password that somebody has, and the one that he wants. Personal tokens end if ticked."""

    current: Secret
    new: Secret
    end_personal_tokens: bool = False


class ChangePassword:
    """Changes the password of whoever signed in."""

    def __init__(  # noqa: PLR0917 -- one port each, named where it is built
        self,
        admit: Admit,
        store: Store,
        guesses: Guesses,
        prove: Prove,
        hasher: Hasher,
        rule: PasswordRule,
        clock: Clock,
    ) -> None:
        self._admit = admit
        self._store = store
        self._guesses = guesses
        self._prove = prove
        self._hasher = hasher
        self._rule = rule
        self._clock = clock

    def __call__(self, caller: Caller, wanted: NewPassword) -> float:
        """Change it; give the seconds by which the answer is held back.

        Raises Refused(MALFORMED) for a new password that cannot be taken, before the current one
        is looked at; Refused(TOO_MANY) and Refused(FORBIDDEN) for guesses at the current one.
        """
        _, record = self._own(caller)
        if fault := self._rule.fault(wanted.new, names_of(self._store, record)):
            problem = Problem("new", fault)
            raise Refused(Code.MALFORMED, "This password cannot be taken.", (problem,))
        with self._guesses.attempt(record.person.email, caller.address) as guess:
            if not self._prove.knows(record, wanted.current):
                raise _wrong(guess.delay)
            phc = self._hasher.hash(wanted.new)
            decide(self._store, lambda: self._plan(caller, record, wanted, phc, guess.delay))
            return guess.delay

    def _own(self, caller: Caller) -> tuple[Actor, SignInRecord]:
        actor = self._admit(caller)
        assert actor.person is not None
        record = self._store.find_person(actor.person.id)
        assert record is not None
        return actor, record

    def _plan(
        self, caller: Caller, checked: SignInRecord, wanted: NewPassword, phc: str, delay: float
    ) -> Plan[None]:
        actor, record = self._own(caller)
        if record.password != checked.password:
            raise _wrong(delay)
        writes = password_writes(
            record,
            phc,
            self._clock.now(),
            spared=actor.token_id,
            end_personal_tokens=wanted.end_personal_tokens,
        )
        details: Details = {"personal_tokens_ended": wanted.end_personal_tokens}
        events = events_of_person(actor, record, Name.PASSWORD_CHANGED, details)
        change = Change(DEPLOYMENT, (*actor.guards, *account_guards(record)), writes, events)
        return Plan(change, lambda _: None)


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


def _wrong(delay: float) -> Refused:
    problem = Problem("current", "is not your password")
    return Refused(Code.FORBIDDEN, "The current password is wrong.", (problem,), delay=delay)
