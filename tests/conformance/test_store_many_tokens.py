"""Reads of many tokens at once: they tell what the single ones and the judge would."""

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import asdict, replace

from conformance.world import World, new_id
from tokenhouse.core.client import Client
from tokenhouse.core.device import Device
from tokenhouse.core.identifier import PENDING
from tokenhouse.core.judge import revoked
from tokenhouse.core.kind import Kind
from tokenhouse.core.principal import (
    DEPLOYMENT,
    Deployment,
    HolderKind,
    Membership,
    Organization,
    Person,
)
from tokenhouse.core.token import Outline, Token
from tokenhouse.kinds import ALL
from tokenhouse.kinds.access import ACCESS
from tokenhouse.kinds.device import DEVICE
from tokenhouse.kinds.organizational import ORGANIZATIONAL
from tokenhouse.kinds.personal import PERSONAL
from tokenhouse.kinds.session import SESSION
from tokenhouse.operations.changes import Guard, Put

OWN = (PERSONAL, SESSION, ACCESS)


def held(world: World, kind: Kind, **fields: Any) -> Token:
    """A token of this kind, of whoever holds such ones here."""
    holders = {
        HolderKind.ORGANIZATION: world.organization.id,
        HolderKind.MEMBERSHIP: world.membership.id,
    }
    of_kind = {"kind": kind.name, "holder_kind": kind.holder, "holder_id": holders.get(kind.holder)}
    return world.issue(**of_kind | fields)


def outlines(world: World, *kinds: Kind, size: int = 100) -> tuple[Outline, ...]:
    of_organization = kinds[0].holder is HolderKind.ORGANIZATION
    holder_id = world.organization.id if of_organization else world.membership.id
    return world.store.outline_tokens(world.organization.id, holder_id, kinds, size)


def test_an_outline_tells_what_the_record_says_and_nothing_is_left_out(world: World):
    token = held(world, PERSONAL, superseded_at=world.clock.moment, client_id=None)
    (outline,) = outlines(world, PERSONAL)
    told = asdict(outline)
    assert told.pop("ended") is False
    assert told == {name: getattr(token, name) for name in told}
    assert all(told.values())


def test_what_need_not_be_there_is_told_apart_from_what_is(world: World):
    nothing = {"number": None, "expires_at": None, "superseded_at": None}
    held(world, PERSONAL, **nothing, client_id=None, hint="", description="")
    (outline,) = outlines(world, PERSONAL)
    assert {name: getattr(outline, name) for name in nothing} == nothing
    assert (outline.hint, outline.description) == ("", "")


def test_the_newest_of_all_kinds_come_first_and_no_more_than_were_asked_for(world: World):
    tokens = [held(world, OWN[place % 3]) for place in range(9)]
    newest = [token.id for token in reversed(tokens)]
    assert [one.id for one in outlines(world, *OWN)] == newest
    assert [one.id for one in outlines(world, *OWN, size=4)] == newest[:4]
    assert [one.id for one in outlines(world, SESSION)] == newest[1::3]


def test_nobody_elses_tokens_are_outlined_whatever_holds_them(world: World):
    mine = held(world, PERSONAL)
    held(world, PERSONAL, holder_id=new_id())
    held(world, PERSONAL, holder_kind=HolderKind.ORGANIZATION)
    elsewhere = world.new_token(organization_id=new_id())
    world.put(elsewhere, within=DEPLOYMENT)
    assert [one.id for one in outlines(world, PERSONAL)] == [mine.id]
    asked = (PERSONAL, ORGANIZATIONAL)
    assert [one.id for one in outlines(world, *asked)] == [mine.id]
    assert world.store.outline_tokens(new_id(), world.membership.id, OWN, 9) == ()
    assert world.store.outline_tokens(world.organization.id, new_id(), OWN, 9) == ()


MARKS: tuple[tuple[type, str], ...] = (
    (Deployment, "revoked_before"),
    (Organization, "revoked_before"),
    (Membership, "revoked_before"),
    (Person, "revoked_before"),
    (Person, "sign_ins_revoked_before"),
    (Person, "grants_revoked_before"),
    (Client, "revoked_before"),
    (Device, "revoked_before"),
)


def disagreements(world: World, holders: tuple[Any, ...]) -> Iterator[tuple[Outline, object]]:
    """Outlines that say another end than the judge."""
    for holder_id in holders:
        for outline in world.store.outline_tokens(world.organization.id, holder_id, ALL, 1000):
            found = world.store.find_token(world.organization.id, outline.id)
            assert found is not None
            kind = next(one for one in ALL if one.name == outline.kind)
            if outline.ended != (revoked(kind, found) is not None):
                yield outline, revoked(kind, found)


@pytest.mark.parametrize(("record", "mark"), MARKS)
def test_an_outline_has_ended_exactly_where_the_judge_says_so(
    world: World, record: type, mark: str
):
    client, other = world.new_client(), world.new_client()
    world.person = replace(world.person, version=2, grants_revoked_before=0)
    world.put(client, other, world.person, within=DEPLOYMENT)
    device = world.put(world.new_device()).written(Device)
    kept = {
        one: next(each for each in (*vars(world).values(), client, device) if type(each) is one)
        for one in (Deployment, Organization, Membership, Person, Client, Device)
    }

    def issue() -> list[Token]:
        at = {"client_id": None, "number": None}
        issued = [
            held(world, kind, **at)
            for kind in ALL
            if kind.holder in {HolderKind.MEMBERSHIP, HolderKind.ORGANIZATION}
        ]
        issued += [held(world, DEVICE, holder_id=device.id, **at)]
        for client_id in (client.id, other.id, new_id()):
            issued += [held(world, kind, number=None, client_id=client_id) for kind in OWN]
        return issued

    before = issue()
    world.end_family(before[1].family_id)
    held(world, PERSONAL, revoked_at=world.clock.moment)
    fields = {"version": kept[record].version + 1, mark: PENDING}
    if record is Person:
        fields["spared_token_id"] = before[2].id
    world.put(replace(kept[record], **fields), within=DEPLOYMENT)
    after = issue()
    holders = (world.organization.id, world.membership.id, device.id)
    assert not [*disagreements(world, holders)]
    ended = {
        one.id: one.ended
        for holder_id in holders
        for one in world.store.outline_tokens(world.organization.id, holder_id, ALL, 1000)
    }
    assert len(ended) == len(before) + len(after) + 1
    assert not any(ended[token.id] for token in after)
    assert sum(ended.values()) > 2, "the mark reached some"


def test_several_tokens_are_found_in_the_order_in_which_they_are_named_each_once(world: World):
    tokens = [held(world, OWN[place % 3]) for place in range(120)]
    ids = [token.id for token in tokens][::-1]
    named = (*ids, new_id(), ids[0])
    found = world.store.find_tokens(world.organization.id, named)
    assert [one.token.id for one in found] == ids
    assert world.store.find_tokens(world.organization.id, ()) == ()
    assert world.store.find_tokens(new_id(), named) == ()


def test_several_tokens_are_found_as_each_would_be(world: World):
    client = world.put(world.new_client()).written(Client)
    mine = [held(world, kind, client_id=client.id) for kind in (*OWN, ORGANIZATIONAL)]
    mine.append(held(world, PERSONAL, holder_id=new_id(), revoked_at=world.clock.moment))
    world.end_family(mine[0].family_id)
    ids = tuple(token.id for token in mine)
    within = world.organization.id
    singly = tuple(world.store.find_token(within, one) for one in ids)
    assert world.store.find_tokens(within, ids) == singly
    assert world.store.anew(lambda: world.store.find_tokens(within, ids)) == singly


def test_several_tokens_are_found_as_they_are_now(world: World):
    token = held(world, PERSONAL)
    assert world.store.find_tokens(world.organization.id, (token.id,))
    suspended = replace(world.membership, version=2, suspended=True)
    world.put(suspended)
    later = replace(token, version=2, description="later")
    world.commit(Put(later), guards=(Guard(Token, token.id, 1),))
    (found,) = world.store.find_tokens(world.organization.id, (token.id,))
    assert (found.token, found.standing.membership) == (later, suspended)
