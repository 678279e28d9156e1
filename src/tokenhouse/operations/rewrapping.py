"""Seal the secrets of authenticator apps under another master key, some at a time."""

from typing import Final
from uuid import UUID

from msgspec.structs import replace

from tokenhouse.core.events import Event, Name
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.refusal import Unavailable
from tokenhouse.core.second_factor import Totp
from tokenhouse.operations.changes import Change, Put, guard_of
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.ports import Store, Vault
from tokenhouse.operations.second_factor import totp_context

_AT_ONCE: Final = 200


def rewrap_apps(store: Store, vault: Vault, master_key_id: str) -> None:
    """Reseal what is under another master key. What does not open there is left as it is."""
    after: UUID | None = UUID(int=0)
    while after is not None:
        after = _some(store, vault, master_key_id, after)


def _some(store: Store, vault: Vault, master_key_id: str, after: UUID) -> UUID | None:
    """Reseal some behind an id; give the last one's, None where there were none."""

    def plan() -> Plan[UUID | None] | Settled[UUID | None]:
        behind = store.totps_under_another(master_key_id, after, _AT_ONCE)
        last = behind[-1].id if behind else None
        pairs = [(one, _resealed(one, vault, master_key_id)) for one in behind]
        opened = [(before, later) for before, later in pairs if later is not None]
        if not opened:
            return Settled(last)
        details: dict[str, str | int | bool | list[str] | None] = {
            "apps": len(opened),
            "master_key_after": master_key_id,
        }
        change = Change(
            DEPLOYMENT,
            tuple(guard_of(before) for before, _ in opened),
            tuple(Put(later) for _, later in opened),
            (Event(Name.FACTORS_REWRAPPED, DEPLOYMENT, None, None, DEPLOYMENT, details),),
        )
        return Plan(change, lambda _: last)

    return decide(store, plan)


def _resealed(totp: Totp, vault: Vault, master_key_id: str) -> Totp | None:
    context = totp_context(totp.id)
    try:
        secret = vault.open(totp.sealed, context, totp.master_key_id)
    except Unavailable:  # its master key was lost before, and the app with it
        return None
    sealed = vault.seal(secret, context, master_key_id)
    return replace(totp, version=totp.version + 1, sealed=sealed, master_key_id=master_key_id)
