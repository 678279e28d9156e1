"""Lists show what they promise, in a fixed order, and never what is another organization's."""

from uuid import UUID

import pytest
from msgspec.structs import replace

from conformance.world import World, filled, new_id
from tokenhouse.core.identifier import PENDING
from tokenhouse.core.principal import DEPLOYMENT, HolderKind, Membership, Organization, Person
from tokenhouse.core.signing_key import SigningKey
from tokenhouse.core.token import Token
from tokenhouse.operations.changes import GroupCount, Page

FIRST = Page("created_at", descending=False, offset=0, size=100)


def _page(world: World, order: str = "created_at", *, descending: bool = False) -> list[UUID]:
    page = Page(order, descending, 0, 100)
    mine = world.organization.id
    return [token.id for token in world.store.page_tokens(mine, "personal", None, page)]


@pytest.mark.parametrize("order", ["created_at", "updated_at", "expires_at", "description"])
def test_tokens_are_listed_in_an_order_and_exactly_backwards(world: World, order: str):
    values = (
        ["b", "a", "Z", "ä", "a", ""]
        if order == "description"
        else [30, 10, 20, 10, 40, 10 if order != "expires_at" else None]
    )
    tokens = [world.issue(**{order: value}) for value in values]

    def rank(token: Token) -> tuple[bool, int | str, UUID]:
        value = getattr(token, order)
        return value is None, value if value is not None else 0, token.id

    wanted = [token.id for token in sorted(tokens, key=rank)]
    assert _page(world, order) == wanted
    assert _page(world, order, descending=True) == wanted[::-1]


def test_pages_cut_a_list_without_a_gap_or_a_repeat(world: World):
    for _ in range(7):
        world.issue(created_at=5)
    whole = _page(world)
    mine = world.organization.id
    cut = [
        token.id
        for offset in range(0, 9, 3)
        for token in world.store.page_tokens(
            mine, "personal", None, replace(FIRST, offset=offset, size=3)
        )
    ]
    assert cut == whole
    assert len(set(cut)) == 7


def test_an_order_that_does_not_exist_is_a_fault_of_the_program(world: World):
    page = replace(FIRST, order="fingerprint; --")
    with pytest.raises(ValueError, match="order"):
        world.store.page_tokens(world.organization.id, "personal", None, page)
    with pytest.raises(ValueError, match="order"):
        world.store.page_groups(world.organization.id, page)


def test_a_list_shows_active_and_expired_tokens_and_no_revoked_one(world: World):
    expired = world.issue(expires_at=world.clock.moment - 1)
    active = world.issue()
    superseded = world.issue(superseded_at=world.clock.moment - 1)
    world.issue(revoked_at=world.clock.moment - 1)
    world.end_family(world.issue().family_id)
    assert _page(world) == [token.id for token in (expired, active, superseded)]


@pytest.mark.parametrize("name", ["deployment", "organization", "person", "membership"])
def test_what_a_marker_reached_is_listed_no_more(world: World, name: str):
    world.issue()
    marked = replace(getattr(world, name), version=2, revoked_before=PENDING)
    world.put(marked, within=DEPLOYMENT)
    later = world.issue()
    assert _page(world) == [later.id]


def test_a_list_by_number_has_exactly_the_tokens_that_have_one(world: World):
    first, second = world.issue(), world.issue()
    world.issue(number=None)
    world.put(replace(first, version=2, number=None), world.new_token(number=first.number))
    heir = world.store.find_token_numbered(world.organization.id, "personal", first.number or 0)
    assert heir is not None
    assert heir.token.id not in {first.id, second.id}
    wanted = [heir.token.id, second.id]
    assert _page(world, "number") == wanted
    assert _page(world, "number", descending=True) == wanted[::-1]


def test_a_number_finds_the_token_of_its_kind_with_all_that_it_rests_on(world: World):
    token, other = world.issue(), world.issue(kind="session")
    assert (token.number, other.number) == (1, 1)
    store, mine = world.store, world.organization.id
    for kind, one in (("personal", token), ("session", other)):
        assert store.find_token_numbered(mine, kind, 1) == store.find_token(mine, one.id)
    for kind, number in (("personal", 2), ("odd", 1), ("personal", 0), ("personal", -1)):
        assert store.find_token_numbered(mine, kind, number) is None


def test_a_list_is_of_one_kind_and_on_demand_of_one_holder(world: World):
    mine = world.organization.id
    own = world.issue()
    others = world.issue(holder_id=new_id())
    session = world.issue(kind="session")
    held = world.store.page_tokens(mine, "personal", world.membership.id, FIRST)
    assert [token.id for token in held] == [own.id]
    assert _page(world) == [own.id, others.id]
    sessions = world.store.page_tokens(mine, "session", None, FIRST)
    assert [token.id for token in sessions] == [session.id]


def test_groups_are_listed_by_name_without_regard_to_case(world: World):
    names = ["beta", "Alpha", "Gamma", "ALPINE"]
    groups = [world.new_group(name=name) for name in names]
    world.put(*groups)
    page = Page("name", descending=False, offset=0, size=4)
    listed = world.store.page_groups(world.organization.id, page)
    assert [counted.group.name for counted in listed] == ["Alpha", "ALPINE", "beta", "Gamma"]
    page = Page("name", descending=True, offset=1, size=2)
    listed = world.store.page_groups(world.organization.id, page)
    assert [counted.group.name for counted in listed] == ["Gamma", "beta"]


def test_a_group_counts_the_people_who_carry_it_and_have_not_left(world: World):
    second = world.new_group()
    world.put(second)
    for ended_at in (None, world.clock.moment):
        person = filled(Person, version=1)
        both = (second.id, world.group.id)
        world.put(
            person,
            world.new_membership(person.id, groups=both, ended_at=ended_at),
            within=DEPLOYMENT,
        )
    mine = world.organization.id
    assert world.store.find_group(mine, world.group.id) == GroupCount(world.group, 2)
    assert world.store.find_group(mine, second.id) == GroupCount(second, 1)
    page = Page("created_at", descending=False, offset=0, size=9)
    assert [counted.people for counted in world.store.page_groups(mine, page)] == [2, 1]


def test_groups_come_in_the_order_in_which_they_were_named(world: World):
    second = world.new_group()
    world.put(second)
    mine = world.organization.id
    named = (second.id, new_id(), world.group.id, second.id)
    assert world.store.find_groups(mine, named) == (second, world.group)
    assert world.store.find_groups(mine, ()) == ()


def test_who_left_every_organization_has_none_to_sign_in_to(world: World):
    world.put(replace(world.membership, version=2, ended_at=world.clock.moment))
    signed_in = world.store.find_for_sign_in(world.person.email)
    assert signed_in is not None
    assert signed_in.memberships == ()
    assert signed_in.password == world.password


def test_sign_in_gets_all_memberships_and_a_person_without_password(world: World):
    other = filled(Organization, version=1)
    second = world.new_membership(world.person.id, organization_id=other.id)
    bare = filled(Person, version=1)
    world.put(other, second, bare, within=DEPLOYMENT)
    signed_in = world.store.find_for_sign_in(world.person.email)
    assert signed_in is not None
    assert signed_in.memberships == (world.membership, second)
    nobody = world.store.find_for_sign_in(bare.email)
    assert nobody is not None
    assert (nobody.password, nobody.memberships) == (None, ())
    assert world.store.find_for_sign_in(world.person.email.upper()) is None


def test_signing_keys_come_oldest_first(world: World):
    keys = [filled(SigningKey, version=1, created_at=at) for at in (30, 10, 20)]
    world.put(*keys, within=DEPLOYMENT)
    assert world.store.signing_keys() == (keys[1], keys[2], keys[0])


def test_nothing_of_another_organization_is_found(world: World):
    other = filled(Organization, version=1)
    world.put(other, within=DEPLOYMENT)
    token = world.issue()
    store = world.store
    assert store.find_token(world.organization.id, token.id) is not None
    assert store.find_token(other.id, token.id) is None
    assert token.number is not None
    assert store.find_token_numbered(world.organization.id, "personal", token.number) is not None
    assert store.find_token_numbered(other.id, "personal", token.number) is None
    assert store.find_groups(other.id, (world.group.id,)) == ()
    assert store.find_group(other.id, world.group.id) is None
    assert store.find_group_named(other.id, world.group.name) is None
    assert store.page_tokens(other.id, "personal", None, FIRST) == ()
    assert store.page_groups(other.id, FIRST) == ()
    assert store.events(other.id, 0, 100) == ()


def test_a_group_of_another_organization_gives_a_token_nothing(world: World):
    other = filled(Organization, version=1)
    foreign = world.new_group(organization_id=other.id)
    world.put(other, foreign, within=DEPLOYMENT)
    token = world.issue(
        holder_kind=HolderKind.ORGANIZATION,
        holder_id=world.organization.id,
        groups=(foreign.id,),
    )
    found = world.store.find(token.id)
    assert found is not None
    assert found.standing.groups == ()
    carrying = replace(world.membership, version=2, groups=(foreign.id,))
    world.put(carrying)
    standing = world.store.standing(world.membership.id)
    assert standing is not None
    assert isinstance(standing.membership, Membership)
    assert standing.groups == ()
