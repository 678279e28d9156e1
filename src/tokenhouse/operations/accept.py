"""Accept an invitation: somebody new chooses a password, somebody known shows the one he has."""

from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Details, Event, Name
from tokenhouse.core.link import Link, Purpose
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import Membership, Organization, Password, Person
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.operations.changes import Change, Drop, Guard, Put, SignInRecord, guard_of
from tokenhouse.operations.decide import Plan, decide
from tokenhouse.operations.found import MAX_FULL_NAME, fault_of_name, tidy
from tokenhouse.operations.guessing import Guesses
from tokenhouse.operations.invite import told_of
from tokenhouse.operations.issue import group_guards
from tokenhouse.operations.links import Links, Usable, not_good
from tokenhouse.operations.mint import Mint
from tokenhouse.operations.ports import Clock, Hasher, PasswordRule, Store
from tokenhouse.operations.prove import Prove
from tokenhouse.operations.second_factor import (
    NOTHING,
    Presented,
    SecondFactor,
    told_elsewhere,
)
from tokenhouse.operations.taking_over import account_guards


class Acceptance(msgspec.Struct, frozen=True):
    """What somebody accepts with. `full_name` and `password_again` are for those who are new.

    `password_again` is the second typing, None where nobody was asked for it. `shown` is the second
    factor of somebody known.
    """

    code: Secret
    password: Secret
    full_name: str
    address: str
    password_again: Secret | None = None
    shown: Presented = NOTHING


class Accepted(msgspec.Struct, frozen=True):
    """Who has joined what. `delay` is seconds by which the answer is held back."""

    person: Person
    membership: Membership
    organization: Organization
    delay: float = 0.0


class Accept:
    """Takes invitations. Neither the link alone nor the password alone joins a known person."""

    def __init__(  # noqa: PLR0917 -- one port each, named where it is built
        self,
        store: Store,
        links: Links,
        guesses: Guesses,
        prove: Prove,
        factor: SecondFactor,
        hasher: Hasher,
        rule: PasswordRule,
        mint: Mint,
        clock: Clock,
    ) -> None:
        self._store = store
        self._links = links
        self._guesses = guesses
        self._prove = prove
        self._factor = factor
        self._hasher = hasher
        self._rule = rule
        self._mint = mint
        self._clock = clock

    def __call__(self, acceptance: Acceptance) -> Accepted:
        """Make the membership, and the person where there is none with the invited e-mail.

        Raises Refused(UNAUTHENTICATED) for a link that is not good or a password that is not the
        person's, Refused(SECOND_FACTOR) behind a right one, Refused(MALFORMED) with the faults of
        what somebody new typed, and Refused(ALREADY_DONE) for a member.
        """
        usable = self._links.present(Purpose.INVITATION, acceptance.code, acceptance.address)
        organization, _ = self._where(usable)
        email = usable.link.email
        if self._store.find_for_sign_in(email) is None:
            self._refuse_faults(usable, organization, acceptance)
            phc = self._hasher.hash(acceptance.password)
            return decide(self._store, lambda: self._new(acceptance, phc))
        # A link that was good while there was such a person, so that none lets anybody guess at
        # the password of whoever has just used it.
        self._links.look(Purpose.INVITATION, acceptance.code)
        with self._guesses.attempt(email, acceptance.address) as guess:
            record = self._store.find_for_sign_in(email)
            if not self._prove.knows(record, acceptance.password) or record is None:
                raise _wrong(guess.delay)
            with self._factor.attempt(record, acceptance.shown):
                accepted = decide(self._store, lambda: self._known(acceptance, record, guess.delay))
            return replace(accepted, delay=guess.delay)

    def _where(self, usable: Usable) -> tuple[Organization, tuple[PolicyGroup, ...]]:
        """The organization, and those groups of the invitation that are still there."""
        link = usable.link
        organization = self._store.find_organization(link.organization_id)
        if organization is None or organization.suspended:
            raise not_good()
        return organization, self._store.find_groups(organization.id, link.groups)

    def _refuse_faults(
        self, usable: Usable, organization: Organization, acceptance: Acceptance
    ) -> None:
        name = acceptance.full_name or usable.link.full_name
        problems = []
        if fault := fault_of_name(name, MAX_FULL_NAME):
            problems.append(Problem("full_name", fault))
        known = (organization.name, usable.link.email, name)
        problems.extend(
            faults_of_new(self._rule, known, acceptance.password, acceptance.password_again)
        )
        if problems:
            raise Refused(Code.MALFORMED, "Some of this cannot be taken as it is.", tuple(problems))

    def _new(self, acceptance: Acceptance, phc: str) -> Plan[Accepted]:
        usable = self._links.look(Purpose.INVITATION, acceptance.code)
        organization, groups = self._where(usable)
        if self._store.find_for_sign_in(usable.link.email) is not None:
            raise _wrong(0.0)  # somebody has come to be meanwhile, and it takes his password
        now = self._clock.now()
        person = Person(
            id=self._mint.id(now),
            version=1,
            email=usable.link.email,
            full_name=tidy(acceptance.full_name or usable.link.full_name),
            operator=False,
            suspended=False,
            revoked_before=0,
            default_organization_id=organization.id,
            created_at=now,
            updated_at=now,
        )
        born = Event(
            Name.PERSON_CREATED, organization.id, person.id, None, person.id, {"operator": False}
        )
        writes = (Put(person), Put(Password(person.id, 1, phc)))
        return self._joining(usable, organization, groups, person, writes, (born,), ())

    def _known(self, acceptance: Acceptance, checked: SignInRecord, delay: float) -> Plan[Accepted]:
        usable = self._links.look(Purpose.INVITATION, acceptance.code)
        organization, groups = self._where(usable)
        record = self._store.find_for_sign_in(usable.link.email)
        if record is None or record.password != checked.password:
            raise _wrong(delay)
        if record.person.suspended:
            self._prove.note(record.person, "right password, but suspended")
            raise _wrong(delay)
        if any(one.organization_id == organization.id for one in record.memberships):
            raise Refused(Code.ALREADY_DONE, "You are a member of this organization already.")
        # Written though nothing of it changes: whoever judges by where a person belongs, as
        # taking over his account is judged, relies on this version.
        person = replace(
            record.person, version=record.person.version + 1, updated_at=self._clock.now()
        )
        used = self._factor.use(record, acceptance.shown, delay)
        events = told_elsewhere(used, person, organization.id, None, "an invitation")
        writes = (Put(person), *used.writes)
        relied_on = (*account_guards(record), *used.guards)
        return self._joining(usable, organization, groups, person, writes, events, relied_on)

    def _joining(  # noqa: PLR0917 -- what one commit is made of
        self,
        usable: Usable,
        organization: Organization,
        groups: tuple[PolicyGroup, ...],
        person: Person,
        writes: tuple[Put, ...],
        events: tuple[Event, ...],
        relied_on: tuple[Guard, ...],
    ) -> Plan[Accepted]:
        link, now = usable.link, self._clock.now()
        membership = Membership(
            id=self._mint.id(now),
            version=1,
            person_id=person.id,
            organization_id=organization.id,
            groups=tuple(group.id for group in groups),
            suspended=False,
            ended_at=None,
            revoked_before=0,
            created_at=now,
            updated_at=now,
        )
        change = Change(
            organization.id,
            (
                *usable.guards,
                guard_of(organization),
                *group_guards(groups),
                *relied_on,
            ),
            (Drop(Link, link.id), *writes, Put(membership)),
            (*events, *_told(link, membership)),
        )
        return Plan(change, lambda _: Accepted(person, membership, organization))


def faults_of_new(
    rule: PasswordRule, known: tuple[str, ...], password: Secret, again: Secret | None
) -> tuple[Problem, ...]:
    """What is wrong with a password that somebody chooses, typed twice where he was asked to."""
    if fault := rule.fault(password, known):
        return (Problem("password", fault),)
    if again is not None and again.reveal() != password.reveal():
        return (Problem("password_again", "is not the same as the password above"),)
    return ()


def _wrong(delay: float) -> Refused:
    """One same refusal of somebody who is known here, whatever stands against him."""
    return Refused(
        Code.UNAUTHENTICATED,
        "The password is wrong.",
        (Problem("password", "is not the one that this e-mail has here already"),),
        delay=delay,
    )


def _told(link: Link, membership: Membership) -> tuple[Event, ...]:
    person_id, organization_id = membership.person_id, membership.organization_id
    person: Details = {"person": str(person_id)}
    joined: Details = {"groups": [str(group_id) for group_id in membership.groups]}

    def event(name: Name, subject: UUID, details: Details) -> Event:
        return Event(name, organization_id, person_id, None, subject, details)

    return (
        event(Name.MEMBERSHIP_CREATED, membership.id, person | joined),
        event(
            Name.INVITATION_ACCEPTED,
            link.id,
            person | told_of(link) | {"membership": str(membership.id)},
        ),
    )
