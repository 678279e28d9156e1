"""Take all second factors from somebody who has lost them, by whoever may take his account over."""

from uuid import UUID

from msgspec.structs import replace

from tokenhouse.core.events import Details, Name
from tokenhouse.core.identifier import PENDING
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.second_factor import Factors, Passkey, RecoveryCodes, Totp
from tokenhouse.operations.admit import Actor, Admit, Asking
from tokenhouse.operations.changes import Change, Drop, Guard, Put, SignInRecord, guard_of
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.everywhere import events_of_person
from tokenhouse.operations.finding import find_person
from tokenhouse.operations.ports import Clock, Store
from tokenhouse.operations.taking_over import account_guards, find_in_charge, refuse_own


class RemoveFactors:
    """Removes what people have lost. Their sessions end too: a lost device may hold some."""

    def __init__(self, admit: Admit, store: Store, clock: Clock) -> None:
        self._admit = admit
        self._store = store
        self._clock = clock

    def show(self, caller: Asking, person_id: UUID) -> Factors:
        """What somebody has; raise Refused(NOT_FOUND)."""
        self._admit(caller)
        return find_person(self._store, person_id).factors

    def of_member(self, caller: Asking, membership_id: UUID) -> None:
        """Of a member whose account the caller may take over; see `taking_over`."""

        def plan() -> Plan[None] | Settled[None]:
            actor = self._admit(caller)
            record, standing, _ = find_in_charge(self._store, actor, membership_id)
            return self._plan(actor, record, account_guards(record, standing))

        decide(self._store, plan)

    def of_person(self, caller: Asking, person_id: UUID) -> None:
        """Of anybody but oneself, as operators and whoever is at the machine do."""

        def plan() -> Plan[None] | Settled[None]:
            actor = self._admit(caller)
            record = find_person(self._store, person_id)
            refuse_own(actor, person_id)
            return self._plan(actor, record, account_guards(record))

        decide(self._store, plan)

    def _plan(
        self, actor: Actor, record: SignInRecord, relied_on: tuple[Guard, ...]
    ) -> Plan[None] | Settled[None]:
        kept = _kept(record.factors)
        if not kept:
            return Settled(None)
        person = record.person
        later = replace(
            person,
            version=person.version + 1,
            sign_ins_revoked_before=PENDING,
            spared_token_id=None,
            updated_at=self._clock.now(),
        )
        details: Details = {
            "totp": record.factors.active_totp is not None,
            "passkeys": [str(one.id) for one in record.factors.passkeys],
        }
        change = Change(
            DEPLOYMENT,
            (*actor.guards, *relied_on, *map(guard_of, kept)),
            (*(Drop(type(one), one.id) for one in kept), Put(later)),
            events_of_person(actor, record, Name.FACTORS_REMOVED, details),
        )
        return Plan(change, lambda _: None)


def _kept(factors: Factors) -> tuple[Totp | Passkey | RecoveryCodes, ...]:
    beside = (factors.totp, factors.recovery_codes)
    return (*factors.passkeys, *(one for one in beside if one is not None))
