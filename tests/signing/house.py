"""A deployment with signing keys and nothing else, and a clock that tests move."""

import os
from pathlib import Path
from typing import Any
from uuid import uuid4

from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Event, Name
from tokenhouse.core.moment import HOUR, SECOND, Moment, parse_moment
from tokenhouse.core.principal import DEPLOYMENT, Deployment
from tokenhouse.core.signing_key import KeyState, SigningKey
from tokenhouse.operations.admit import Admit
from tokenhouse.operations.at_machine import AtMachine
from tokenhouse.operations.changes import Change, Committed, Guard, Put
from tokenhouse.operations.keys import Keys, KeySmith
from tokenhouse.operations.ports import Entropy, Store
from tokenhouse.operations.signing_keys import PUBLISHED_KEPT_FOR, Rotated, SigningKeys
from tokenhouse.signing.keyring import Keyring
from tokenhouse.signing.keys import Smith
from tokenhouse.signing.master_keys import MasterKeys
from tokenhouse.signing.places import KeyFile
from tokenhouse.signing.vault import MasterVault
from tokenhouse.store.memory import MemoryStore

START = parse_moment("2030-01-01T00:00:00Z")
ISSUER = "http://localhost:8080"
SESSION = "session+jwt"
TYPS = frozenset({SESSION})
LONGEST = 12 * HOUR
SOMEBODY = AtMachine(DEPLOYMENT, "a test")


class HandClock:
    """A clock that stands until it is moved."""

    def __init__(self, moment: Moment = START) -> None:
        self.moment = moment

    def now(self) -> Moment:
        return self.moment

    def at(self, uptime: int) -> Moment:  # noqa: ARG002 -- it stands
        return self.now()

    def move(self, microseconds: int) -> None:
        self.moment += microseconds


class Node:
    """One process over the same store and the same directory."""

    def __init__(self, directory: Path, store: Store, clock: HandClock) -> None:
        self.place = KeyFile(directory / "master.key", os.urandom)
        self.smith = Smith(MasterKeys(self.place).find, os.urandom)
        self.keyring = Keyring(store, self.smith, clock)
        self._kept = (store, clock)
        self.work_with(self.smith, os.urandom)

    def work_with(self, smith: KeySmith, entropy: Entropy) -> None:
        store, clock = self._kept
        nobody: Any = None  # at the machine no token is judged, and no refusal counted
        admit = Admit(nobody, store, nobody, nobody)
        self.keys = Keys(store, smith, clock, entropy, MasterVault(lambda _: None, entropy))
        self.signing_keys = SigningKeys(admit, store, smith, clock, entropy, longest_life=LONGEST)

    def turn(self, published_for: int = PUBLISHED_KEPT_FOR) -> Rotated:
        """Rotate now, whatever time it is."""
        return self.signing_keys.rotate(SOMEBODY, published_for)

    def sign(self, **claims: str) -> Secret:
        return self.keyring.sign(SESSION, {"iss": ISSUER, "jti": str(uuid4()), **claims})

    def knows(self, text: Secret | str) -> bool:
        secret = Secret(text) if isinstance(text, str) else text
        return self.keyring.claimed(secret, TYPS, ISSUER) is not None

    def rewrap(self) -> tuple[SigningKey, ...]:
        with self.place.replaced() as master:
            return self.keys.rewrap(master.id)


class House(Node):
    """Set up, with an active key and a pending one."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.clock = HandClock()
        self.store: Store = MemoryStore(self.clock, os.urandom)
        super().__init__(directory, self.store, self.clock)
        self.master = self.place.make()
        write(self.store, deployment(), *self.keys.first(self.master.id))

    def other_process(self) -> Node:
        return Node(self.directory, self.store, self.clock)

    def in_state(self, state: KeyState) -> list[SigningKey]:
        now = self.clock.now()
        return [key for key in self.store.signing_keys() if key.state(now) is state]

    def rotate(self) -> None:
        self.clock.move(300 * SECOND)
        self.turn()


def deployment() -> Deployment:
    return Deployment(DEPLOYMENT, 1, ISSUER, "th", 0, START)


def write(store: Store, *records: Deployment | SigningKey) -> None:
    """Put records as they are, each over the version before."""
    guards = tuple(Guard(type(one), one.id, one.version - 1) for one in records)
    writes = tuple(Put(one) for one in records)
    event = Event(Name.DEPLOYMENT_CREATED, DEPLOYMENT, None, None, DEPLOYMENT)
    assert isinstance(store.commit(Change(DEPLOYMENT, guards, writes, (event,))), Committed)
