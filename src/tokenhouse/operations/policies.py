"""The policies of an organization: what it allows its new tokens."""

from msgspec.structs import replace

from tokenhouse.core.events import Details, Name
from tokenhouse.core.moment import format_duration
from tokenhouse.core.policy import Policies, policies_of
from tokenhouse.core.principal import Organization
from tokenhouse.operations.admit import Admit, Asking
from tokenhouse.operations.changes import Change, Guard, Put
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.narrowing import organization_of
from tokenhouse.operations.ports import Clock, Store
from tokenhouse.operations.stale import refuse_stale


class SetPolicies:
    """Shows and sets the policies of the caller's organization."""

    def __init__(self, admit: Admit, store: Store, clock: Clock) -> None:
        self._admit = admit
        self._store = store
        self._clock = clock

    def shown(self, caller: Asking) -> Organization:
        """The organization with its policies."""
        return organization_of(self._store, self._admit(caller))

    def __call__(
        self, caller: Asking, policies: Policies, expected: int | None = None
    ) -> Organization:
        """Set all policies; they bind from now on, and touch no token that is there already.

        `expected` is the version of the organization's record that the edit starts from:
        Refused(STALE) for any other.
        """

        def plan() -> Plan[Organization] | Settled[Organization]:
            actor = self._admit(caller)
            kept = organization_of(self._store, actor)
            refuse_stale(kept.version, expected)
            before = policies_of(kept)
            if policies == before:
                return Settled(kept)
            changed = replace(
                kept,
                version=kept.version + 1,
                updated_at=self._clock.now(),
                longest_lifetimes=policies.longest_lifetimes,
                expiry_required=policies.expiry_required,
            )
            details = _told(before, "before") | _told(policies, "after")
            event = actor.event(Name.POLICIES_CHANGED, kept.id, kept.id, details)
            relied_on = (*actor.guards, Guard(Organization, kept.id, kept.version))
            change = Change(kept.id, relied_on, (Put(changed),), (event,))
            return Plan(change, lambda _: changed)

        return decide(self._store, plan)


def _told(policies: Policies, when: str) -> Details:
    lifetimes = sorted(policies.longest_lifetimes.items())
    return {
        f"longest_lifetimes_{when}": [f"{kind} {format_duration(of)}" for kind, of in lifetimes],
        f"expiry_required_{when}": policies.expiry_required,
    }
