"""Renew a device token: asked by the device itself. The rule is `core.renewal`'s."""

from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec.structs import replace

from tokenhouse.core.credential import Secret
from tokenhouse.core.device import is_proven
from tokenhouse.core.events import Event, Name
from tokenhouse.core.moment import SECOND, Moment
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.core.renewal import Again, Fresh, Presented, renew
from tokenhouse.core.standing import Found
from tokenhouse.core.token import Token
from tokenhouse.core.usage import OUTCOMES, Outcome
from tokenhouse.operations.admit import guards
from tokenhouse.operations.changes import Change, Put
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.device_tokens import DeviceTokens, Equipped
from tokenhouse.operations.guessing import Guesses
from tokenhouse.operations.ports import Clock, Store
from tokenhouse.operations.succeeding import succeeding
from tokenhouse.operations.usage import Usage
from tokenhouse.operations.verify import Recogniser

REFUSED_AFTER: Final = SECOND // 20
"""Every refusal leaves so long after its request came, whatever it took to find the cause."""


class Renewal(msgspec.Struct, frozen=True):
    """What a device presents: two numbers that are in it, and a token that it has."""

    cpu_id: Secret
    uuid: Secret
    token: Secret
    address: str


class Renew:
    """Gives devices successors of their tokens, one for each, however often it is asked."""

    def __init__(  # noqa: PLR0917 -- one port each, named where it is built
        self,
        store: Store,
        recogniser: Recogniser,
        guesses: Guesses,
        tokens: DeviceTokens,
        clock: Clock,
        usage: Usage,
    ) -> None:
        self._store = store
        self._recogniser = recogniser
        self._guesses = guesses
        self._tokens = tokens
        self._clock = clock
        self._usage = usage

    def __call__(self, asked: Renewal) -> Equipped:
        """Renew; raise one same Refused(UNAUTHENTICATED) for every cause that is not the limit's.

        Raises Refused(TOO_MANY) with the seconds to wait. Whoever has no token that we signed for
        a device is counted by his network, and slows no device; whoever has one is counted by it
        and his network, so that he slows the device elsewhere, and stops it nowhere else.
        """
        came_at = self._clock.now()
        try:
            return self._counted(asked)
        except Refused as refused:
            left = came_at + REFUSED_AFTER - self._clock.now()
            refused.delay = max(refused.delay, left / SECOND)
            raise

    def _counted(self, asked: Renewal) -> Equipped:
        found = self._find(asked)
        if found is None:
            with self._guesses.attempt_at_code(asked.address):
                raise _refused()
        with self._guesses.attempt_at_device(found.token.holder_id, asked.address) as delay:
            try:
                return self._decided(asked, found, delay)
            except Refused:
                if not self._store.left_ms():
                    raise
                return self._store.anew(  # a no is not taken from memory
                    lambda: self._decided(asked, self._store.find(found.token.id), delay)
                )

    def _decided(self, asked: Renewal, found: Found | None, delay: float) -> Equipped:
        reads = self._reads(found)
        return decide(self._store, lambda: self._plan(asked, next(reads), delay))

    def _reads(self, found: Found | None) -> Iterator[Found | None]:
        """What was found, and for each further attempt what there is then."""
        yield found
        while found is not None:
            yield self._store.find(found.token.id)

    def _find(self, asked: Renewal) -> Found | None:
        recognised = self._recogniser.find(asked.token, self._store)
        if recognised is None or recognised[0].name != self._tokens.kind.name:
            return None
        return recognised[1]

    def _plan(
        self, asked: Renewal, found: Found | None, delay: float
    ) -> Plan[Equipped] | Settled[Equipped]:
        if found is None:
            raise _refused(delay)
        device = found.standing.device
        proven = is_proven(device, asked.cpu_id, asked.uuid)
        presented = Presented(found, proven, self._successor(found.token))
        now = self._clock.now()
        expires_at = self._tokens.expiry(found.standing.organization, now)
        match renew(self._tokens.kind, presented, expires_at, now):
            case Again(successor):
                assert device is not None
                self._usage.count(found.token, Outcome.ACCEPTED, now)
                return Settled(self._tokens.equip(device, successor.token, delay))
            case Fresh() as fresh:
                self._usage.count(found.token, Outcome.ACCEPTED, now)
                return self._fresh(found, fresh, now, delay)
            case reason:
                outcome = OUTCOMES.get(reason, Outcome.INSUFFICIENT)  # good, but not proven
                self._usage.count(found.token, outcome, now)
                raise _refused(delay)

    def _successor(self, token: Token) -> Found | None:
        if token.successor_id is None:
            return None
        return self._store.find_token(token.organization_id, token.successor_id)

    def _fresh(self, found: Found, fresh: Fresh, now: Moment, delay: float) -> Plan[Equipped]:
        presented, device = found.token, found.standing.device
        assert device is not None
        first = self._tokens.first(device, device.id, found.standing.organization, now)
        token = succeeding(self._tokens.kind, first, presented, fresh.successor)
        renewed = replace(
            presented, version=presented.version + 1, successor_id=token.id, updated_at=now
        )
        event = Event(
            Name.TOKEN_RENEWED,
            device.organization_id,
            device.id,
            presented.id,
            presented.family_id,
            {"token": str(token.id), "number": device.number},
        )
        writes = Put(renewed, presented), Put(token)
        change = Change(device.organization_id, guards(found), writes, (event,))
        return Plan(change, lambda done: self._tokens.equip(device, _made(done.records), delay))


def _made(records: tuple[object, ...]) -> Token:
    """Of the two tokens that were written, the one that is new."""
    return next(one for one in records if isinstance(one, Token) and one.version == 1)


def _refused(delay: float = 0.0) -> Refused:
    return Refused(
        Code.UNAUTHENTICATED, "The device, or its token, is not what it should be.", delay=delay
    )
