"""Change the e-mail that a member signs in with, for whoever may take his account over."""

from uuid import UUID

from msgspec.structs import replace

from tokenhouse.core.events import Name
from tokenhouse.core.principal import canonical_email
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.operations.admit import Admit, Asking
from tokenhouse.operations.changes import Change, Member, Put
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.found import fault_of_email
from tokenhouse.operations.ports import Clock, Store
from tokenhouse.operations.stale import refuse_stale
from tokenhouse.operations.taking_over import account_guards, find_in_charge


class ChangeEmail:
    """Changes e-mails of members. Recovery links that are under way to the old one end with it."""

    def __init__(self, admit: Admit, store: Store, clock: Clock) -> None:
        self._admit = admit
        self._store = store
        self._clock = clock

    def __call__(
        self, caller: Asking, membership_id: UUID, email: str, expected: int | None
    ) -> Member:
        """Change it; `expected` is the membership's version.

        Raises Refused(MALFORMED) for what is no address or somebody else's, and what
        `find_in_charge` raises.
        """

        def plan() -> Plan[Member] | Settled[Member]:
            actor = self._admit(caller)
            record, standing, membership = find_in_charge(self._store, actor, membership_id)
            refuse_stale(membership.version, expected)
            address = self._address(email, record.person.id)
            if address == record.person.email:
                return Settled(Member(membership, record.person))
            now = self._clock.now()
            person = replace(
                record.person, version=record.person.version + 1, email=address, updated_at=now
            )
            # An answer about the membership shows the e-mail, so its version rises as well.
            shown = replace(membership, version=membership.version + 1, updated_at=now)
            event = actor.event(
                Name.EMAIL_CHANGED,
                actor.organization_id,
                person.id,
                {
                    "person": str(person.id),
                    "email_before": record.person.email,
                    "email_after": address,
                },
            )
            relied_on = (*actor.guards, *account_guards(record, standing))
            change = Change(actor.organization_id, relied_on, (Put(person), Put(shown)), (event,))
            return Plan(change, lambda _: Member(shown, person))

        return decide(self._store, plan)

    def _address(self, email: str, person_id: UUID) -> str:
        address = canonical_email(email)
        fault = fault_of_email(email)
        if fault is None:
            holder = self._store.find_for_sign_in(address)
            if holder is not None and holder.person.id != person_id:
                fault = "is taken by somebody else"
        if fault is not None:
            problem = Problem("email", fault)
            raise Refused(Code.MALFORMED, "This e-mail cannot be taken.", (problem,))
        return address
