"""The chain as it stands in the database: whatever somebody does to it there is found."""

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from engines import opened
from stage import MovedClock, Stage
from tokenhouse.core.chain import BEGINNING, Place, walk
from tokenhouse.core.events import Event, Name
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.operations import chain
from tokenhouse.operations.at_machine import AtMachine
from tokenhouse.operations.changes import Change, Committed
from tokenhouse.store.sqlite import FILE

SOMEBODY = AtMachine(DEPLOYMENT, "a test")
NUMBER = 1_000


def write(stage: Stage, number: int) -> int:
    """Write so many events of the organization, a thousand a change; give the head."""
    mine = stage.organization_id
    for start in range(0, number, 1_000):
        events = tuple(
            Event(Name.TOKEN_ISSUED, mine, None, None, mine, {"description": str(place)})
            for place in range(start, min(start + 1_000, number))
        )
        assert isinstance(stage.store.commit(Change(mine, (), (), events)), Committed)
    return stage.store.head()[0]


class Tampered:
    """A deployment on SQLite, and a hand in its file."""

    def __init__(self, stage: Stage, directory: Path) -> None:
        self.stage = stage
        self.head = write(stage, NUMBER)
        self.kept = stage.authority.chain.verify(SOMEBODY).walked.until
        self._file = directory / FILE

    def do(self, *statements: str, **values: object) -> None:
        # by the same library: a second copy of SQLite in one process would break its locks
        database = apsw.Connection(str(self._file))
        with database:
            for statement in statements:
                database.execute(statement, values).fetchall()
        database.close()

    def broken_at(self, after: int = 0, link: bytes | None = None) -> int | None:
        return self.stage.authority.chain.verify(SOMEBODY, after, link).walked.broken_at


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tampered]:
    directory, clock = tmp_path_factory.mktemp("chain"), MovedClock()
    with opened("sqlite", directory, clock, lambda _: None) as (store, attempts):
        yield Tampered(Stage(store, attempts, clock, directory), directory)


TABLES = ("events", "head", "feed")


@pytest.fixture
def tampered(once: Tampered) -> Iterator[Tampered]:
    """The same deployment for every test: what was done to it is undone."""
    once.do(*(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}" for table in TABLES))
    yield once
    for table in TABLES:
        once.do(
            f"DELETE FROM {table}",
            f"INSERT INTO {table} SELECT * FROM kept_{table}",
            f"DROP TABLE kept_{table}",
        )


AT = 700
EDITS = {
    "the name": "UPDATE events SET name = 'token:holder:revoked' WHERE sequence = :at",
    "the moment": "UPDATE events SET moment = moment - 1 WHERE sequence = :at",
    "the organization": "UPDATE events SET organization_id = zeroblob(16) WHERE sequence = :at",
    "the person": "UPDATE events SET person_id = zeroblob(16) WHERE sequence = :at",
    "the digest": "UPDATE events SET digest = zeroblob(32) WHERE sequence = :at",
    "the link": "UPDATE events SET link = zeroblob(32) WHERE sequence = :at",
    "the body": "UPDATE events SET body = replace(body, 'issued', 'rotated') WHERE sequence = :at",
    "no JSON": "UPDATE events SET body = '' WHERE sequence = :at",
    "left out": "DELETE FROM events WHERE sequence = :at",
    "many left out": "DELETE FROM events WHERE sequence >= :at AND sequence < :at + 100",
    "the end cut off": "DELETE FROM events WHERE sequence >= :at",
    "moved away": "UPDATE events SET sequence = sequence + 100000 WHERE sequence = :at",
    "exchanged": "UPDATE events SET body = (SELECT body FROM events WHERE sequence = :at + 1),"
    " digest = (SELECT digest FROM events WHERE sequence = :at + 1) WHERE sequence = :at",
}


@pytest.mark.parametrize("edit", EDITS)
def test_whatever_is_done_to_an_event_in_the_database_is_found_there(tampered: Tampered, edit: str):
    assert tampered.broken_at() is None
    tampered.do(EDITS[edit], at=AT)
    assert tampered.broken_at() == AT
    assert tampered.broken_at(AT - 1) == AT


def test_erased_bodies_break_nothing(tampered: Tampered):
    tampered.do("UPDATE events SET body = NULL, erases_at = NULL WHERE sequence % 3 = 0")
    assert tampered.stage.authority.chain.verify(SOMEBODY).walked.until == tampered.kept


def test_an_end_cut_off_with_the_head_moved_back_is_found_by_a_kept_place(tampered: Tampered):
    kept = tampered.kept
    tampered.do(
        "DELETE FROM events WHERE sequence >= :at",
        "DELETE FROM feed WHERE sequence >= :at",
        "UPDATE head SET sequence = :at - 1,"
        " link = (SELECT link FROM events WHERE sequence = :at - 1)",
        at=AT,
    )
    assert tampered.broken_at() is None, "by itself it looks whole"
    assert tampered.broken_at(kept.sequence, kept.link) == kept.sequence
    for _ in range(2):
        write(tampered.stage, NUMBER)
    assert tampered.broken_at() is None
    assert tampered.broken_at(kept.sequence, kept.link) == kept.sequence


def test_from_a_kept_place_on_everything_that_came_later_is_whole(tampered: Tampered):
    kept = tampered.kept
    assert tampered.broken_at(kept.sequence, kept.link) is None
    head = write(tampered.stage, 10)
    proven = tampered.stage.authority.chain.verify(SOMEBODY, kept.sequence, kept.link)
    assert (proven.start, proven.walked.until.sequence) == (kept.sequence, head)
    assert tampered.broken_at(kept.sequence - 1, kept.link) == kept.sequence - 1
    assert tampered.broken_at(0, kept.link) == 0
    assert tampered.broken_at(head + 1, kept.link) == head + 1


def test_a_place_that_nobody_claims_to_have_seen_is_not_called_broken(tampered: Tampered):
    with pytest.raises(Refused) as refused:
        tampered.broken_at(tampered.head + 1)
    assert refused.value.code is Code.UNPROCESSABLE


@pytest.fixture
def long(tmp_path: Path) -> Iterator[Stage]:
    clock = MovedClock()
    with opened("memory", tmp_path, clock, lambda _: None) as (store, attempts):
        yield Stage(store, attempts, clock, tmp_path)


def test_a_long_chain_is_verified_and_exported_in_bounded_pieces(long: Stage):
    head = write(long, 2 * chain.MAX_EVENTS)
    places, link, more = [0], None, True
    while more:
        proven = long.authority.chain.verify(SOMEBODY, places[-1], link)
        assert proven.walked.broken_at is None
        places.append(proven.walked.until.sequence)
        link, more = proven.walked.until.link, proven.more
    assert places == [0, chain.MAX_EVENTS, 2 * chain.MAX_EVENTS, head]
    seen, after = 0, 0
    while after is not None:
        exported = long.authority.chain.export(SOMEBODY, after, 7_000)
        assert len(exported.lines) <= 7_000
        seen, after = seen + len(exported.lines), exported.following
    assert seen == head


def test_an_export_ends_early_where_bodies_are_large(long: Stage, monkeypatch: pytest.MonkeyPatch):
    head = write(long, 50)
    monkeypatch.setattr(chain, "MAX_EXPORTED_BYTES", 1_000)
    sequences, after = [], 0
    while after is not None:
        exported = long.authority.chain.export(SOMEBODY, after)
        assert 0 < len(exported.lines) < 10
        sequences += [line.sequence for line in exported.lines]
        after = exported.following
    assert sequences == list(range(1, head + 1))


def test_verifying_follows_what_the_store_has(long: Stage):
    write(long, 10)
    events = long.store.events(None, 0, 1_000)
    walked = long.authority.chain.verify(SOMEBODY).walked
    assert walked == walk(events, BEGINNING)
    assert walked.until == Place(events[-1].sequence, events[-1].link)
