"""Make a device, with the token that it begins with."""

from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.core.device import Device, new_device
from tokenhouse.core.events import Name
from tokenhouse.core.judge import revoked
from tokenhouse.core.moment import Moment, format_moment
from tokenhouse.core.principal import Organization
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.core.token import Token
from tokenhouse.operations.admit import Actor, Admit, Asking
from tokenhouse.operations.changes import Change, Put, Stretch, Wanted, guard_of
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.device_terms import DeviceTerms, check_device, device_told, with_terms
from tokenhouse.operations.device_tokens import DeviceTokens, Equipped
from tokenhouse.operations.keep import Keep, already_done
from tokenhouse.operations.mint import Mint
from tokenhouse.operations.narrowing import refuse_wider
from tokenhouse.operations.ports import Clock, Store
from tokenhouse.operations.reaching import WRITES_ALL, reach

_FIRST: Final = Stretch(1)


class DeviceDraft(msgspec.Struct, frozen=True):
    """A device to make. `organization_id` None: in the caller's own."""

    terms: DeviceTerms
    organization_id: UUID | None = None


class RegisterDevice:
    """Makes devices. What proves one, and its token, whoever makes it writes into the machine."""

    def __init__(  # noqa: PLR0917 -- one port each, named where it is built
        self,
        admit: Admit,
        store: Store,
        keep: Keep,
        mint: Mint,
        tokens: DeviceTokens,
        clock: Clock,
    ) -> None:
        self._admit = admit
        self._store = store
        self._keep = keep
        self._mint = mint
        self._tokens = tokens
        self._clock = clock

    def __call__(self, caller: Asking, draft: DeviceDraft) -> Equipped:
        """Make one; a `uuid` that is not named is made for it.

        Raises Refused: MALFORMED with all that is wrong, FORBIDDEN. A retry under the same
        idempotency key gives the same device and token, as long as that is good.
        """

        def plan() -> Plan[Equipped] | Settled[Equipped]:
            actor = self._admit(caller)
            if made := self._again(caller, actor):
                return Settled(made)
            refuse_wider(actor, ())
            now = self._clock.now()
            organization = self._organization(actor, draft)
            begun = new_device(organization.id, self._mint.id(now), self._mint.uuid(), now)
            device = with_terms(begun, draft.terms)
            check_device(self._store, device)
            token = self._tokens.first(device, actor.principal_id, organization, now)
            device = replace(device, family_id=token.family_id)
            kept = self._keep.plan(caller, actor, device.id)
            change = Change(
                organization.id,
                tuple(dict.fromkeys((*actor.guards, guard_of(organization)))),
                (Put(device), Put(token), *kept),
                (
                    actor.event(
                        Name.DEVICE_CREATED, organization.id, device.id, device_told(device)
                    ),
                    actor.event(Name.TOKEN_ISSUED, organization.id, token.id, _told(token, device)),
                ),
            )
            # Signed once the number of the device is known, which only the commit gives.
            return Plan(
                change, lambda done: self._tokens.equip(done.written(Device), done.written(Token))
            )

        return decide(self._store, plan)

    def _organization(self, actor: Actor, draft: DeviceDraft) -> Organization:
        reached = reach(actor, WRITES_ALL)
        named = draft.organization_id or actor.organization_id
        organization = None
        if reached.organization_id in {None, named}:
            organization = self._store.find_organization(named)
        if organization is None:
            problem = Problem("organization", "is not an organization that you reach")
            raise Refused(Code.MALFORMED, "The device cannot be so.", (problem,))
        return organization

    def _again(self, caller: Asking, actor: Actor) -> Equipped | None:
        """What the same idempotency key made before: the same record, signed again."""
        reached = reach(actor, WRITES_ALL)
        repeat = self._keep.find(
            caller, actor, lambda made: reached.device(self._store, made) is not None
        )
        if repeat is None:
            return None
        device = reached.device(self._store, repeat.subject_id)
        assert device is not None
        wanted = Wanted((self._tokens.kind.name,), None, device.family_id)
        rows = self._store.list_tokens(device.organization_id, wanted, _FIRST)
        if not rows or revoked(self._tokens.kind, rows[0]):
            raise already_done(device.id)
        return self._tokens.equip(device, rows[0].token)


def _told(token: Token, device: Device) -> dict[str, str | int | bool | list[str] | None]:
    expires_at: Moment | None = token.expires_at
    return {
        "kind": token.kind,
        "expires_at": None if expires_at is None else format_moment(expires_at),
        "family": str(token.family_id),
        "predecessor": None,
        "device": str(device.id),
    }
