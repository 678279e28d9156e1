"""Sixty-four threads at once: one order, no gap, no number twice, one winner where one can be."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import TypeVar

from msgspec.structs import replace

from conformance.world import World, filled
from tokenhouse.core.events import GENESIS, broken_at
from tokenhouse.core.principal import DEPLOYMENT, Membership, Person
from tokenhouse.core.token import Token
from tokenhouse.operations.changes import Committed, Conflict, Guard, KeptAnswer, Put

T = TypeVar("T")
THREADS = 64


def at_once(act: Callable[[int], T]) -> list[T]:
    """Let every thread act at the same moment; give what each did."""
    barrier = Barrier(THREADS)
    did: list[T] = []

    def run(number: int) -> None:
        barrier.wait()
        did.append(act(number))

    threads = [Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(did) == THREADS
    return did


def test_of_all_who_replace_one_version_one_wins(world: World):
    for _ in range(5):
        token = world.issue()
        outcomes = at_once(
            lambda number, token=token: world.commit(
                Put(replace(token, version=2, description=f"by {number}"))
            )
        )
        (won,) = [one for one in outcomes if isinstance(one, Committed)]
        assert outcomes.count(Conflict()) == THREADS - 1
        found = world.store.find(token.id)
        assert found is not None
        assert won.records == (found.token,)


def test_of_all_who_use_one_idempotency_key_one_wins(world: World):
    answer = filled(KeptAnswer, version=1)
    guard = Guard(KeptAnswer, answer.id, 0)
    outcomes = at_once(lambda _: world.commit(Put(world.new_token()), Put(answer), guards=(guard,)))
    assert len([one for one in outcomes if isinstance(one, Committed)]) == 1
    assert world.issue().number == 2


def test_of_all_who_want_one_name_one_gets_it(world: World):
    outcomes = at_once(
        lambda _: world.commit(
            Put(filled(Person, version=1, email="wanted@example.org")), within=DEPLOYMENT
        )
    )
    assert len([one for one in outcomes if isinstance(one, Committed)]) == 1


def test_all_who_disturb_nobody_win_in_one_order_without_a_gap(world: World):
    before, _ = world.store.head()
    guards = (Guard(Membership, world.membership.id, 1),)
    outcomes = [
        one
        for several in at_once(
            lambda _: [world.commit(Put(world.new_token()), guards=guards) for _ in range(5)]
        )
        for one in several
    ]
    sequences = sorted(one.sequence for one in outcomes if isinstance(one, Committed))
    assert sequences == list(range(before + 1, before + 1 + 5 * THREADS))
    tokens = [one.records[0] for one in outcomes if isinstance(one, Committed)]
    assert sorted(token.number for token in tokens) == list(range(1, 1 + 5 * THREADS))
    assert sorted(token.status_index for token in tokens) == list(range(5 * THREADS))
    told = [entry.sequence for entry in world.store.feed(before, 1000)]
    assert told == sequences
    assert broken_at(list(world.store.events(None, 0, 1000)), GENESIS) is None
    for token in tokens:
        found = world.store.find(token.id)
        assert found is not None
        assert found.token == token


def test_nothing_is_live_once_all_of_a_holder_was_revoked(world: World):
    def act(number: int) -> Token | None:
        while True:
            standing = world.store.standing(world.membership.id)
            assert standing is not None
            membership = standing.membership
            assert membership is not None
            if number == THREADS // 2:
                if isinstance(_marked(world, membership), Committed):
                    return None
                continue
            if membership.revoked_before:
                return None
            guard = Guard(Membership, membership.id, membership.version)
            outcome = world.commit(Put(world.new_token()), guards=(guard,))
            if isinstance(outcome, Committed):
                (token,) = outcome.records
                assert isinstance(token, Token)
                return token

    issued = [token for token in at_once(act) if token is not None]
    standing = world.store.standing(world.membership.id)
    assert standing is not None
    assert standing.membership is not None
    assert all(token.sequence <= standing.membership.revoked_before for token in issued)


def _marked(world: World, membership: Membership) -> Committed | Conflict:
    return world.commit(Put(replace(membership, version=membership.version + 1, revoked_before=-1)))


def test_a_read_beside_commits_sees_one_moment(world: World):
    """Two records that always change together are never seen apart."""
    person, membership = world.person, world.membership

    def act(number: int) -> bool:
        if number % 8 == 0:
            for _ in range(5):
                standing = world.store.standing(membership.id)
                assert standing is not None
                now, beside = standing.person, standing.membership
                assert now is not None
                assert beside is not None
                world.commit(
                    Put(replace(now, version=now.version + 1)),
                    Put(replace(beside, version=beside.version + 1)),
                    within=DEPLOYMENT,
                )
            return True
        for _ in range(20):
            standing = world.store.standing(membership.id)
            assert standing is not None
            assert standing.person is not None
            assert standing.membership is not None
            if standing.person.version != standing.membership.version:
                return False
        return True

    assert person.version == membership.version
    assert all(at_once(act))
