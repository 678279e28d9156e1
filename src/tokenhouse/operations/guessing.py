"""Guessing at passwords: stopped where it comes from, slowed for the person it is aimed at."""

import hashlib
import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.core.moment import SECOND, Moment
from tokenhouse.core.refusal import Code, Refused, Unavailable
from tokenhouse.operations.ports import Attempts, Clock


class Limit(msgspec.Struct, frozen=True):
    """So many attempts at once, then one each `interval` microseconds."""

    burst: int
    interval: int


PER_PERSON_AND_NETWORK: Final = Limit(20, 30 * SECOND)
PER_NETWORK: Final = Limit(200, 2 * SECOND)
PER_PERSON: Final = Limit(20, 10 * SECOND)
CODES_PER_PERSON: Final = Limit(5, 120 * SECOND)
"""Of an app's codes, wherever they come from: only whoever knows the password gets there."""
LONGEST_DELAY: Final = 2 * SECOND
"""The total per person only delays: whoever guesses from many networks must not lock it out."""


class Guess(msgspec.Struct, frozen=True):
    """One counted attempt. `delay` is seconds by which its answer is held back.

    `origin` is the network that it came from, or the client that proved itself beside it.
    """

    email: str
    origin: str
    delay: float


class Guesses:
    """Counts attempts before a password is looked at; what was no guess is given back."""

    def __init__(self, attempts: Attempts, clock: Clock) -> None:
        self._attempts = attempts
        self._clock = clock

    def count(self, email: str, address: str) -> Guess:
        """Count one attempt; raise Refused(TOO_MANY) with the seconds to wait."""
        return self._count(email, _network(address))

    def _count(self, email: str, origin: str) -> Guess:
        now = self._clock.now()
        for key, limit in _bounds(email, origin):
            self._take(key, limit, now)
        wait = self._attempts.take(
            _key("person", email), PER_PERSON.burst, PER_PERSON.interval, now
        )
        return Guess(email, origin, min(wait, LONGEST_DELAY) / SECOND)

    @contextmanager
    def attempt(self, email: str, address: str) -> Iterator[Guess]:
        """Count one attempt at a password, and give it back unless what follows refuses.

        A right password that is refused has to count like a wrong one, or the limit would tell
        the two apart; whoever got no answer guessed not.
        """
        with self._given_back(self.count(email, address)) as guess:
            yield guess

    @contextmanager
    def attempt_at_client(self, email: str, client_id: UUID) -> Iterator[Guess]:
        """The same where a client has proved itself: by the client, wherever it is asked from.

        All people of an application come from the network of its servers.
        """
        with self._given_back(self._count(email, f"client {client_id}")) as guess:
            yield guess

    @contextmanager
    def attempt_at_second_factor(self, person_id: UUID) -> Iterator[None]:
        """The same of a code of six digits, behind a password or a link that was right.

        By the person alone, and it stops: from many networks together they would soon be guessed.
        No stranger comes so far; whoever does leaves the person his passkeys and recovery codes.
        """
        key = _key("second factor", str(person_id))
        self._take(key, CODES_PER_PERSON, self._clock.now())
        try:
            yield
        except Unavailable:
            self._attempts.give_back(key, CODES_PER_PERSON.interval)
            raise
        self._attempts.give_back(key, CODES_PER_PERSON.interval)

    @contextmanager
    def attempt_at_device(self, device_id: UUID, address: str) -> Iterator[float]:
        """Look whether one may try to prove a device, and count what is refused then.

        Gives the seconds by which the answer is held back.
        By the device and the network, and by no network alone: thousands of devices share one, in
        which a stranger must not stop them all. They renew in crowds, and hardly ever wrongly, so
        it is counted after the look at what proves them; as many guesses too many can go by as are
        looked at in the same moment, which no proof of ours is so short as to mind.
        """
        name, now = f"device {device_id}", self._clock.now()
        here = _key("person and network", name, _network(address))
        anywhere = _key("person", name)
        asked = ((here, PER_PERSON_AND_NETWORK), (anywhere, PER_PERSON))
        wait, delay = self._attempts.waits(
            tuple((key, limit.burst, limit.interval) for key, limit in asked), now
        )
        _refuse_early(wait)
        try:
            yield min(delay, LONGEST_DELAY) / SECOND
        except Refused:
            self._take(here, PER_PERSON_AND_NETWORK, now)
            self._attempts.take(anywhere, PER_PERSON.burst, PER_PERSON.interval, now)
            raise

    @contextmanager
    def _given_back(self, guess: Guess) -> Iterator[Guess]:
        try:
            yield guess
        except Unavailable:
            self.give_back(guess)
            raise
        self.give_back(guess)

    @contextmanager
    def attempt_at_code(self, address: str) -> Iterator[None]:
        """The same of a one-time code, which names nobody: by the network alone."""
        key = _key("network", _network(address))
        self._take(key, PER_NETWORK, self._clock.now())
        try:
            yield
        except Unavailable:
            self._attempts.give_back(key, PER_NETWORK.interval)
            raise
        self._attempts.give_back(key, PER_NETWORK.interval)

    def _take(self, key: bytes, limit: Limit, now: Moment) -> None:
        _refuse_early(self._attempts.take(key, limit.burst, limit.interval, now))

    def give_back(self, guess: Guess) -> None:
        """Take back an attempt that was none."""
        for key, limit in _bounds(guess.email, guess.origin):
            self._attempts.give_back(key, limit.interval)
        if guess.delay == 0:  # what was delayed was not counted
            self._attempts.give_back(_key("person", guess.email), PER_PERSON.interval)


def _refuse_early(wait: int) -> None:
    if wait > 0:
        seconds = -(-wait // SECOND)
        raise Refused(Code.TOO_MANY, "Too many attempts; wait a little.", retry_after=seconds)


def _bounds(email: str, origin: str) -> tuple[tuple[bytes, Limit], ...]:
    return (
        (_key("network", origin), PER_NETWORK),
        (_key("person and network", email, origin), PER_PERSON_AND_NETWORK),
    )


@lru_cache(maxsize=1_024)
def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    prefix = 24 if parsed.version == 4 else 56
    return str(ipaddress.ip_network((parsed, prefix), strict=False))


def _key(*parts: str) -> bytes:
    hashed = hashlib.sha256()
    for part in parts:
        encoded = part.encode()
        hashed.update(len(encoded).to_bytes(4, "big") + encoded)
    return hashed.digest()
