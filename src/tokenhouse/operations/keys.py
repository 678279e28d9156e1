"""Signing keys: publish, rotate, seal under another master key, or give up and begin anew."""

import json
from typing import Final, Protocol
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.core.events import Details, Event, Name
from tokenhouse.core.identifier import ID_BYTES, uuid7
from tokenhouse.core.moment import SECOND, Moment, format_moment
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.core.signing_key import RENEWAL_GRACE, KeyState, SigningKey
from tokenhouse.operations.changes import Change, Guard, Put
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.ports import Clock, Entropy, Store

PUBLISHED_KEPT_FOR: Final = 300 * SECOND
"""How long whoever fetched the published keys may go on with them, in microseconds."""

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


class Rotated(msgspec.Struct, frozen=True):
    """What a rotation did; `retiring` verifies until its `retires_at`."""

    active: SigningKey
    retiring: SigningKey
    pending: SigningKey


class Keys:
    """What can be done with signing keys. Everything but reading is the operator's at the machine.

    Keys are no organization's: changes name DEPLOYMENT, and their events no actor.
    """

    def __init__(self, store: Store, smith: KeySmith, clock: Clock, entropy: Entropy) -> None:
        self._store = store
        self._smith = smith
        self._clock = clock
        self._entropy = entropy

    def listed(self) -> tuple[ListedKey, ...]:
        """All keys, oldest first."""
        now = self._clock.now()
        return tuple(
            ListedKey(key, key.state(now), _is_published(key, now))
            for key in self._store.signing_keys()
        )

    def published(self) -> dict[str, list[dict[str, str]]]:
        """The JWK Set (RFC 7517) of the keys that verifiers need: the active one comes first."""
        shown = [listed for listed in self.listed() if listed.published]
        shown.sort(key=lambda listed: _SHOWN_IN_ORDER.index(listed.state))
        return {"keys": [_public_part(listed.key) for listed in shown]}

    def first(self, master_key_id: str) -> tuple[SigningKey, SigningKey]:
        """An active key and a pending one, for the change that sets a deployment up."""
        now = self._clock.now()
        return self._pair(master_key_id, now)

    def rotate(self, longest_life: int, published_for: int = PUBLISHED_KEPT_FOR) -> Rotated:
        """Sign with the pending key from now on, and make a new pending one.

        The key that signed until now loses its private part, and verifies until the last token
        that it signed, which lives `longest_life` (µs) at most, can no longer be renewed. Raises
        Refused(UNPROCESSABLE) when verifiers may not know the pending key yet: it must have been
        published for `published_for` (µs).
        """
        return decide(self._store, lambda: self._rotation(longest_life, published_for))

    def rewrap(self, master_key_id: str) -> tuple[SigningKey, ...]:
        """Seal every private part under another master key; give those that were not yet."""
        return decide(self._store, lambda: self._rewrapping(master_key_id))

    def abandon(self, master_key_id: str) -> tuple[SigningKey, ...]:
        """End every key at once, and make new ones under this master key; give the ended ones.

        Nothing that they signed is good any more. Retiring keys end too: whoever has found the
        lost master key could open their private parts from an old copy of the database.
        """
        return decide(self._store, lambda: self._abandonment(master_key_id))

    def _rotation(self, longest_life: int, published_for: int) -> Plan[Rotated]:
        now = self._clock.now()
        keys = self._store.signing_keys()
        active, pending = _one(keys, KeyState.ACTIVE, now), _one(keys, KeyState.PENDING, now)
        _refuse_unknown_to_verifiers(pending, published_for, now)
        until = now + longest_life + RENEWAL_GRACE
        retiring = replace(_changed(active), sealed=None, retires_at=until)
        promoted = replace(_changed(pending), activated_at=now)
        # Under the master key of the record, not of the file: while that is being replaced they
        # differ, and the guard on the record is what notices.
        made = self._smith.make(self._id(now), pending.master_key_id, now)
        details: Details = {
            "predecessor": str(active.id),
            "predecessor_verifies_until": format_moment(until),
            "published_seconds": (now - pending.created_at) // SECOND,
        }
        change = Change(
            DEPLOYMENT,
            (_guard(active), _guard(pending)),
            (Put(retiring), Put(promoted), Put(made)),
            (_event(Name.KEY_ROTATED, promoted, details), _event(Name.KEY_CREATED, made)),
        )
        return Plan(change, lambda _: Rotated(promoted, retiring, made))

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
            tuple(_guard(key) for key in behind),
            tuple(Put(key) for key in resealed),
            events,
        )
        return Plan(change, lambda _: resealed)

    def _abandonment(self, master_key_id: str) -> Plan[tuple[SigningKey, ...]]:
        now = self._clock.now()
        living = tuple(
            key for key in self._store.signing_keys() if key.state(now) is not KeyState.RETIRED
        )
        ended = tuple(replace(_changed(key), sealed=None, retires_at=now) for key in living)
        made = self._pair(master_key_id, now)
        change = Change(
            DEPLOYMENT,
            tuple(_guard(key) for key in living),
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


def _one(keys: tuple[SigningKey, ...], state: KeyState, now: Moment) -> SigningKey:
    for key in keys:
        if key.state(now) is state:
            return key
    raise Refused(Code.UNPROCESSABLE, f"No signing key is {state.value}; nothing was set up here.")


def _refuse_unknown_to_verifiers(pending: SigningKey, published_for: int, now: Moment) -> None:
    missing = pending.created_at + published_for - now
    if missing > 0:
        raise Refused(
            Code.UNPROCESSABLE,
            f"The pending key {pending.id} has not been published for "
            f"{published_for // SECOND} seconds yet, so verifiers may not know it and would "
            f"refuse what it signs; try again in {-(-missing // SECOND)} seconds.",
        )


def _is_published(key: SigningKey, now: Moment) -> bool:
    """Until its last token expires. The grace after that is for renewal, which is ours alone."""
    return key.retires_at is None or now < key.retires_at - RENEWAL_GRACE


def _public_part(key: SigningKey) -> dict[str, str]:
    jwk = json.loads(key.public)
    return {name: jwk[name] for name in _PUBLIC_NAMES if name in jwk}


def _changed(key: SigningKey) -> SigningKey:
    return replace(key, version=key.version + 1)


def _guard(key: SigningKey) -> Guard:
    return Guard(SigningKey, key.id, key.version)


def _event(name: Name, key: SigningKey, details: Details | None = None) -> Event:
    return Event(name, DEPLOYMENT, None, None, key.id, details or {})
