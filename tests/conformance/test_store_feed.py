"""The feed and the events tell everything, once, in the order of the commits."""

from dataclasses import dataclass
from uuid import UUID

import pytest
from msgspec.structs import replace

from conformance.world import START, HandClock, World, event, filled, new_id
from tokenhouse.core.events import GENESIS, Event, Name, broken_at
from tokenhouse.core.moment import DAY, HOUR
from tokenhouse.core.principal import DEPLOYMENT, Organization
from tokenhouse.core.token import Token
from tokenhouse.operations.changes import Change, Committed, Drop, FeedGone, Guard, Put, guard_of


def test_the_feed_names_what_a_change_touched(world: World):
    after, _ = world.store.head()
    token = world.issue()
    later = replace(token, version=2, groups=None)
    mine = world.organization.id
    outcome = world.commit(
        Drop(type(world.group), world.group.id),
        Put(later),
        guards=(Guard(type(world.group), world.group.id, 1),),
    )
    assert isinstance(outcome, Committed)
    first, second = world.store.feed(after, 10)
    assert (first.sequence, second.sequence) == (after + 1, after + 2)
    assert first.touched == (("Token", token.id),)
    assert second.touched == (("PolicyGroup", world.group.id), ("Token", token.id))
    assert {first.organization_id, second.organization_id} == {mine}
    assert second.moment == outcome.moment
    assert first.operation_id != second.operation_id


def test_the_feed_has_no_gap_whatever_was_refused(world: World):
    for _ in range(5):
        world.issue()
        world.commit(Put(world.new_token()), guards=(Guard(Token, new_id(), 1),))
        world.commit(Put(world.new_group(name=world.group.name)))
    last, _ = world.store.head()
    assert [entry.sequence for entry in world.store.feed(0, 100)] == list(range(1, last + 1))
    assert [e.sequence for e in world.store.events(None, 0, 100)] == list(range(1, last + 1))


def test_a_change_tells_each_organization_once_in_the_feed_what_it_touched(world: World):
    after, _ = world.store.head()
    later = replace(world.person, version=world.person.version + 1)
    mine = world.organization.id
    told = (event(mine), event(mine), event(DEPLOYMENT), event(mine))
    outcome = world.store.commit(Change(DEPLOYMENT, (guard_of(world.person),), (Put(later),), told))
    assert isinstance(outcome, Committed)
    entries = world.store.feed(after, 10)
    touched = (("Person", later.id),)
    assert [(one.organization_id, one.touched) for one in entries] == [
        (mine, touched),
        (mine, ()),
        (DEPLOYMENT, touched),
        (mine, ()),
    ]
    assert len({one.operation_id for one in entries}) == 1


def test_a_reader_pages_through_the_feed_from_its_cursor(world: World):
    for _ in range(7):
        world.issue()
    whole = world.store.feed(0, 100)
    cursor, read = 0, []
    while entries := world.store.feed(cursor, 3):
        assert len(entries) <= 3
        read.extend(entries)
        cursor = entries[-1].sequence
    assert tuple(read) == whole


def test_a_cursor_that_the_feed_has_forgotten_is_gone(world: World):
    for _ in range(3):
        world.issue()
    last, moment = world.store.head()
    world.clock.moment += HOUR
    newest = world.issue()
    assert world.store.purge(moment + DAY, {}, 100) == last
    assert [entry.sequence for entry in world.store.feed(last, 10)] == [newest.sequence]
    for cursor in (0, last - 1, -1):
        with pytest.raises(FeedGone):
            world.store.feed(cursor, 10)


def test_a_cursor_of_another_store_is_gone(world: World):
    last, _ = world.store.head()
    assert world.store.feed(last, 10) == ()
    with pytest.raises(FeedGone):
        world.store.feed(last + 1, 10)


def test_events_are_told_of_one_organization_or_of_all(world: World):
    other = filled(Organization, version=1)
    world.put(other, within=DEPLOYMENT)
    world.issue()
    world.commit(within=other.id)
    world.issue()
    every = world.store.events(None, 0, 100)
    for organization_id in (world.organization.id, other.id, DEPLOYMENT):
        own = tuple(e for e in every if e.organization_id == organization_id)
        assert own
        assert world.store.events(organization_id, 0, 100) == own
        assert world.store.events(organization_id, own[0].sequence, 1) == own[1:2]


def _fixed(n: int) -> bytes:
    return bytes(range(n % 256))


def test_the_chain_is_frozen(engine, tmp_path):
    clock = HandClock()
    store = engine(tmp_path, clock, _fixed)
    organization_id = UUID("01890000-0000-7000-8000-000000000001")
    token_id = UUID("01890000-0000-7000-8000-000000000002")
    issued = Event(
        Name.TOKEN_ISSUED,
        organization_id,
        UUID("01890000-0000-7000-8000-000000000003"),
        None,
        token_id,
        {"kind": "personal", "description": 'Zoë\'s "key"', "groups": ["a", "b"], "count": 3},
    )
    revoked = Event(Name.TOKEN_REVOKED, organization_id, None, token_id, token_id, {"all": True})
    for happened in (issued, revoked):
        store.commit(Change(organization_id, (), (), (happened,)))
    first, second = store.events(None, 0, 10)
    assert first.moment == START
    assert first.body == FIRST_BODY
    assert first.digest.hex() == FIRST_DIGEST
    assert first.link.hex() == FIRST_LINK
    assert second.digest.hex() == SECOND_DIGEST
    assert second.link.hex() == SECOND_LINK


FIRST_BODY = (
    '{"actor":"01890000-0000-7000-8000-000000000003",'
    '"details":{"count":3,"description":"Zoë\'s \\"key\\"","groups":["a","b"],"kind":"personal"},'
    '"moment":1900000000000000,"name":"token:holder:issued",'
    '"organization":"01890000-0000-7000-8000-000000000001",'
    '"salt":"000102030405060708090a0b0c0d0e0f","sequence":1,'
    '"subject":"01890000-0000-7000-8000-000000000002","through":null}'
)
FIRST_DIGEST = "827c5c6e2d3a8663982e7b1394d9b776d06e1442cd81e4e0095ae477529e36fe"
FIRST_LINK = "245565d5d4b0386e58f692a9d5b48232467cdfc5b83d5da801d9085ba2e9bb41"
SECOND_DIGEST = "c473b5a4d120435f20073f70c850e4897db60ef938c92afca61479cc893e8acb"
SECOND_LINK = "9e95665865cad4a89cb639601a6c4682c6919bee7b752653b2682cb1eb956105"


def _chain(world: World):
    for _ in range(4):
        world.issue()
    return list(world.store.events(None, 0, 100))


def test_the_chain_holds_also_once_bodies_are_erased(world: World):
    events = _chain(world)
    assert broken_at(events, GENESIS) is None
    assert world.store.purge(world.clock.moment + 400 * DAY, {}, 3) >= 3
    erased = list(world.store.events(None, 0, 100))
    assert [e.body is None for e in erased] == [True] * 3 + [False] * (len(erased) - 3)
    assert [e.digest for e in erased] == [e.digest for e in events]
    assert broken_at(erased, GENESIS) is None


@dataclass(frozen=True)
class _Forgery:
    field: str
    value: object


@pytest.mark.parametrize(
    "forgery",
    [
        _Forgery("body", "{}"),
        _Forgery("digest", bytes(32)),
        _Forgery("link", bytes(32)),
        _Forgery("moment", 5),
        _Forgery("name", "token:holder:revoked"),
        _Forgery("organization_id", UUID(int=5)),
        _Forgery("sequence", 1),
    ],
)
def test_the_chain_breaks_where_an_event_was_edited(world: World, forgery: _Forgery):
    events = _chain(world)
    events[2] = replace(events[2], **{forgery.field: forgery.value})
    assert broken_at(events, GENESIS) in {3, events[2].sequence}


def test_the_chain_breaks_where_an_event_is_missing_or_out_of_order(world: World):
    events = _chain(world)
    assert broken_at(events[:1] + events[2:], GENESIS) == 3
    assert broken_at(events[1:], GENESIS) == 2
    assert broken_at([events[1], events[0], *events[2:]], GENESIS) == 2
