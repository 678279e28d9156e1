"""What is over is kept for its term and then forgotten, and never comes back."""

import pytest
from msgspec.structs import replace

from conformance.world import World, filled, new_id
from tokenhouse.core.events import Event, Name
from tokenhouse.core.moment import DAY, HOUR
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.token import FamilyEnd, Token
from tokenhouse.operations.changes import Change, Conflict, Guard, KeptAnswer, Put

KEPT = {"personal": 400 * DAY, "session": HOUR}
LATER = 10**18


def _kept(world: World, *tokens: Token) -> list[bool]:
    store = world.store
    return [store.anew(lambda one=one: store.find(one.id)) is not None for one in tokens]


def test_a_token_is_kept_for_the_term_of_its_kind_after_its_first_end(world: World):
    now = world.clock.moment
    ends = ("expires_at", "revoked_at", "superseded_at")
    tokens = [
        world.issue(kind=kind, **{end: now + HOUR if end == first else now + DAY for end in ends})
        for kind in ("personal", "session")
        for first in ends
    ]
    world.store.purge(now + 2 * HOUR - 1, KEPT, 100)
    assert _kept(world, *tokens) == [True] * 6
    world.store.purge(now + 2 * HOUR, KEPT, 100)
    assert _kept(world, *tokens) == [True] * 3 + [False] * 3
    world.store.purge(now + HOUR + 400 * DAY, KEPT, 100)
    assert _kept(world, *tokens) == [False] * 6


def test_a_redeemed_token_is_kept_as_long_as_if_it_had_not_been(world: World):
    now = world.clock.moment
    redeemed = world.issue(superseded_at=now, successor_id=new_id(), expires_at=now + 30 * DAY)
    superseded = world.issue(superseded_at=now, expires_at=now + 30 * DAY)
    terms = {"personal": DAY}
    world.store.purge(now + 31 * DAY - 1, terms, 100)
    assert _kept(world, redeemed, superseded) == [True, False]
    world.store.purge(now + 31 * DAY, terms, 100)
    assert _kept(world, redeemed) == [False]


def test_what_never_ended_and_kinds_without_a_term_are_kept(world: World):
    endless = world.issue(expires_at=None)
    unnamed = world.issue(kind="another", expires_at=1)
    world.store.purge(LATER, KEPT, 100)
    assert _kept(world, endless, unnamed) == [True, True]


def test_the_end_of_a_family_is_an_end_and_goes_with_its_last_token(world: World):
    first = world.issue(kind="session", expires_at=None)
    second = world.issue(kind="personal", expires_at=None, family_id=first.family_id)
    ended = world.end_family(first.family_id)
    world.store.purge(world.clock.moment + HOUR, KEPT, 100)
    assert _kept(world, first, second) == [False, True]
    found = world.store.find(second.id)
    assert found is not None
    assert found.standing.family_end == ended
    assert world.commit(Put(ended)) == Conflict()
    world.store.purge(world.clock.moment + 400 * DAY, KEPT, 100)
    assert _kept(world, second) == [False]
    guard = Guard(FamilyEnd, ended.id, 1)
    assert world.commit(guards=(guard,)) == Conflict()


def test_families_that_are_kept_do_not_hold_up_those_behind_them(world: World):
    kept = [world.issue(kind="personal", expires_at=None) for _ in range(7)]
    over = [world.issue(kind="session", expires_at=None) for _ in range(4)]
    longest = [world.issue(kind="session", expires_at=None, family_id=over[0].family_id)]
    longest += [
        world.issue(kind="session", expires_at=None, family_id=over[0].family_id) for _ in range(5)
    ]
    for one in (*kept, *over):
        world.end_family(one.family_id)
    later = world.clock.moment + HOUR
    rounds = [world.store.purge(later, KEPT, 3) for _ in range(8)]
    assert sum(rounds) == len(over) + len(longest) + len(over)  # tokens, and ends of families
    assert _kept(world, *over, *longest) == [False] * 10
    assert _kept(world, *kept) == [True] * 7
    assert [world.store.purge(later, KEPT, 3) for _ in range(4)] == [0] * 4
    for _ in range(8):
        world.store.purge(later + 400 * DAY, KEPT, 3)
    assert _kept(world, *kept) == [False] * 7


def test_a_purged_token_can_be_neither_changed_nor_made_again(world: World):
    token = world.issue(kind="session", revoked_at=world.clock.moment)
    world.store.purge(world.clock.moment + HOUR, KEPT, 100)
    assert _kept(world, token) == [False]
    assert world.commit(Put(replace(token, version=2, revoked_at=None))) == Conflict()
    assert world.commit(Put(replace(token, revoked_at=None))) == Conflict()
    assert world.commit(Put(token), guards=(Guard(Token, token.id, 0),)) == Conflict()
    assert _kept(world, token) == [False]


def test_a_purged_number_is_given_to_nobody_again(world: World):
    first = world.issue(kind="session", expires_at=1)
    assert (first.number, first.status_index) == (1, 0)
    world.store.purge(LATER, KEPT, 100)
    second = world.issue(kind="session")
    assert (second.number, second.status_index) == (2, 1)


def test_a_purge_moves_neither_head_nor_chain(world: World):
    world.issue(kind="session", expires_at=1)
    head = world.store.head()
    events = world.store.events(None, 0, 100)
    assert world.store.purge(world.clock.moment, KEPT, 100) == 1
    assert world.store.head() == head
    assert world.store.events(None, 0, 100) == events


def test_a_purge_forgets_at_most_so_many_of_each_sort(world: World):
    for _ in range(5):
        world.issue(kind="session", expires_at=1)
    world.put(*(filled(KeptAnswer, version=1, created_at=1) for _ in range(5)), within=DEPLOYMENT)
    assert world.store.purge(world.clock.moment, KEPT, 2) == 4
    assert world.store.purge(world.clock.moment, KEPT, 2) == 4
    assert world.store.purge(world.clock.moment, KEPT, 2) == 2
    assert world.store.purge(world.clock.moment, KEPT, 2) == 0


def test_an_answer_is_kept_for_a_day(world: World):
    answer = filled(KeptAnswer, version=1, created_at=world.clock.moment)
    world.put(answer)
    world.store.purge(answer.created_at + DAY - 1, KEPT, 100)
    assert world.store.find_kept_answer(answer.id) == answer
    world.store.purge(answer.created_at + DAY, KEPT, 100)
    assert world.store.find_kept_answer(answer.id) is None


@pytest.mark.parametrize(
    ("name", "days"),
    [(Name.SIGNED_IN, 30), (Name.SIGN_IN_FAILED, 30), (Name.TOKEN_ISSUED, 400)],
)
def test_the_body_of_an_event_is_kept_for_its_term(world: World, name: Name, days: int):
    mine = world.organization.id
    happened = Event(name, mine, new_id(), None, new_id(), {"address": "192.0.2.1"})
    world.store.commit(Change(mine, (), (), (happened,)))
    last, moment = world.store.head()
    world.store.purge(moment + days * DAY - 1, {}, 100)
    (told,) = world.store.events(None, last - 1, 1)
    assert told.body is not None
    world.store.purge(moment + days * DAY, {}, 100)
    (erased,) = world.store.events(None, last - 1, 1)
    assert erased == replace(told, body=None)
