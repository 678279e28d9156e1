"""What is asked of a store that several processes share, whichever engine it is on."""

import subprocess
import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Thread
from uuid import UUID

from msgspec.structs import replace

from conformance.world import World
from tokenhouse.core.events import GENESIS, broken_at
from tokenhouse.operations.changes import Committed, Conflict, Page, Put
from tokenhouse.operations.ports import Store

BEFORE_CLOCKS = """
ALTER TABLE head DROP COLUMN clock_accepted;
ALTER TABLE head DROP COLUMN clock_jumped;
DELETE FROM migrations WHERE number = 3
"""
"""Takes a database back to before migration 3."""
BEFORE_DEVICES = """
DROP TABLE devices;
DELETE FROM migrations WHERE number = 8
"""
"""Takes a database back to before migration 8, but for what a holder may be."""
BEFORE_CLIENTS = f"""
{BEFORE_DEVICES};
ALTER TABLE tokens DROP COLUMN client_id;
ALTER TABLE tokens DROP COLUMN auth_time;
ALTER TABLE tokens DROP COLUMN successor_id;
ALTER TABLE tokens DROP COLUMN sealed;
DELETE FROM migrations WHERE number = 6
"""
"""Takes a database back to before migration 6."""
BEFORE_SCOPE_AS = """
ALTER TABLE clients DROP COLUMN scope_as;
DELETE FROM migrations WHERE number = 7
"""
"""Takes a database back to before migration 7."""
BEFORE_OWN_STRINGS = "DELETE FROM migrations WHERE number = 14"
"""Takes a database back to before migration 14, but for where a sealed string stands."""
AT_NO_CLIENT = {"client_id": None, "auth_time": None, "successor_id": None, "sealed": None}
"""What such a database tells of a token."""
ISSUER = Path(__file__).with_name("issuer.py")


def family_from_before(world: World) -> list[UUID]:
    """Three generations as they were before migration 14: the string stands with the second."""
    first, second, third = (
        world.new_token(kind="refresh", superseded_at=None, successor_id=None, sealed=None)
        for _ in range(3)
    )
    at, of = world.clock.moment, {"family_id": first.id}
    world.put(replace(first, superseded_at=at, successor_id=second.id))
    sealing = replace(second, superseded_at=at, successor_id=third.id, sealed=b"string", **of)
    world.put(replace(sealing, predecessor_id=first.id))
    world.put(replace(third, predecessor_id=second.id, **of))
    return [first.id, second.id, third.id]


def assert_the_end_keeps_its_own_string(store: Store, family: list[UUID]) -> None:
    """Nothing else of the family keeps any."""
    found = [store.find(one) for one in family]
    assert [one and one.token.sealed for one in found] == [None, None, b"string"]


def issuer(where: str, world: World, times: int) -> subprocess.Popen[bytes]:
    """Another process that issues tokens, and says each one that was acknowledged."""
    ids = str(world.organization.id), str(world.membership.id)
    program = [sys.executable, str(ISSUER), where, *ids, str(times)]
    return subprocess.Popen(program, stdout=subprocess.PIPE)


def said(out: bytes) -> list[UUID]:
    """The ids that were told whole: a killed program may stop within a line."""
    return [UUID(line.decode()) for line in out.split(b"\n")[:-1]]


def assert_whole(store: Store) -> None:
    """One order without a gap, and an unbroken chain."""
    last, _ = store.head()
    events = store.events(None, 0, last + 1)
    assert [event.sequence for event in events] == list(range(1, last + 1))
    assert broken_at(list(events), GENESIS) is None
    assert [entry.sequence for entry in store.feed(0, last + 1)] == list(range(1, last + 1))


def numbers(world: World) -> list[int]:
    """The numbers of all tokens, in order."""
    page = Page("created_at", descending=False, offset=0, size=100_000)
    tokens = world.store.page_tokens(world.organization.id, "personal", None, page)
    return sorted(token.number for token in tokens if token.number is not None)


def assert_two_processes_commit_in_one_order(world: World, where: str, each: int) -> None:
    """Another process issues on its threads while this one does, and no number is missing."""
    program = issuer(where, world, each)
    assert program.stdout is not None
    with program.stdout:  # communicate() would pass over what readline() has read ahead
        first = program.stdout.readline()
        own = [world.issue(expires_at=None) for _ in range(each)]
        theirs = said(first + program.stdout.read())
    assert program.wait(60) == 0
    assert len(theirs) == 4 * each
    for token_id in [*theirs, *(token.id for token in own)]:
        assert world.store.find(token_id) is not None
    given = numbers(world)
    assert given == list(range(1, len(given) + 1))
    assert len(given) >= 5 * each
    assert_whole(world.store)


def assert_a_bad_change_fails_alone(world: World, gate: AbstractContextManager[object]) -> None:
    """While the lock is held, by `gate`, many changes gather into one batch."""
    taken = world.new_group(name=world.group.name)
    broken = world.new_token(fingerprint=b"not 32 bytes")
    good = [world.new_token() for _ in range(8)]
    changes = [world.change(Put(record)) for record in [*good[:4], taken, broken, *good[4:]]]
    outcomes: dict[int, object] = {}

    def act(number: int) -> None:
        try:
            outcomes[number] = world.store.commit(changes[number])
        except ValueError as error:
            outcomes[number] = error

    threads = [Thread(target=act, args=(number,)) for number in range(len(changes))]
    with gate:
        for thread in threads:
            thread.start()
        time.sleep(0.2)
    for thread in threads:
        thread.join()
    assert outcomes.pop(4) == Conflict()
    assert isinstance(outcomes.pop(5), ValueError)
    assert all(isinstance(one, Committed) for one in outcomes.values())
    found = [world.store.find(token.id) for token in good]
    assert sorted(one.token.number or 0 for one in found if one) == list(range(1, 9))
