"""Devices: list, show, edit, suspend, remove, and end all that they were given."""

from collections.abc import Mapping
from uuid import UUID

from msgspec.structs import replace

from tokenhouse.core.device import Device
from tokenhouse.core.events import Details, Event, Name
from tokenhouse.core.identifier import PENDING
from tokenhouse.core.moment import Moment
from tokenhouse.operations.admit import Actor, Admit, Asking
from tokenhouse.operations.changes import Change, Drop, Put, Stretch, guard_of
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.device_secrets import DeviceSecrets
from tokenhouse.operations.device_terms import (
    DeviceTerms,
    check_device,
    device_before_and_after,
    device_told,
    with_terms,
)
from tokenhouse.operations.finding import no_device
from tokenhouse.operations.ports import Clock, Store, UsageStore
from tokenhouse.operations.reaching import READS_ALL, WRITES_ALL, reach
from tokenhouse.operations.register_device import RegisterDevice
from tokenhouse.operations.renew import Renew
from tokenhouse.operations.sliced import Sliced, sliced
from tokenhouse.operations.stale import refuse_stale


class Devices:
    """Manages devices: an organization's own, or an operator's in whichever they are.

    A device is named by its id or by its number. `create`, `renew` and `secrets` are verbs with a
    file of their own.
    """

    def __init__(  # noqa: PLR0917 -- one port each, named where it is built
        self,
        admit: Admit,
        store: Store,
        clock: Clock,
        create: RegisterDevice,
        renew: Renew,
        secrets: DeviceSecrets,
        uses: UsageStore,
    ) -> None:
        self._admit = admit
        self._store = store
        self._clock = clock
        self.create = create
        self.renew = renew
        self.secrets = secrets
        self._uses = uses

    def sees_proofs(self, caller: Asking) -> bool:
        """Whether answers to this caller tell what proves a device: to operators and to itself.

        Everybody else asks for the secrets of one, and proves that he knows it.
        """
        reached = reach(self._admit(caller), READS_ALL)
        return reached.organization_id is None or reached.itself is not None

    def page(
        self, caller: Asking, stretch: Stretch, organization_id: UUID | None = None
    ) -> Sliced[Device]:
        """List the devices, oldest first: all that the caller reaches, or of one organization.

        Raises Refused(NOT_FOUND) for an organization that is not the caller's to name.
        """
        reached = reach(self._admit(caller), READS_ALL)
        within = reached.within(organization_id)
        if reached.itself is not None:
            return Sliced((reached.itself,))
        return sliced(
            lambda wider: self._store.page_devices(within, wider), stretch, lambda one: one.id
        )

    def one(self, caller: Asking, named: UUID | int) -> Device:
        """Show one device; raise Refused(NOT_FOUND)."""
        return self._found(self._admit(caller), named, READS_ALL)

    def last_online(self, *shown: Device) -> Mapping[UUID, Moment]:
        """When each device that somebody was shown used a token last, or renewed one."""
        return self._uses.last_used(tuple(one.id for one in shown)) if shown else {}

    def edit(
        self,
        caller: Asking,
        named: UUID | int,
        terms: DeviceTerms,
        expected: int | None = None,
    ) -> Device:
        """Put a device on other terms, if it is in the expected version.

        Raises Refused: NOT_FOUND, STALE, MALFORMED with all that is wrong.
        """

        def plan() -> Plan[Device] | Settled[Device]:
            actor = self._admit(caller)
            before = self._found(actor, named, WRITES_ALL)
            refuse_stale(before.version, expected)
            after = with_terms(before, terms)
            if after == before:
                return Settled(before)
            check_device(self._store, after)
            later = replace(after, version=before.version + 1, updated_at=self._clock.now())
            details = device_before_and_after(before, later)
            return Plan(
                self._change(actor, before, Put(later), Name.DEVICE_CHANGED, details),
                lambda done: done.written(Device),
            )

        return decide(self._store, plan)

    def remove(self, caller: Asking, named: UUID | int) -> None:
        """Remove a device for good: its tokens are good no longer, its number is nobody's again."""

        def plan() -> Plan[None]:
            actor = self._admit(caller)
            device = self._found(actor, named, WRITES_ALL)
            details = {f"{name}_before": was for name, was in device_told(device).items()}
            details["number"] = device.number
            drop = Drop(Device, device.id)
            change = self._change(actor, device, drop, Name.DEVICE_REMOVED, details)
            return Plan(change, lambda _: None)

        decide(self._store, plan)

    def revoke(self, caller: Asking, named: UUID | int) -> None:
        """End all tokens of a device that it was given before now, by one marker.

        None of them renews: the device comes back by its `secrets` alone.
        """

        def plan() -> Plan[None]:
            actor = self._admit(caller)
            device = self._found(actor, named, WRITES_ALL)
            marked = replace(
                device,
                version=device.version + 1,
                revoked_before=PENDING,
                updated_at=self._clock.now(),
            )
            details: Details = {"number": device.number, "identifier": device.identifier}
            change = self._change(actor, device, Put(marked), Name.HOLDER_REVOKED, details)
            return Plan(change, lambda _: None)

        decide(self._store, plan)

    def _found(self, actor: Actor, named: UUID | int, everywhere: str) -> Device:
        device = reach(actor, everywhere).device(self._store, named)
        if device is None:
            raise no_device()
        return device

    @staticmethod
    def _change(
        actor: Actor, device: Device, write: Put | Drop, name: Name, details: Details
    ) -> Change:
        event: Event = actor.event(name, device.organization_id, device.id, details)
        relied_on = (*actor.guards, guard_of(device))
        return Change(device.organization_id, relied_on, (write,), (event,))
