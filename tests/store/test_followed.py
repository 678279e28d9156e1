"""What is kept in memory is given out only where nothing that it rests on was touched since."""

import random
from uuid import UUID

import pytest

from tokenhouse.config import REVOCATION_REACH_MS
from tokenhouse.operations.changes import FeedEntry
from tokenhouse.operations.ground import Ground, NotRemembered
from tokenhouse.sharing import Pause, SharedThread
from tokenhouse.store import followed as module
from tokenhouse.store.followed import SIGNING_KEYS, Followed
from tokenhouse.store.reads import cached
from tokenhouse.store.reads.cached import Cached

NOBODY = UUID(int=0)
IDS = 40
MS = 1_000_000
REACH = REVOCATION_REACH_MS * MS
SEEDS = range(20)


def entry(sequence: int, *touched: int, name: str = "Token") -> FeedEntry:
    return FeedEntry(sequence, 0, NOBODY, NOBODY, tuple((name, UUID(int=one)) for one in touched))


@pytest.fixture
def uptime(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The boot clock, which a test moves, in nanoseconds."""
    now = [1_000_000 * MS]
    monkeypatch.setattr(module, "uptime", lambda: now[0])
    return now


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_stands_that_was_touched_after_it_was_read(
    seed: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "MOST_TOUCHED", 8)
    dice, followed, touched = random.Random(seed), Followed(0), dict.fromkeys(range(IDS), 0)
    kept: Cached[int] = Cached(followed)
    heads: dict[int, int] = {}
    stood = fell = 0
    for sequence in range(1, 2_000):
        one = dice.randrange(IDS)
        followed.applied([entry(sequence, one)])
        touched[one] = sequence
        asked = dice.randrange(IDS)
        if (found := kept.get(asked)) is None:
            fell += 1
            kept.keep(asked, sequence, (asked, (asked + 1) % IDS), sequence)
            heads[asked] = sequence
        else:
            stood += 1
            assert found == heads[asked]
            assert max(touched[asked], touched[(asked + 1) % IDS]) <= found
    assert min(stood, fell) > 100


def test_what_is_asked_for_stays_however_much_else_is_touched(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MOST_TOUCHED", 8)
    followed = Followed(0)
    kept: Cached[str] = Cached(followed)
    kept.keep(1, "asked for", (1,), 0)
    kept.keep(2, "left alone", (2,), 0)
    for sequence in range(1, 100):
        followed.applied([entry(sequence, 1000 + sequence)])
        assert kept.get(1) == "asked for"
    assert kept.get(2) is None


def test_own_commits_count_at_once_and_hide_nothing_that_others_committed_before_them():
    followed = Followed(10)
    kept: Cached[str] = Cached(followed)
    kept.keep(1, "one", (1,), 10)
    kept.keep(2, "two", (2,), 10)
    followed.applied([entry(12, 1)])
    assert followed.sequence == 10
    assert kept.get(1) is None
    assert kept.get(2) == "two"
    followed.applied([entry(11, 2), entry(12, 1)])
    assert followed.sequence == 12
    assert kept.get(2) is None


def test_what_was_read_after_a_change_stands_though_it_is_told_of_it_later():
    followed = Followed(10)
    kept: Cached[str] = Cached(followed)
    kept.keep(1, "read at 12", (1,), 12)
    followed.applied([entry(11, 1), entry(12, 1)])
    assert kept.get(1) == "read at 12"
    followed.applied([entry(13, 1)])
    assert kept.get(1) is None


def test_a_new_signing_key_changes_what_all_of_them_are_together():
    followed = Followed(0)
    kept: Cached[str] = Cached(followed)
    kept.keep("keys", "old", (SIGNING_KEYS,), 0)
    followed.applied([entry(1, 77, name="SigningKey")])
    assert kept.get("keys") is None


def test_where_the_feed_was_lost_nothing_stands_that_was_read_before():
    followed = Followed(10)
    kept: Cached[str] = Cached(followed)
    kept.keep(1, "old", (1,), 10)
    kept.keep(2, "newer", (2,), 50)
    followed.lost(50)
    assert kept.get(1) is None
    assert kept.get(2) == "newer"
    assert followed.sequence == 50


def test_memory_is_asked_within_the_reach_of_the_last_confirmation_and_no_longer(
    uptime: list[int],
):
    followed = Followed(0)
    assert followed.left_ms() == 0
    followed.confirmed(uptime[0])
    assert followed.left_ms() == REVOCATION_REACH_MS
    uptime[0] += REACH - 1
    assert followed.left_ms() == 0
    uptime[0] -= MS
    assert followed.left_ms() == 1
    uptime[0] += MS + 1
    assert followed.left_ms() == 0
    followed.confirmed(uptime[0] - 200 * MS)
    assert followed.left_ms() == REVOCATION_REACH_MS - 200


def test_a_thread_that_asks_anew_takes_nothing_from_memory(uptime: list[int]):
    followed = Followed(0)
    followed.confirmed(uptime[0])
    with followed.asking_anew():
        assert followed.left_ms() == 0
        with followed.asking_anew():
            assert followed.left_ms() == 0
        assert followed.left_ms() == 0
    assert followed.left_ms() == REVOCATION_REACH_MS


def test_memory_is_bounded_and_keeps_what_is_used(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cached, "MOST_CACHED", 10)
    kept: Cached[int] = Cached(Followed(0))
    kept.keep("used", 0, (1,), 0)
    for number in range(100):
        kept.keep(number, number, (1,), 0)
        assert kept.get("used") == 0
    assert len(kept) <= 20
    assert kept.get(99) == 99
    assert kept.get(0) is None


def test_a_head_that_went_back_is_another_stores_and_nothing_is_taken_from_memory_again(
    uptime: list[int],
):
    followed = Followed(10)
    followed.confirmed(uptime[0])
    assert followed.left_ms() > 0
    followed.went_back()
    assert followed.left_ms() == 0
    followed.confirmed(uptime[0])
    assert followed.left_ms() == 0


def test_whoever_wants_to_know_is_told_what_was_taken_from_memory_and_whether_that_was_all(
    uptime: list[int],
):
    followed = Followed(0)
    followed.confirmed(uptime[0])
    kept: Cached[str] = Cached(followed)
    kept.keep(1, "one", (1,), 0)
    kept.keep(2, "two", (2,), 0)

    def inner() -> str | None:
        followed.relying(lambda: kept.get(2))
        return kept.get(1)

    told = followed.relying(inner)
    assert told == ("one", ((kept, 2, "two"), (kept, 1, "one")))
    assert followed.from_memory(inner) == told
    assert followed.relying(lambda: None) == (None, ())
    assert kept.get(1) == "one"

    def reads() -> None:
        inner()
        followed.relying(followed.beyond_memory)

    assert followed.relying(reads) == (None, None)
    assert followed.relying(inner) == told
    with pytest.raises(NotRemembered):
        followed.from_memory(reads)
    assert followed.relying(reads) == (None, None)


def test_a_ground_counts_while_every_look_finds_the_very_same_within_the_reach(uptime: list[int]):
    followed = Followed(0)
    followed.confirmed(uptime[0])
    kept: Cached[list[int]] = Cached(followed)
    for key in (1, 2):
        kept.keep(key, [], (key,), 0)
    _, relied = followed.relying(lambda: (kept.get(1), kept.get(2)))
    assert relied is not None
    ground, moment = Ground(relied, 5, 7), 5

    def still() -> int | None:
        return followed.still(lambda _: moment, ground)

    assert still() == moment
    assert followed.relying(still) == (moment, relied)
    followed.applied([entry(1, 77)])
    assert followed.relying(still) == (moment, relied)
    with followed.asking_anew():
        assert still() is None
    uptime[0] += REACH
    assert still() is None
    followed.confirmed(uptime[0])
    assert still() == moment
    followed.applied([entry(2, 2)])
    assert still() is None
    kept.keep(2, [], (2,), 2)  # alike, and yet another
    assert still() is None


@pytest.mark.parametrize(("moment", "good"), [(4, False), (5, True), (6, True), (7, False)])
def test_a_ground_counts_from_its_first_moment_until_before_its_last(
    uptime: list[int], moment: int, good: bool
):
    followed = Followed(0)
    followed.confirmed(uptime[0])
    told = followed.still(lambda _: moment, Ground((), 5, 7))
    assert told == (moment if good else None)


def test_of_those_who_share_a_thread_each_asks_in_his_own_way(uptime: list[int]):
    followed, kept, pauses = Followed(0), Cached[str](Followed(0)), list[Pause]()
    followed.confirmed(uptime[0])
    told: dict[str, object] = {}

    def anew() -> None:
        with followed.asking_anew():
            pauses.append(Pause())
            pauses[0].wait(10)
            told["anew"] = followed.left_ms()

    def relies() -> None:
        def looks() -> None:
            followed.note(kept, 1, "one")
            pauses.append(Pause())
            pauses[1].wait(10)
            followed.note(kept, 2, "two")

        told["relied"] = followed.relying(looks)[1]

    def other() -> None:
        told["other"] = followed.left_ms()
        followed.note(kept, 3, "nobody wants to know")
        followed.beyond_memory()
        for pause in pauses:
            pause.end()

    shared = SharedThread("shared in a test", 3)
    for work in (anew, relies, other):
        shared.start(work)
    shared.close(10)
    assert told == {
        "other": REVOCATION_REACH_MS,
        "anew": 0,
        "relied": ((kept, 1, "one"), (kept, 2, "two")),
    }
    assert not followed._asking
