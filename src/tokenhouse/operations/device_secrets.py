"""The secrets of a device: what proves it, and a token beside the one that it has."""

from collections.abc import Iterator
from typing import TypeAlias
from uuid import UUID

from msgspec.structs import replace

from tokenhouse.core.credential import Secret
from tokenhouse.core.device import Device, is_same
from tokenhouse.core.events import Name
from tokenhouse.core.judge import revoked
from tokenhouse.core.principal import Organization
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.core.token import FamilyEnd, Token
from tokenhouse.operations.admit import Actor, Admit, Asking, Caller
from tokenhouse.operations.changes import Change, Guard, Put, Stretch, Wanted, guard_of
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.device_tokens import DeviceTokens, Equipped
from tokenhouse.operations.finding import find_organization, no_device
from tokenhouse.operations.guessing import Guesses
from tokenhouse.operations.keep import Keep, already_done
from tokenhouse.operations.narrowing import refuse_wider
from tokenhouse.operations.ports import Clock, Store
from tokenhouse.operations.reaching import READS_ALL, reach

_NEWEST = Stretch(1, descending=True)
_Look: TypeAlias = tuple[Actor, Device | None]


class DeviceSecrets:
    """Tells them to whoever may know, once and again; each time is an event."""

    def __init__(  # noqa: PLR0917 -- one port each, named where it is built
        self,
        admit: Admit,
        store: Store,
        keep: Keep,
        guesses: Guesses,
        tokens: DeviceTokens,
        clock: Clock,
    ) -> None:
        self._admit = admit
        self._store = store
        self._keep = keep
        self._guesses = guesses
        self._tokens = tokens
        self._clock = clock

    def __call__(
        self, caller: Asking, device_id: UUID | int, cpu_id: Secret | None = None
    ) -> Equipped:
        """Tell them with a new token; the one that the device has lives on.

        Operators and whoever is at the machine say nothing else, everybody else the right `cpu_id`:
        with a wrong one the device is as unknown as any. Where the family of its tokens has ended,
        another begins. Raises Refused: NOT_FOUND, UNPROCESSABLE for a suspended device, FORBIDDEN,
        TOO_MANY. A retry under the same idempotency key gives the same token.
        """
        actor = self._admit(caller)
        device = reach(actor, READS_ALL).device(self._store, device_id)
        looks = self._looks(caller, actor, device, device_id)
        if not isinstance(caller, Caller) or READS_ALL in actor.permissions:
            return decide(self._store, lambda: self._plan(caller, next(looks), None))
        # of a device that is unknown, the id that was asked with: it is guessed at all the same
        named = device.id if device is not None else UUID(int=actor.organization_id.int)
        with self._guesses.attempt_at_device(named, caller.address):
            proof = cpu_id or Secret("")
            return decide(self._store, lambda: self._plan(caller, next(looks), proof))

    def _looks(
        self, caller: Asking, actor: Actor, device: Device | None, device_id: UUID | int
    ) -> Iterator[_Look]:
        """Who asks and for what, as it was found, and for each further attempt as it is then."""
        while True:
            yield actor, device
            actor = self._admit(caller)
            device = reach(actor, READS_ALL).device(self._store, device_id)

    def _plan(
        self, caller: Asking, look: _Look, proof: Secret | None
    ) -> Plan[Equipped] | Settled[Equipped]:
        actor, device = look
        is_right = proof is None or is_same(None if device is None else device.cpu_id, proof)
        if device is None or not is_right:
            raise no_device()
        refuse_wider(actor, ())
        if again := self._again(caller, actor, device):
            return Settled(again)
        if device.suspended:
            raise Refused(Code.UNPROCESSABLE, "The device is suspended: resume it first.")
        return self._fresh(caller, actor, device)

    def _fresh(self, caller: Asking, actor: Actor, device: Device) -> Plan[Equipped]:
        now = self._clock.now()
        organization = self._organization(actor, device.organization_id)
        token = self._tokens.first(device, actor.principal_id, organization, now)
        guarded = [*actor.guards, guard_of(device), guard_of(organization)]
        writes = [Put(token)]
        newest = self._newest(device)
        if newest is not None:
            token = replace(token, family_id=device.family_id, predecessor_id=newest.id)
            guarded.append(Guard(FamilyEnd, device.family_id, 0))
            writes = [Put(token)]
        else:
            begun = replace(
                device, version=device.version + 1, family_id=token.family_id, updated_at=now
            )
            writes.append(Put(begun))
        event = actor.event(
            Name.DEVICE_SECRETS_TOLD,
            device.organization_id,
            device.id,
            {
                "number": device.number,
                "token": str(token.id),
                "family": str(token.family_id),
                "predecessor": None if newest is None else str(newest.id),
            },
        )
        kept = self._keep.plan(caller, actor, token.id)
        change = Change(
            device.organization_id,
            tuple(dict.fromkeys(guarded)),
            (*writes, *kept),
            (event,),
        )
        return Plan(change, lambda done: self._tokens.equip(device, done.written(Token)))

    def _organization(self, actor: Actor, organization_id: UUID) -> Organization:
        own = None if actor.found is None else actor.found.standing.organization
        if own is not None and own.id == organization_id:
            return own
        return find_organization(self._store, organization_id)

    def _newest(self, device: Device) -> Token | None:
        """The last token of the family that goes on; None where it has ended."""
        wanted = Wanted((self._tokens.kind.name,), None, device.family_id)
        rows = self._store.list_tokens(device.organization_id, wanted, _NEWEST)
        if not rows or revoked(self._tokens.kind, rows[0]):
            return None
        return rows[0].token

    def _again(self, caller: Asking, actor: Actor, device: Device) -> Equipped | None:
        """What the same idempotency key was given before: the same record, signed again."""
        repeat = self._keep.find(caller, actor, lambda _: True)
        if repeat is None:
            return None
        found = self._store.find_token(device.organization_id, repeat.subject_id)
        if found is None or revoked(self._tokens.kind, found) or found.standing.device != device:
            raise already_done(repeat.subject_id)
        return self._tokens.equip(device, found.token)
