"""A program of its own: one node that commits to a store as fast as it can, without HTTP.

Arguments: where the store is (a directory, or the URL of a PostgreSQL database), how many threads
commit, and for how many seconds. Says `ready`, waits for a line, and in the end says in JSON how
many changes were acknowledged in how many seconds. Each is what issuing one token writes.
"""

import json
import os
import sys
import time
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import Any

from msgspec.structs import replace

from tokenhouse.clock import StoreClock, SystemClock
from tokenhouse.config import BRAND
from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Event, Name
from tokenhouse.core.identifier import ID_BYTES, uuid7
from tokenhouse.core.standing import Standing
from tokenhouse.core.token import Token
from tokenhouse.demo import firm
from tokenhouse.kinds.organizational import ORGANIZATIONAL
from tokenhouse.operations.admit import standing_guards
from tokenhouse.operations.changes import Change, Committed, Put
from tokenhouse.operations.mint import Mint, Owner
from tokenhouse.operations.set_up import SetUp
from tokenhouse.signing.passwords import Argon2Hasher
from tokenhouse.store.postgres import open_postgres
from tokenhouse.store.sqlite import open_sqlite

_FINGERPRINT_BYTES = 32


class _Node:
    """One process of the deployment, with its own committer."""

    def __init__(self, place: str) -> None:
        self.clock: Any = SystemClock()
        if "://" in place:
            self.clock = StoreClock()
            self.store: Any = open_postgres(Secret(place), self.clock, os.urandom)
        else:
            self.store = open_sqlite(Path(place), self.clock, os.urandom)
        self.clock.hold_floor(self.store.head()[1])
        standing = self._standing()
        self._guards = standing_guards(standing)
        self._first = _first_token(standing)

    def _standing(self) -> Standing:
        mint = Mint(os.urandom, BRAND)
        blueprint = firm.blueprint("http://localhost", BRAND, lambda _: Secret(os.urandom(8).hex()))
        SetUp(self.store, Argon2Hasher(), self.clock, mint)(blueprint, ())
        record = self.store.find_for_sign_in(firm.MEMBERS[0].email)
        standing = self.store.standing(record.memberships[0].id)
        assert isinstance(standing, Standing)
        return standing

    def commit_one(self) -> None:
        """Issue a token as far as the store is concerned, with all that this relies on."""
        token_id = uuid7(self.clock.now(), os.urandom(ID_BYTES))
        token = replace(
            self._first,
            id=token_id,
            family_id=token_id,
            fingerprint=os.urandom(_FINGERPRINT_BYTES),
        )
        happened = Event(Name.TOKEN_ISSUED, token.organization_id, None, None, token_id)
        change = Change(token.organization_id, self._guards, (Put(token),), (happened,))
        outcome = self.store.commit(change)
        assert isinstance(outcome, Committed), "nobody changes what it relies on"


def _first_token(standing: Standing) -> Token:
    organization_id = standing.organization.id
    owner = Owner(organization_id, organization_id, organization_id)
    token = Mint(os.urandom, BRAND).token(ORGANIZATIONAL, owner, 1)
    return replace(token, groups=tuple(group.id for group in standing.groups), description="bench")


def main(place: str, threads: str, seconds: str) -> None:
    """Run one node to its end."""
    node = _Node(place)
    print("ready", flush=True)
    sys.stdin.readline()
    counts = [0] * int(threads)
    enough = Flag()

    def work(thread: int) -> None:
        while not enough.is_set():
            node.commit_one()
            counts[thread] += 1

    started = time.monotonic()
    workers = [Thread(target=work, args=(thread,)) for thread in range(len(counts))]
    for worker in workers:
        worker.start()
    enough.wait(float(seconds))
    enough.set()
    for worker in workers:
        worker.join()
    took = time.monotonic() - started
    node.store.close()
    print(json.dumps({"changes": sum(counts), "seconds": took}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
