"""Signing keys: publish, seal under another master key, or give up and begin anew."""

import json
from typing import Final, Protocol
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.core.events import Details, Event, Name
from tokenhouse.core.identifier import ID_BYTES, uuid7
from tokenhouse.core.moment import Moment
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.signing_key import RENEWAL_GRACE, KeyState, SigningKey
from tokenhouse.operations.changes import Change, Put, guard_of
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.ports import Clock, Entropy, Store, Vault
from tokenhouse.operations.rewrapping import rewrap_apps

_PUBLIC_NAMES: Final = ("kty", "crv", "x", "y", "kid", "alg", "use")
_SHOWN_IN_ORDER: Final = (KeyState.ACTIVE, KeyState.RETIRING, KeyState.PENDING)


class KeySmith(Protocol):
    """Makes key pairs and seals their private parts. Raises Unavailable without the master key."""

    def make(self, key_id: UUID, master_key_id: str, now: Moment) -> SigningKey:
        """A new key that signs nothing yet, sealed under that master key."""

    def reseal(self, key: SigningKey, master_key_id: str) -> SigningKey:
        """The same key sealed under another master key, one version later."""


class ListedKey(msgspec.Struct, frozen=True):
    """One key as it is now. `published` says whether verifiers are still shown it."""

    key: SigningKey
    state: KeyState
    published: bool


class Keys:
    """What is done with signing keys where no token can ask for it, mostly at the machine.

    Keys are no organization's: changes name DEPLOYMENT, and these events no actor.
    """

    def __init__(
        self, store: Store, smith: KeySmith, clock: Clock, entropy: Entropy, vault: Vault
    ) -> None:
        self._store = store
        self._smith = smith
        self._clock = clock
        self._entropy = entropy
        self._vault = vault

    def published(self) -> dict[str, list[dict[str, str]]]:
        """The JWK Set (RFC 7517) of the keys that verifiers need: the active one comes first."""
        shown = [one for one in listed(self._store, self._clock.now()) if one.published]
        shown.sort(key=lambda one: _SHOWN_IN_ORDER.index(one.state))
        return {"keys": [_public_part(one.key) for one in shown]}

    def first(self, master_key_id: str) -> tuple[SigningKey, SigningKey]:
        """An active key and a pending one, for the change that sets a deployment up."""
        now = self._clock.now()
        return self._pair(master_key_id, now)

    def rewrap(self, master_key_id: str) -> tuple[SigningKey, ...]:
        """Seal every private part under another master key; give those that were not yet.

        Behind them the secrets of authenticator apps: a new one relies on a signing key, and so
        is sealed under this master key from then on.
        """
        resealed = decide(self._store, lambda: self._rewrapping(master_key_id))
        rewrap_apps(self._store, self._vault, master_key_id)
        return resealed

    def abandon(self, master_key_id: str) -> tuple[SigningKey, ...]:
        """End every key at once, and make new ones under this master key; give the ended ones.

        Nothing that they signed is good any more. Retiring keys end too: whoever has found the
        lost master key could open their private parts from an old copy of the database.
        """
        return decide(self._store, lambda: self._abandonment(master_key_id))

    def _rewrapping(
        self, master_key_id: str
    ) -> Plan[tuple[SigningKey, ...]] | Settled[tuple[SigningKey, ...]]:
        behind = tuple(
            key
            for key in self._store.signing_keys()
            if key.sealed is not None and key.master_key_id != master_key_id
        )
        if not behind:
            return Settled(())
        resealed = tuple(self._smith.reseal(key, master_key_id) for key in behind)
        events = tuple(
            _event(
                Name.KEY_REWRAPPED,
                key,
                {"master_key_before": key.master_key_id, "master_key_after": master_key_id},
            )
            for key in behind
        )
        change = Change(
            DEPLOYMENT,
            tuple(guard_of(key) for key in behind),
            tuple(Put(key) for key in resealed),
            events,
        )
        return Plan(change, lambda _: resealed)

    def _abandonment(self, master_key_id: str) -> Plan[tuple[SigningKey, ...]]:
        now = self._clock.now()
        living = tuple(
            key for key in self._store.signing_keys() if key.state(now) is not KeyState.RETIRED
        )
        ended = tuple(replace(changed(key), sealed=None, retires_at=now) for key in living)
        made = self._pair(master_key_id, now)
        change = Change(
            DEPLOYMENT,
            tuple(guard_of(key) for key in living),
            tuple(Put(key) for key in (*ended, *made)),
            (
                *(_event(Name.KEY_ABANDONED, key) for key in ended),
                *(_event(Name.KEY_CREATED, key) for key in made),
            ),
        )
        return Plan(change, lambda _: ended)

    def _pair(self, master_key_id: str, now: Moment) -> tuple[SigningKey, SigningKey]:
        # Both are made at one moment: the smaller id is the older one wherever keys are listed.
        ids = sorted(self._id(now) for _ in range(2))
        active, pending = (self._smith.make(key_id, master_key_id, now) for key_id in ids)
        return replace(active, activated_at=now), pending

    def _id(self, now: Moment) -> UUID:
        return uuid7(now, self._entropy(ID_BYTES))


def listed(store: Store, now: Moment) -> tuple[ListedKey, ...]:
    """All keys, oldest first, as they are at this moment."""
    return tuple(
        ListedKey(key, key.state(now), _is_published(key, now)) for key in store.signing_keys()
    )


def _is_published(key: SigningKey, now: Moment) -> bool:
    """Until its last token expires. The grace after that is for renewal, which is ours alone."""
    return key.retires_at is None or now < key.retires_at - RENEWAL_GRACE


def _public_part(key: SigningKey) -> dict[str, str]:
    jwk = json.loads(key.public)
    return {name: jwk[name] for name in _PUBLIC_NAMES if name in jwk}


def changed(key: SigningKey) -> SigningKey:
    """The key one version later."""
    return replace(key, version=key.version + 1)


def _event(name: Name, key: SigningKey, details: Details | None = None) -> Event:
    return Event(name, DEPLOYMENT, None, None, key.id, details or {})
