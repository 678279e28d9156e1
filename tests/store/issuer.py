"""A program of its own: issues tokens on several threads, and says each one that was acknowledged.

Arguments: where the store is (a directory, or a URL), the ids of organization and membership, and
how many each thread has acknowledged before it ends.
"""

import os
import sys
from pathlib import Path
from threading import Thread
from uuid import UUID

import msgspec

from tokenhouse import logs
from tokenhouse.clock import StoreClock, SystemClock
from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Event, Name
from tokenhouse.core.identifier import ID_BYTES, PENDING, uuid7
from tokenhouse.core.principal import HolderKind
from tokenhouse.core.refusal import Unavailable
from tokenhouse.core.token import Token
from tokenhouse.operations.changes import Change, Committed, Put
from tokenhouse.operations.ports import Clock, Store
from tokenhouse.store.postgres import open_postgres
from tokenhouse.store.sqlite import open_sqlite

THREADS = 4


def opened(where: str) -> tuple[Store, Clock]:
    if where.startswith("postgresql:"):
        shared = StoreClock()
        return open_postgres(Secret(where), shared, os.urandom), shared
    clock = SystemClock()
    store = open_sqlite(Path(where), clock, os.urandom)
    clock.hold_floor(store.head()[1])
    return store, clock


def main(where: str, organization: str, membership: str, times: str) -> None:
    logs.start()
    store, clock = opened(where)
    organization_id, membership_id = UUID(organization), UUID(membership)
    first = Token(
        id=membership_id,
        version=1,
        kind="personal",
        organization_id=organization_id,
        holder_kind=HolderKind.MEMBERSHIP,
        holder_id=membership_id,
        family_id=membership_id,
        predecessor_id=None,
        sequence=PENDING,
        number=PENDING,
        status_index=None,
        fingerprint=None,
        hint="",
        description="",
        groups=None,
        made_by=membership_id,
        created_at=1,
        updated_at=1,
        expires_at=None,
        superseded_at=None,
        revoked_at=None,
    )

    def issue() -> None:
        done = 0
        while done < int(times):
            token_id = uuid7(clock.now(), os.urandom(ID_BYTES))
            happened = Event(Name.TOKEN_ISSUED, organization_id, None, None, token_id)
            token = msgspec.structs.replace(first, id=token_id)
            change = Change(organization_id, (), (Put(token),), (happened,))
            try:
                outcome = store.commit(change)
            except Unavailable:  # the lock was not to be had in time, or the server is away
                continue
            if isinstance(outcome, Committed):
                os.write(1, f"{token_id}\n".encode())
                done += 1

    threads = [Thread(target=issue) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
