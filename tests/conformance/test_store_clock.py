"""What is said of the clock: an acceptance alone lowers the moment, and everything else stays."""

import json

import pytest
from msgspec.structs import replace

from conformance.world import World, event
from tokenhouse.clock import LARGEST_STEP
from tokenhouse.core.events import GENESIS, Event, Name, broken_at
from tokenhouse.core.identifier import uuid7
from tokenhouse.core.moment import DAY, HOUR, SECOND, Moment
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.refusal import Unavailable
from tokenhouse.core.token import Token
from tokenhouse.operations.changes import (
    Change,
    Committed,
    Conflict,
    FeedGone,
    Floor,
    Put,
    Reading,
)

KEPT = {"personal": HOUR}


def say(world: World, name: Name, moment: Moment, floor: Floor | None = None) -> Change:
    reading = Reading(moment, floor or world.store.floor())
    return Change(DEPLOYMENT, (), (), (Event(name, DEPLOYMENT, None, None, DEPLOYMENT),), reading)


def accept(world: World, moment: Moment) -> Committed:
    """Accept the clock, and set it to what is accepted."""
    outcome = world.store.commit(say(world, Name.CLOCK_ACCEPTED, moment))
    assert isinstance(outcome, Committed)
    world.clock.moment = moment
    return outcome


def test_an_acceptance_takes_the_head_back_and_time_counts_from_there(world: World):
    before = world.store.floor()
    accepted = accept(world, before.moment - DAY)
    assert accepted.moment == before.moment - DAY
    assert world.store.floor() == Floor(accepted.moment, accepted.sequence, 0)
    assert world.put(world.new_token()).moment == accepted.moment
    assert world.store.head() == (accepted.sequence + 1, accepted.moment)


@pytest.mark.parametrize("ahead", [-LARGEST_STEP, -SECOND, SECOND, DAY])
def test_an_acceptance_of_a_small_step_or_a_later_clock_lowers_nothing(world: World, ahead: int):
    before = world.store.floor().moment
    assert accept(world, before + ahead).moment == max(before, before + ahead)


@pytest.mark.parametrize("ahead", [-DAY, DAY])
def test_a_jump_that_is_told_never_lowers_the_moment(world: World, ahead: int):
    before = world.store.floor().moment
    told = world.store.commit(say(world, Name.CLOCK_JUMPED, before + ahead))
    assert isinstance(told, Committed)
    assert told.moment == max(before, before + ahead)
    floor = world.store.floor()
    assert (floor.jumped, floor.doubted) == (told.sequence, True)
    accept(world, before)
    assert not world.store.floor().doubted


@pytest.mark.parametrize("name", [Name.CLOCK_ACCEPTED, Name.CLOCK_JUMPED])
def test_what_was_decided_before_another_word_on_the_clock_loses(world: World, name: Name):
    old = world.store.floor()
    world.store.commit(say(world, Name.CLOCK_JUMPED, old.moment))
    between = world.store.floor()
    assert world.store.commit(say(world, name, old.moment - DAY, old)) == Conflict()
    accept(world, old.moment)
    assert world.store.commit(say(world, name, old.moment - DAY, between)) == Conflict()


def test_no_other_change_goes_by_a_reading_and_none_of_the_clock_without(world: World):
    ordinary = world.change(Put(world.new_token()))
    reading = Reading(0, world.store.floor())
    accepting = say(world, Name.CLOCK_ACCEPTED, 0)
    for wrong in (
        replace(ordinary, reading=reading),
        replace(accepting, reading=None),
        replace(accepting, events=(*accepting.events, event(DEPLOYMENT))),
    ):
        with pytest.raises(ValueError, match="goes by a reading"):
            world.store.commit(wrong)


def test_a_refused_clock_stops_every_change_but_what_is_said_of_it(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    def refused() -> Moment:
        raise Unavailable("the clock")

    back = world.store.floor().moment - DAY
    monkeypatch.setattr(world.clock, "now", refused)
    image = world.image()
    with pytest.raises(Unavailable):
        world.put(world.new_token())
    assert world.image() == image
    assert accept(world, back).moment == back


def test_the_chain_and_the_feed_have_no_gap_over_an_acceptance(world: World):
    world.issue()
    accept(world, world.clock.moment - 400 * DAY)
    world.issue()
    last, _ = world.store.head()
    events = world.store.events(None, 0, 100)
    assert [one.sequence for one in events] == list(range(1, last + 1))
    assert broken_at(list(events), GENESIS) is None
    assert [entry.sequence for entry in world.store.feed(0, 100)] == list(range(1, last + 1))
    bodies = [json.loads(one.body or "") for one in events]
    assert bodies[-1]["moment"] == bodies[-3]["moment"] - 400 * DAY


def test_the_feed_forgets_from_its_beginning_on_though_later_entries_are_older(world: World):
    """Else a reader would pass over what was forgotten in the midst."""
    before, moment = world.store.head()
    accept(world, moment - 10 * DAY)
    world.issue()
    world.clock.moment = moment
    newest = world.issue()
    assert world.store.purge(moment, {}, 100) == 0
    assert [entry.sequence for entry in world.store.feed(0, 100)] == [
        *range(1, newest.sequence + 1)
    ]
    assert world.store.purge(moment + DAY, {}, 2) == 2
    world.store.purge(moment + DAY, {}, 100)
    assert world.store.feed(newest.sequence, 100) == ()
    with pytest.raises(FeedGone):
        world.store.feed(before, 100)


def made_at(world: World, moment: Moment, **fields: object) -> Token:
    token_id = uuid7(moment, bytes(10))
    return world.issue(id=token_id, family_id=token_id, **fields)


def test_tokens_can_be_made_after_an_acceptance_whatever_was_purged_before(world: World):
    now = world.clock.moment
    made_at(world, now + DAY, expires_at=now + DAY)
    assert world.store.purge(now + 2 * DAY, KEPT, 100) >= 1
    accept(world, now - DAY)
    assert world.store.find(made_at(world, now - DAY).id) is not None


def test_tokens_can_be_made_though_one_of_the_future_is_purged_after_an_acceptance(world: World):
    now = world.clock.moment
    made_at(world, now + 100 * DAY, expires_at=now - DAY)
    accept(world, now - HOUR)
    assert world.store.purge(now, KEPT, 100) >= 1
    assert world.store.find(made_at(world, now).id) is not None
