"""What is asked of a store that several processes share, whichever engine it is on."""

import subprocess
import sys
from pathlib import Path
from uuid import UUID

from conformance.world import World
from tokenhouse.core.events import GENESIS, broken_at
from tokenhouse.operations.changes import Page
from tokenhouse.operations.ports import Store

ISSUER = Path(__file__).with_name("issuer.py")


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
