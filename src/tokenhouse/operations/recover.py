"""Let somebody back in who has lost his password: make a link for him, and redeem it."""

from uuid import UUID

import msgspec

from tokenhouse.core.credential import Secret, fingerprint
from tokenhouse.core.events import Details, Event, Name
from tokenhouse.core.identifier import PENDING
from tokenhouse.core.link import RECOVERY_GOOD_FOR, Link, MakerKind, Purpose
from tokenhouse.core.moment import format_moment
from tokenhouse.core.principal import DEPLOYMENT, Person
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.operations.accept import faults_of_new
from tokenhouse.operations.admit import Actor, Admit, Asking
from tokenhouse.operations.change_password import names_of, password_writes
from tokenhouse.operations.changes import Change, Drop, Guard, Put, SignInRecord
from tokenhouse.operations.decide import Plan, decide
from tokenhouse.operations.everywhere import events_of_person, organizations_of
from tokenhouse.operations.finding import find_person
from tokenhouse.operations.links import (
    Links,
    Made,
    Maker,
    Usable,
    as_written,
    maker_of,
    not_good,
    operator_of,
)
from tokenhouse.operations.mint import Mint
from tokenhouse.operations.ports import Clock, Hasher, PasswordRule, Store
from tokenhouse.operations.second_factor import NOTHING, Presented, SecondFactor
from tokenhouse.operations.taking_over import (
    account_guards,
    find_in_charge,
    is_in_charge,
    refuse_own,
)


class Recover:
    """Makes recovery links: whoever has one sets the person's password, and is told nothing old."""

    def __init__(self, admit: Admit, store: Store, links: Links, mint: Mint, clock: Clock) -> None:
        self._admit = admit
        self._store = store
        self._links = links
        self._mint = mint
        self._clock = clock

    def of_member(self, caller: Asking, membership_id: UUID) -> Made:
        """For a member whose account the caller may take over; see `taking_over`."""

        def plan() -> Plan[Made]:
            actor = self._admit(caller)
            record, standing, _ = find_in_charge(self._store, actor, membership_id)
            made = self._made(actor.organization_id, maker_of(actor), record)
            return _plan(actor, made, record, account_guards(record, standing))

        return decide(self._store, plan)

    def of_person(self, caller: Asking, person_id: UUID) -> Made:
        """For anybody but oneself, as operators and whoever is at the machine do."""

        def plan() -> Plan[Made]:
            actor = self._admit(caller)
            record = find_person(self._store, person_id)
            refuse_own(actor, person_id)
            made = self._made(DEPLOYMENT, operator_of(actor), record)
            return _plan(actor, made, record, account_guards(record))

        return decide(self._store, plan)

    def _made(self, organization_id: UUID, maker: Maker, record: SignInRecord) -> Made:
        now, secret = self._clock.now(), self._links.string()
        link = Link(
            id=self._mint.id(now),
            version=1,
            purpose=Purpose.RECOVERY,
            organization_id=organization_id,
            fingerprint=fingerprint(secret.reveal()),
            email=record.person.email,
            full_name="",
            groups=(),
            person_id=record.person.id,
            password_version=_password_version(record),
            maker_kind=maker[0],
            maker_id=maker[1],
            sequence=PENDING,
            created_at=now,
            expires_at=now + RECOVERY_GOOD_FOR,
        )
        return Made(link, secret)


def _plan(
    actor: Actor, made: Made, record: SignInRecord, relied_on: tuple[Guard, ...]
) -> Plan[Made]:
    link = made.link
    details: Details = {"link": str(link.id), "expires_at": format_moment(link.expires_at)}
    events = events_of_person(actor, record, Name.RECOVERY_CREATED, details)
    guards = (*actor.guards, *relied_on)
    return Plan(
        Change(link.organization_id, guards, (Put(link),), events),
        lambda done: as_written(made, done),
    )


class Redemption(msgspec.Struct, frozen=True):
    """What somebody recovers with. `end_personal_tokens`: those too, beside all sessions.

    `shown` is his second factor: a link stands in for the password alone.
    """

    code: Secret
    password: Secret
    address: str
    end_personal_tokens: bool = False
    password_again: Secret | None = None
    shown: Presented = NOTHING


class Redeem:
    """Redeems recovery links, under the conditions that they were made under, looked at anew."""

    def __init__(  # noqa: PLR0917 -- one port each, named where it is built
        self,
        store: Store,
        links: Links,
        factor: SecondFactor,
        hasher: Hasher,
        rule: PasswordRule,
        clock: Clock,
    ) -> None:
        self._store = store
        self._factor = factor
        self._links = links
        self._hasher = hasher
        self._rule = rule
        self._clock = clock

    def __call__(self, redemption: Redemption) -> Person:
        """Set the password and end all sessions; give whose it is.

        Raises Refused(UNAUTHENTICATED) for a link that is not good, or not good for this person
        any more, Refused(SECOND_FACTOR) behind one that is, and Refused(MALFORMED) with the faults
        of the password.
        """
        usable = self._links.present(Purpose.RECOVERY, redemption.code, redemption.address)
        record, _ = self._allowed(usable)
        if problems := faults_of_new(
            self._rule,
            names_of(self._store, record),
            redemption.password,
            redemption.password_again,
        ):
            raise Refused(Code.MALFORMED, "This password cannot be taken.", problems)
        phc = self._hasher.hash(redemption.password)
        with self._factor.attempt(record, redemption.shown):
            return decide(self._store, lambda: self._plan(redemption, phc))

    def _plan(self, redemption: Redemption, phc: str) -> Plan[Person]:
        usable = self._links.look(Purpose.RECOVERY, redemption.code)
        record, relied_on = self._allowed(usable)
        link, person = usable.link, record.person
        used = self._factor.use(record, redemption.shown)
        writes = password_writes(
            record, phc, self._clock.now(), end_personal_tokens=redemption.end_personal_tokens
        )
        details: Details = {"person": str(person.id), "link": str(link.id)}
        details["personal_tokens_ended"] = redemption.end_personal_tokens
        details |= used.told
        events = tuple(
            Event(Name.RECOVERY_USED, organization_id, person.id, None, person.id, details)
            for organization_id in organizations_of(record)
        )
        change = Change(
            DEPLOYMENT,
            (*usable.guards, *relied_on, *used.guards),
            (Drop(Link, link.id), *writes, *used.writes),
            events,
        )
        return Plan(change, lambda _: person)

    def _allowed(self, usable: Usable) -> tuple[SignInRecord, tuple[Guard, ...]]:
        """The person, and what it relies on that the link may set his password."""
        link = usable.link
        record = None if link.person_id is None else self._store.find_person(link.person_id)
        if (
            record is None
            or record.person.suspended
            or record.person.id == usable.right.person_id
            or (record.person.email, _password_version(record))
            != (link.email, link.password_version)
        ):
            raise not_good()
        if link.maker_kind in {MakerKind.OPERATOR, MakerKind.MACHINE}:
            return record, account_guards(record)
        here = [one for one in record.memberships if one.organization_id == link.organization_id]
        standing = self._store.standing(here[0].id) if here else None
        if standing is None or not is_in_charge(usable.right.permissions, record, standing):
            raise not_good()
        return record, account_guards(record, standing)


def _password_version(record: SignInRecord) -> int:
    return 0 if record.password is None else record.password.version
