"""The signing keys as operators see them: which there are, and rotating them."""

from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.core.events import Details, Name
from tokenhouse.core.identifier import ID_BYTES, uuid7
from tokenhouse.core.moment import SECOND, Moment, format_moment
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.core.signing_key import RENEWAL_GRACE, SIGNED_LATE, KeyState, SigningKey
from tokenhouse.operations.admit import Admit, Asking
from tokenhouse.operations.changes import Change, Put, guard_of
from tokenhouse.operations.decide import Plan, decide
from tokenhouse.operations.keys import KeySmith, ListedKey, changed, listed
from tokenhouse.operations.ports import Clock, Entropy, Store

PUBLISHED_KEPT_FOR: Final = 300 * SECOND
"""How long whoever fetched the published keys may go on with them, in microseconds."""


class Rotated(msgspec.Struct, frozen=True):
    """What a rotation did; `retiring` verifies until its `retires_at`."""

    active: SigningKey
    retiring: SigningKey
    pending: SigningKey


class SigningKeys:
    """Lists and rotates signing keys. They are no organization's: changes name DEPLOYMENT.

    `longest_life` is what the longest-lived token lives which they sign, in microseconds.
    """

    def __init__(
        self,
        admit: Admit,
        store: Store,
        smith: KeySmith,
        clock: Clock,
        entropy: Entropy,
        *,
        longest_life: int,
    ) -> None:
        self._admit = admit
        self._store = store
        self._smith = smith
        self._clock = clock
        self._entropy = entropy
        self._longest_life = longest_life

    def listed(self, caller: Asking) -> tuple[ListedKey, ...]:
        """All keys, oldest first."""
        self._admit(caller)
        return listed(self._store, self._clock.now())

    def rotate(self, caller: Asking, published_for: int = PUBLISHED_KEPT_FOR) -> Rotated:
        """Sign with the pending key from now on, and make a new pending one.

        The key that signed until now loses its private part, and verifies until the last token
        that it signed can no longer be renewed. Raises Refused(UNPROCESSABLE) when verifiers may
        not know the pending key yet: it must have been published for `published_for` (µs).
        """
        return decide(self._store, lambda: self._rotation(caller, published_for))

    def _rotation(self, caller: Asking, published_for: int) -> Plan[Rotated]:
        actor = self._admit(caller)
        now = self._clock.now()
        keys = self._store.signing_keys()
        active, pending = _one(keys, KeyState.ACTIVE, now), _one(keys, KeyState.PENDING, now)
        _refuse_unknown_to_verifiers(pending, published_for, now)
        until = now + self._longest_life + SIGNED_LATE + RENEWAL_GRACE
        retiring = replace(changed(active), sealed=None, retires_at=until)
        promoted = replace(changed(pending), activated_at=now)
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
            (*actor.guards, guard_of(active), guard_of(pending)),
            (Put(retiring), Put(promoted), Put(made)),
            (
                actor.event(Name.KEY_ROTATED, DEPLOYMENT, promoted.id, details),
                actor.event(Name.KEY_CREATED, DEPLOYMENT, made.id, {}),
            ),
        )
        return Plan(change, lambda _: Rotated(promoted, retiring, made))

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
