"""A place where nothing has been founded yet, on a store of one's choice."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Self

from stage import CHEAP, MovedClock
from tokenhouse.core.credential import Secret
from tokenhouse.core.signing_key import SigningKey
from tokenhouse.operations import Authority
from tokenhouse.operations.first_run import FirstRun
from tokenhouse.operations.found import Found, Founding
from tokenhouse.operations.ports import Attempts, Entropy, Store
from tokenhouse.signing.keys import Smith
from tokenhouse.signing.master_keys import MasterKeys
from tokenhouse.signing.passwords import Argon2Hasher
from tokenhouse.signing.places import KeyFile
from tokenhouse.store.memory import MemoryAttempts, MemoryStore
from tokenhouse.store.sqlite import SqliteAttempts, open_sqlite
from tokenhouse.wiring import Parts, build

ISSUER = "https://tokens.example.com"
PASSWORD = Secret("walnut glacier spindle")
FOUNDING = Founding("Example Corp", "ada@example.com", "Ada King", PASSWORD, ("SystemsRead",))


class Site:
    """A store without a deployment, and what founds one in it."""

    def __init__(
        self, store: Store, attempts: Attempts, clock: MovedClock, directory: Path
    ) -> None:
        self.store = store
        self.clock = clock
        self.directory = directory
        self.place = KeyFile(directory / "master.key", os.urandom)
        smith = Smith(MasterKeys(self.place).find, os.urandom)
        self.parts = Parts(store, attempts, clock, os.urandom, Argon2Hasher(CHEAP), smith)

    @classmethod
    def in_memory(cls, directory: Path, entropy: Entropy = os.urandom) -> Self:
        clock = MovedClock()
        return cls(MemoryStore(clock, entropy), MemoryAttempts(), clock, directory)

    @classmethod
    def on_sqlite(cls, directory: Path, entropy: Entropy = os.urandom) -> Self:
        clock = MovedClock()
        store = open_sqlite(directory, clock, entropy)
        return cls(store, SqliteAttempts(directory / "attempts.db"), clock, directory)

    def first_keys(self) -> tuple[SigningKey, ...]:
        return self.parts.keys().first(self.place.make().id)

    def found(self, issuer: str = ISSUER) -> Found:
        return self.parts.found(self.first_keys, issuer)

    def first_run(self, begin: Callable[[], object] = lambda: None) -> FirstRun:
        return FirstRun(self.found(), self.clock, os.urandom, "th", begin)

    def authority(self) -> Authority:
        deployment = self.store.deployment()
        assert deployment is not None
        return build(self.parts, deployment)
