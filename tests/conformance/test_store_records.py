"""Every record comes back as it was written, field by field, on every engine."""

from collections.abc import Callable
from uuid import UUID

import pytest
from msgspec.structs import asdict, replace

from conformance.world import HandClock, World, filled, new_id
from registered import client_named
from tokenhouse.core.client import Client
from tokenhouse.core.device import Device
from tokenhouse.core.identifier import PENDING
from tokenhouse.core.principal import DEPLOYMENT, HolderKind, Organization, Password, Person
from tokenhouse.core.second_factor import Factors, Passkey, RecoveryCodes, SpentChallenge, Totp
from tokenhouse.core.signing_key import SigningKey
from tokenhouse.core.token import MADE_WITH, FamilyEnd, Token
from tokenhouse.operations.changes import (
    Committed,
    Conflict,
    Drop,
    Guard,
    KeptAnswer,
    Put,
    Record,
    Stretch,
    Wanted,
)

Read = Callable[[World, Record], object]


def _standing_of(world: World, record_name: str) -> object:
    standing = world.store.standing(world.membership.id)
    return getattr(standing, record_name)


def _signed_in(world: World, record: Record, part: str) -> object:
    email = record.email if isinstance(record, Person) else world.person.email
    return getattr(world.store.find_for_sign_in(email), part)


def _found(world: World, record: Record) -> object:
    found = world.store.find(record.id)
    return found and found.token


def _family_end(world: World, record: Record) -> object:
    token = world.issue(family_id=record.id)
    found = world.store.find_token(world.organization.id, token.id)
    return found and found.standing.family_end


def _factors(world: World) -> Factors:
    record = world.store.find_person(world.person.id)
    assert record is not None
    return record.factors


NEW: dict[str, tuple[Callable[[World], Record], Read]] = {
    "Organization": (
        lambda w: replace(filled(Organization, id=w.organization.id), version=2),
        lambda w, _: _standing_of(w, "organization"),
    ),
    "Deployment": (
        lambda w: replace(filled(type(w.deployment), id=DEPLOYMENT), version=2, revoked_before=3),
        lambda w, _: w.store.deployment(),
    ),
    "Catalogue": (
        lambda w: replace(filled(type(w.catalogue), id=w.catalogue.id), version=2),
        lambda w, _: w.store.catalogue(),
    ),
    "Person": (
        lambda w: replace(filled(Person, id=w.person.id), version=2),
        lambda w, r: _signed_in(w, r, "person"),
    ),
    "Password": (
        lambda w: replace(filled(Password, id=w.person.id), version=2),
        lambda w, r: _signed_in(w, r, "password"),
    ),
    "Membership": (
        lambda w: replace(
            filled(type(w.membership), id=w.membership.id, organization_id=w.organization.id),
            version=2,
        ),
        lambda w, _: _standing_of(w, "membership"),
    ),
    "PolicyGroup": (
        lambda w: replace(
            filled(type(w.group), id=w.group.id, organization_id=w.organization.id), version=2
        ),
        lambda w, r: (c := w.store.find_group(w.organization.id, r.id)) and c.group,
    ),
    "Token": (lambda w: w.new_token(number=7, status_index=8, sequence=9), _found),
    "Token, filled": (
        lambda w: filled(
            Token, version=1, organization_id=w.organization.id, number=70, status_index=80
        ),
        _found,
    ),
    "FamilyEnd": (
        lambda w: filled(FamilyEnd, version=1, organization_id=w.organization.id),
        _family_end,
    ),
    "SigningKey": (
        lambda _: filled(SigningKey, version=1),
        lambda w, _: w.store.signing_keys()[0],
    ),
    "Client": (
        lambda w: w.new_client(version=1, revoked_before=7),
        lambda w, r: w.store.one_client(w.organization.id, r.id),
    ),
    "Device": (
        lambda w: w.new_device(number=77, revoked_before=7),
        lambda w, r: w.store.one_device(w.organization.id, r.id),
    ),
    "Totp": (
        lambda w: filled(Totp, id=w.person.id, version=1),
        lambda w, _: _factors(w).totp,
    ),
    "Passkey": (
        lambda w: filled(Passkey, person_id=w.person.id, version=1),
        lambda w, _: _factors(w).passkeys[0],
    ),
    "RecoveryCodes": (
        lambda w: filled(RecoveryCodes, id=w.person.id, version=1),
        lambda w, _: _factors(w).recovery_codes,
    ),
    "SpentChallenge": (
        lambda _: filled(SpentChallenge, version=1),
        lambda w, r: w.store.find_spent(r.id),
    ),
    "KeptAnswer": (
        lambda _: filled(KeptAnswer, version=1),
        lambda w, r: w.store.find_kept_answer(r.id),
    ),
}


@pytest.mark.parametrize("name", NEW)
def test_a_record_comes_back_as_it_was_written(world: World, name: str):
    make, read = NEW[name]
    record = make(world)
    outcome = world.commit(Put(record), within=DEPLOYMENT)
    assert isinstance(outcome, Committed)
    assert outcome.records == (record,)
    assert read(world, record) == record


@pytest.mark.parametrize("name", [name for name in NEW if name.startswith("Token")])
def test_a_replaced_token_comes_back_as_it_was_replaced(world: World, name: str):
    make, read = NEW[name]
    first = make(world)
    world.put(first)
    assert isinstance(first, Token)
    other = filled(
        Token,
        id=first.id,
        version=2,
        organization_id=world.organization.id,
        holder_kind=HolderKind.MEMBERSHIP,
        number=first.number,
    )
    second = replace(other, **{field: getattr(first, field) for field in MADE_WITH})
    world.put(second)
    assert read(world, second) == second


@pytest.mark.parametrize(
    "field", sorted({*Token.__struct_fields__} - MADE_WITH - {"id", "version"})
)
def test_of_a_token_whose_version_before_is_given_each_change_comes_back(world: World, field: str):
    make, read = NEW["Token, filled"]
    last = make(world)
    world.put(last)
    assert isinstance(last, Token)
    values = [getattr(filled(Token, number=last.number), field)]
    if field in {"expires_at", "superseded_at", "revoked_at", "successor_id", "sealed", "groups"}:
        values = [None, *values, None]
    for version, value in enumerate(values, 2):
        later = replace(last, version=version, **{field: value})
        assert isinstance(world.commit(Put(later, last)), Committed)
        assert world.store.anew(lambda later=later: read(world, later)) == later
        last = later


def test_a_change_cannot_take_another_version_for_the_one_before(world: World):
    first = world.issue()
    second = replace(first, version=2, description="second")
    for before in (second, replace(first, id=new_id()), replace(first, version=3)):
        with pytest.raises(ValueError, match="the version before"):
            world.commit(Put(second, before))
    assert world.store.anew(lambda: world.store.find(first.id)).token == first


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("field", sorted(MADE_WITH - {"organization_id"}))
def test_what_a_token_is_made_with_is_never_changed(world: World, field: str, known: bool):
    make, read = NEW["Token, filled"]
    first = make(world)
    world.put(first)
    assert isinstance(first, Token)
    other = filled(
        Token,
        status_index=first.status_index and first.status_index + 1,
        holder_kind=HolderKind.MEMBERSHIP,
    )
    assert getattr(other, field) != getattr(first, field)
    second = replace(first, version=2, description="another")
    changed = replace(second, **{field: getattr(other, field)})
    assert isinstance(world.commit(Put(changed, first if known else None)), Committed)
    assert world.store.anew(lambda: read(world, second)) == second


def test_nothing_is_told_apart_from_empty(world: World):
    bare = world.new_token(
        predecessor_id=None,
        number=None,
        status_index=None,
        fingerprint=None,
        hint="",
        description="",
        groups=None,
        expires_at=None,
        superseded_at=None,
        revoked_at=None,
        sequence=5,
    )
    empty = replace(bare, id=new_id(), groups=())
    world.put(bare, empty)
    for token in (bare, empty):
        found = world.store.find(token.id)
        assert found is not None
        assert asdict(found.token) == asdict(token)


def test_a_client_without_any_limit_is_told_apart_from_one_that_may_nothing(world: World):
    none = {"permissions": None, "audience": None, "group_id": None}
    bare = world.new_client(**none, grants=frozenset(), secrets=())
    empty = replace(bare, id=new_id(), client_id="E" * 24, permissions=frozenset())
    world.put(bare, empty)
    for client in (bare, empty):
        found = client_named(world.store, client.client_id)
        assert found is not None
        assert asdict(found) == asdict(client)


def test_a_replaced_client_comes_back_as_it_was_replaced(world: World):
    first = world.new_client()
    world.put(first)
    second = world.new_client(id=first.id, version=2, client_id=first.client_id)
    world.put(second)
    assert world.store.one_client(world.organization.id, first.id) == second
    assert client_named(world.store, first.client_id) == second


def test_a_marker_on_a_client_is_the_sequence_of_its_commit(world: World):
    client = world.new_client()
    world.put(client)
    outcome = world.put(replace(client, version=2, revoked_before=PENDING))
    marked = client_named(world.store, client.client_id)
    assert marked is not None
    assert marked.revoked_before == outcome.sequence
    assert outcome.records == (marked,)


def test_a_token_is_found_by_its_fingerprint_and_by_nothing_near_it(world: World):
    token = world.issue()
    assert token.fingerprint is not None
    found = world.store.find(token.fingerprint)
    assert found is not None
    assert found.token == token
    near = token.fingerprint[:-1] + bytes([token.fingerprint[-1] ^ 0x80])
    assert world.store.find(near) is None
    assert world.store.find(token.fingerprint[:-1]) is None
    assert world.store.find(b"") is None
    assert world.store.find(UUID(int=token.id.int ^ 1)) is None


def test_a_token_is_found_with_all_that_it_rests_on(world: World):
    token = world.issue()
    found = world.store.find(token.id)
    assert found is not None
    standing = found.standing
    assert standing.deployment == world.deployment
    assert standing.catalogue == world.catalogue
    assert standing.organization == world.organization
    assert standing.person == world.person
    assert standing.membership == world.membership
    assert standing.groups == (world.group,)
    assert standing.family_end is None
    assert found.head == world.store.head()[0]
    assert standing == world.store.standing(world.membership.id)


def test_a_token_is_found_with_the_client_that_it_was_issued_at(world: World):
    client = world.new_client()
    world.put(client, world.new_client(client_id="O" * 24))
    of_person = world.issue(client_id=client.id)
    own = world.issue(holder_kind=HolderKind.CLIENT, holder_id=client.id, client_id=client.id)
    for token in (of_person, own):
        found = world.store.find(token.id)
        assert found is not None
        assert found.token == token
        assert found.standing.client == client
    standing = world.store.standing(world.membership.id)
    found = world.store.find(of_person.id)
    assert found is not None
    assert replace(found.standing, client=None) == standing
    found = world.store.find(own.id)
    assert found is not None
    assert (found.standing.person, found.standing.membership) == (None, None)


def test_a_token_is_found_with_its_client_as_it_is_now_and_without_one_that_is_gone(world: World):
    client = world.new_client(suspended=False)
    world.put(client)
    token = world.issue(client_id=client.id)
    world.put(suspended := replace(client, version=2, suspended=True))
    found = world.store.find(token.id)
    assert found is not None
    assert found.standing.client == suspended
    (listed,) = world.store.list_tokens(world.organization.id, Wanted((token.kind,)), Stretch(9))
    assert listed.standing.client == suspended
    gone = world.commit(Drop(Client, client.id), guards=(Guard(Client, client.id, 2),))
    assert isinstance(gone, Committed)
    found = world.store.find(token.id)
    assert found is not None
    assert found.standing.client is None


def test_a_token_is_found_with_the_device_that_holds_it_as_it_is_now(world: World):
    device = world.put(world.new_device(suspended=False)).written(Device)
    held = {"kind": "device", "holder_kind": HolderKind.DEVICE, "holder_id": device.id}
    token = world.issue(**held, number=None, client_id=None)
    found = world.store.find(token.id)
    assert found is not None
    assert (found.token, found.standing.device) == (token, device)
    assert (found.standing.person, found.standing.membership) == (None, None)
    world.put(suspended := replace(device, version=2, suspended=True))
    (listed,) = world.store.list_tokens(world.organization.id, Wanted(("device",)), Stretch(9))
    assert listed.standing.device == suspended
    gone = world.commit(Drop(Device, device.id), guards=(Guard(Device, device.id, 2),))
    assert isinstance(gone, Committed)
    found = world.store.find(token.id)
    assert found is not None
    assert found.standing.device is None


def test_a_token_that_no_device_holds_is_found_with_none(world: World):
    device = world.put(world.new_device()).written(Device)
    token = world.issue(holder_id=device.id)
    found = world.store.find(token.id)
    assert found is not None
    assert found.standing.device is None


def test_a_device_is_found_by_id_number_and_identifier_where_it_is_looked_for(world: World):
    device = world.put(world.new_device()).written(Device)
    elsewhere = replace(device, id=new_id(), organization_id=new_id(), number=PENDING)
    other = world.put(elsewhere, within=DEPLOYMENT).written(Device)
    store, mine = world.store, world.organization.id
    assert other.number == device.number + 1
    for whose, seen in ((mine, (device, None)), (None, (device, other))):
        assert (store.one_device(whose, device.id), store.one_device(whose, other.id)) == seen
        numbered = [store.numbered_device(whose, one.number) for one in (device, other)]
        assert tuple(numbered) == seen
        listed = store.page_devices(whose, Stretch(9))
        assert listed == tuple(one for one in seen if one is not None)
    assert store.find_device(mine, device.identifier) == device
    assert store.find_device(other.organization_id, device.identifier) == other
    assert store.find_device(mine, device.identifier.upper()) is None


def test_a_device_without_what_it_need_not_have_is_told_apart_from_one_with_nothing_in_it(
    world: World,
):
    bare = world.new_device(cpu_id=None, manufactured_at=None, number=5)
    empty = replace(bare, id=new_id(), identifier="e", number=6, cpu_id="", manufactured_at=0)
    world.put(bare, empty)
    for device in (bare, empty):
        found = world.store.one_device(None, device.id)
        assert found is not None
        assert asdict(found) == asdict(device)


def test_a_replaced_device_keeps_its_number_and_a_mark_is_the_sequence_of_its_commit(world: World):
    first = world.put(world.new_device()).written(Device)
    second = world.new_device(id=first.id, version=2, number=first.number, revoked_before=PENDING)
    outcome = world.put(second)
    marked = replace(second, revoked_before=outcome.sequence)
    assert world.store.one_device(world.organization.id, first.id) == marked
    assert outcome.records == (marked,)


def test_a_token_of_an_organization_rests_on_its_own_groups(world: World):
    other = world.new_group()
    gone = new_id()
    world.put(other)
    token = world.issue(
        holder_kind=HolderKind.ORGANIZATION,
        holder_id=world.organization.id,
        groups=(other.id, gone, world.group.id),
    )
    found = world.store.find(token.id)
    assert found is not None
    assert found.standing.groups == (other, world.group)
    assert found.standing.person is None
    assert found.standing.membership is None


def test_a_token_without_its_membership_is_found_without_holder(world: World):
    token = world.issue(holder_id=new_id())
    found = world.store.find(token.id)
    assert found is not None
    assert found.standing.person is None
    assert found.standing.membership is None
    assert found.standing.groups == ()


def test_an_ended_membership_still_stands(world: World):
    ended = replace(world.membership, version=2, ended_at=world.clock.moment)
    world.put(ended)
    standing = world.store.standing(world.membership.id)
    assert standing is not None
    assert standing.membership == ended
    assert world.store.standing(new_id()) is None


def test_an_empty_store_says_so(engine, tmp_path):
    store = engine(tmp_path, HandClock(), bytes)
    assert store.deployment() is None
    assert store.catalogue().version == 0
    assert store.catalogue().entries == ()
    assert store.signing_keys() == ()
    assert store.head() == (0, 0)
    assert store.feed(0, 10) == ()
    assert store.events(None, 0, 10) == ()
    assert store.find(new_id()) is None
    assert store.find_for_sign_in("nobody@example.org") is None


def test_no_repr_of_a_password_shows_what_is_kept_of_it(world: World):
    signed_in = world.store.find_for_sign_in(world.person.email)
    assert world.password.phc not in repr(signed_in)
    assert repr(world.password.phc)[1:-1] not in repr(world.change(Put(world.password)))


def test_a_person_is_found_by_his_short_name_and_by_the_last_one_alone(world: World):
    before = str(world.person.short_name)
    assert world.store.email_of(before) == world.person.email
    assert world.store.email_of(before + "x") is None
    later = replace(world.person, version=2, short_name="ada")
    world.put(later, within=DEPLOYMENT)
    assert world.store.email_of("ada") == world.person.email
    assert world.store.email_of(before) is None
    world.put(replace(later, version=3, short_name=None), within=DEPLOYMENT)
    assert world.store.email_of("ada") is None
    world.put(
        filled(Person, version=1, short_name=None),
        filled(Person, version=1, short_name=None),
        within=DEPLOYMENT,
    )


def test_a_passkey_is_found_by_its_id_and_claims_it(world: World):
    passkey = filled(Passkey, person_id=world.person.id, version=1)
    assert not world.store.is_passkey(passkey.credential_id)
    world.put(passkey, within=DEPLOYMENT)
    assert world.store.is_passkey(passkey.credential_id)
    twin = replace(passkey, id=new_id())
    assert isinstance(world.commit(Put(twin), within=DEPLOYMENT), Conflict)
    gone = Drop(Passkey, passkey.id)
    world.commit(gone, guards=(Guard(Passkey, passkey.id, 1),), within=DEPLOYMENT)
    assert not world.store.is_passkey(passkey.credential_id)
    world.put(twin, within=DEPLOYMENT)


def test_apps_under_another_master_key_are_listed_a_stretch_at_a_time(world: World):
    totps = sorted((filled(Totp, version=1) for _ in range(3)), key=lambda one: one.id.bytes)
    for one in totps:
        world.put(one, within=DEPLOYMENT)
    start, ours = UUID(int=0), totps[1].master_key_id
    assert world.store.totps_under_another(ours, start, 10) == (totps[0], totps[2])
    assert world.store.totps_under_another(ours, totps[0].id, 10) == (totps[2],)
    assert world.store.totps_under_another(ours, start, 1) == (totps[0],)
