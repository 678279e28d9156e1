"""Devices: who makes and sees which, what is told of them, and what ends their tokens."""

import json
from collections.abc import Callable
from uuid import UUID

import pytest
from msgspec.structs import replace

from operations.meanwhile import before
from rigs import (
    CPU_ID,
    ITSELF,
    READ,
    WRITE,
    claims,
    enroll,
    operator,
    reader,
    reason,
    renew,
    writer,
)
from stage import ADMINISTRATOR, CLIENT, START, Stage, caller, with_demand
from tokenhouse.core.credential import Secret
from tokenhouse.core.judge import Reason
from tokenhouse.core.kind import Spelling
from tokenhouse.core.moment import DAY, SECOND
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.operations.at_machine import AtMachine
from tokenhouse.operations.changes import Stretch
from tokenhouse.operations.device_terms import MAX_WORDS, DeviceTerms
from tokenhouse.operations.guessing import PER_PERSON_AND_NETWORK

in_memory = pytest.mark.parametrize("stage", ["memory"], indirect=True)
STRANGER = "eve@other.example"


def refused(deed: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as caught:
        deed()
    return caught.value


def test_a_device_begins_with_a_good_token_on_every_engine(stage: Stage):
    made = enroll(stage)
    assert reason(stage, made) is None
    assert stage.authority.devices.one(reader(stage), made.device.id) == made.device
    assert stage.authority.devices.one(reader(stage), made.device.number) == made.device
    listed = stage.authority.devices.page(reader(stage), Stretch(10))
    assert listed.rows[-1] == made.device
    assert made.device.family_id == made.token.family_id
    assert (made.token.made_by, made.token.expires_at) == (
        stage.person(ADMINISTRATOR).id,
        START + 7 * DAY,
    )


def test_the_string_tells_which_device_it_is_and_nothing_that_proves_it(stage: Stage):
    made = enroll(stage)
    device = made.device
    told = claims(made.secret)
    assert told == {
        "iss": "http://localhost:8080",
        "aud": "http://localhost:8080",
        "sub": str(device.id),
        "jti": str(made.token.id),
        "iat": START // SECOND,
        "exp": (START + 7 * DAY) // SECOND,
        "deviceId": device.number,
        "mqttPrefix": f"th/d/{device.number}/",
        "organizationId": str(stage.organization_id),
    }
    assert isinstance(told["deviceId"], int)


@in_memory
def test_what_proves_a_device_stands_in_no_event_and_in_no_repr(stage: Stage):
    made = enroll(stage, uuid=Secret("proof-1"), cpu_id=Secret("proof-2"))
    terms = DeviceTerms(uuid=Secret("proof-3"), cpu_id=Secret("proof-4"))
    edited = stage.authority.devices.edit(writer(stage), made.device.id, terms)
    stage.authority.devices.secrets(reader(stage), edited.id, Secret("proof-4"))
    stage.authority.devices.revoke(writer(stage), edited.id)
    stage.authority.devices.remove(writer(stage), edited.id)
    events = stage.store.events(None, 0, 1000)
    assert "proof-" not in json.dumps([event.body for event in events])
    assert "proof-" not in repr((made, edited, terms, claims(made.secret)))
    replaced = [json.loads(e.body or "") for e in events if e.name == "device:organization:changed"]
    assert replaced[0]["details"]["proofs_replaced"] == ["cpu_id", "uuid"]


@in_memory
def test_a_uuid_is_made_where_none_is_named(stage: Stage):
    one, other = enroll(stage, "one"), enroll(stage, "other")
    assert str(UUID(one.device.uuid)) == one.device.uuid != other.device.uuid


def test_numbers_are_given_once_and_never_again(stage: Stage):
    first = enroll(stage, "one").device
    second = enroll(stage, "two").device
    stage.authority.devices.remove(writer(stage), second.id)
    third = enroll(stage, "two").device
    assert (second.number, third.number) == (first.number + 1, first.number + 2)


def test_an_identifier_is_one_devices_within_an_organization_and_anyones_elsewhere(stage: Stage):
    enroll(stage)
    twice = refused(lambda: enroll(stage))
    assert (twice.code, twice.problems[0].field) == (Code.MALFORMED, "identifier")
    other = stage.found_organization("Other", STRANGER)
    elsewhere = enroll(stage, by=writer(stage, STRANGER))
    assert elsewhere.device.organization_id == other


def test_an_identifier_taken_meanwhile_is_refused(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    by = writer(stage)
    before(monkeypatch, stage.store, "commit", lambda: enroll(stage, by=by))
    assert refused(lambda: enroll(stage, by=by)).code is Code.MALFORMED


@in_memory
def test_all_faults_are_told_at_once(stage: Stage):
    terms = {"serial_number": "a\tb", "cpu_id": Secret(""), "uuid": Secret("x" * 201)}
    answer = refused(lambda: enroll(stage, "i" * (MAX_WORDS + 1), **terms))
    assert answer.code is Code.MALFORMED
    named = [problem.field for problem in answer.problems]
    assert named == ["identifier", "serial_number", "cpu_id", "uuid"]


@in_memory
def test_one_organization_sees_and_changes_nothing_of_another(stage: Stage):
    made = enroll(stage)
    stage.found_organization("Other", STRANGER)
    devices, theirs = stage.authority.devices, writer(stage, STRANGER)
    for named in (made.device.id, made.device.number):
        for deed in (
            lambda one=named: devices.one(reader(stage, STRANGER), one),
            lambda one=named: devices.edit(theirs, one, DeviceTerms(suspended=True)),
            lambda one=named: devices.remove(theirs, one),
            lambda one=named: devices.revoke(theirs, one),
            lambda one=named: devices.secrets(reader(stage, STRANGER), one, Secret(CPU_ID)),
        ):
            assert refused(deed).code is Code.NOT_FOUND
    assert devices.page(reader(stage, STRANGER), Stretch(10)).rows == ()
    mine = stage.organization_id
    foreign = refused(lambda: devices.page(reader(stage, STRANGER), Stretch(10), mine))
    assert foreign.code is Code.NOT_FOUND
    elsewhere = refused(lambda: enroll(stage, "rig-2", by=theirs, organization_id=mine))
    assert (elsewhere.code, elsewhere.problems[0].field) == (Code.MALFORMED, "organization")
    assert stage.authority.devices.one(reader(stage), made.device.id) == made.device


@in_memory
def test_an_operator_reaches_every_organizations_devices(stage: Stage):
    other = stage.found_organization("Other", STRANGER)
    devices, by = stage.authority.devices, operator(stage)
    made = enroll(stage, by=by, organization_id=other)
    assert made.device.organization_id == other
    assert devices.one(reader(stage, STRANGER), made.device.id) == made.device
    assert made.device in devices.page(operator(stage, READ), Stretch(100)).rows
    assert devices.page(operator(stage, READ), Stretch(100), other).rows == (made.device,)
    assert devices.sees_proofs(operator(stage, READ))
    assert not devices.sees_proofs(reader(stage))
    told = devices.secrets(operator(stage, READ), made.device.number)
    assert reason(stage, told) is None
    assert devices.edit(by, made.device.id, DeviceTerms(suspended=True)).suspended
    devices.revoke(by, made.device.id)
    devices.remove(by, made.device.id)
    assert devices.page(operator(stage, READ), Stretch(100), other).rows == ()


@in_memory
def test_without_the_permission_nothing_of_devices_opens(stage: Stage):
    made = enroll(stage)
    devices = stage.authority.devices
    bare = with_demand(stage.session(CLIENT), READ)
    assert refused(lambda: devices.one(bare, made.device.id)).code is Code.FORBIDDEN
    bare = with_demand(stage.session(CLIENT), WRITE)
    assert refused(lambda: enroll(stage, "rig-2", by=bare)).code is Code.FORBIDDEN


@in_memory
def test_a_device_sees_itself_and_manages_nothing(stage: Stage):
    made, other = enroll(stage), enroll(stage, "rig-2")
    devices = stage.authority.devices
    asking = caller(made.secret, Spelling.X_ACCESS_TOKEN, demand=ITSELF)
    assert devices.one(asking, made.device.number) == made.device
    assert devices.one(asking, made.device.id) == made.device
    assert devices.page(asking, Stretch(10)).rows == (made.device,)
    assert devices.sees_proofs(asking)
    for named in (other.device.id, other.device.number, 10_000):
        assert refused(lambda one=named: devices.one(asking, one)).code is Code.FORBIDDEN
    managing = with_demand(asking, READ)
    assert refused(lambda: devices.one(managing, made.device.id)).code is Code.WRONG_DOOR
    needing = with_demand(asking, replace(ITSELF, itself=False))
    assert refused(lambda: devices.page(needing, Stretch(10))).code is Code.FORBIDDEN
    devices.edit(writer(stage), made.device.id, DeviceTerms(suspended=True))
    assert refused(lambda: devices.page(asking, Stretch(10))).code is Code.UNAUTHENTICATED


def test_a_suspended_device_stops_at_once_and_goes_on_once_it_is_resumed(stage: Stage):
    made = enroll(stage)
    devices = stage.authority.devices
    devices.edit(writer(stage), made.device.id, DeviceTerms(suspended=True))
    assert reason(stage, made) is Reason.HOLDER_SUSPENDED
    with_secrets = refused(lambda: devices.secrets(reader(stage), made.device.id, Secret(CPU_ID)))
    assert with_secrets.code is Code.UNPROCESSABLE
    devices.edit(writer(stage), made.device.id, DeviceTerms(suspended=False))
    assert reason(stage, made) is None


def test_a_removed_device_has_no_good_token_and_nobody_by_its_name_inherits_one(stage: Stage):
    made = enroll(stage)
    stage.authority.devices.remove(writer(stage), made.device.id)
    assert reason(stage, made) is Reason.HOLDER_SUSPENDED
    again = enroll(stage, uuid=Secret(made.device.uuid))
    assert reason(stage, made) is Reason.HOLDER_SUSPENDED
    assert refused(lambda: renew(stage, made)).code is Code.UNAUTHENTICATED
    assert reason(stage, again) is None


def test_revoking_ends_all_that_a_device_has_and_its_secrets_begin_another_family(stage: Stage):
    made = enroll(stage)
    devices = stage.authority.devices
    beside = devices.secrets(reader(stage), made.device.id, Secret(CPU_ID))
    devices.revoke(writer(stage), made.device.id)
    for one in (made, beside):
        assert reason(stage, one) is Reason.REVOKED
        assert refused(lambda one=one: renew(stage, one)).code is Code.UNAUTHENTICATED
    back = devices.secrets(reader(stage), made.device.id, Secret(CPU_ID))
    assert reason(stage, back) is None
    assert back.token.family_id != made.token.family_id
    assert back.token.predecessor_id is None
    assert devices.one(reader(stage), made.device.id).family_id == back.token.family_id
    assert reason(stage, made) is Reason.REVOKED


def test_secrets_give_a_token_beside_the_one_that_the_device_has(stage: Stage):
    made = enroll(stage)
    beside = stage.authority.devices.secrets(reader(stage), made.device.id, Secret(CPU_ID))
    assert (reason(stage, made), reason(stage, beside)) == (None, None)
    assert beside.token.family_id == made.token.family_id
    assert beside.token.predecessor_id == made.token.id
    assert beside.device == made.device
    event = stage.store.recent_events(None, None, 1)[0]
    assert event.name == "device:secrets:told"
    assert json.loads(event.body or "")["subject"] == str(made.device.id)


def test_an_issue_of_secrets_that_relied_on_a_living_family_fails_when_it_ends_meanwhile(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    made, devices = enroll(stage), stage.authority.devices
    by, of = reader(stage), writer(stage)
    before(monkeypatch, stage.store, "commit", lambda: devices.revoke(of, made.device.id))
    told = devices.secrets(by, made.device.id, Secret(CPU_ID))
    assert told.token.family_id != made.token.family_id
    assert reason(stage, told) is None


@in_memory
def test_a_wrong_cpu_id_is_answered_as_an_unknown_device_is_and_guessing_stops(stage: Stage):
    made, bare = enroll(stage), enroll(stage, "bare", cpu_id=None)
    devices, by = stage.authority.devices, reader(stage)
    unknown = refused(lambda: devices.secrets(by, 4711, Secret(CPU_ID)))
    for named, cpu_id in (
        (made.device.id, Secret("1" * 16)),
        (made.device.id, Secret("")),
        (made.device.id, None),
        (bare.device.id, Secret("")),
        (bare.device.id, Secret(CPU_ID)),
    ):
        wrong = refused(lambda n=named, c=cpu_id: devices.secrets(by, n, c))
        assert (wrong.code, wrong.public) == (unknown.code, unknown.public)
    for _ in range(PER_PERSON_AND_NETWORK.burst):
        late = refused(lambda: devices.secrets(by, made.device.id, Secret("guess")))
    assert late.code is Code.TOO_MANY
    elsewhere = replace(by, address="198.51.100.9")
    assert reason(stage, devices.secrets(elsewhere, made.device.id, Secret(CPU_ID))) is None


@in_memory
def test_at_the_machine_no_cpu_id_is_asked_for(stage: Stage):
    made = enroll(stage, cpu_id=None)
    by = AtMachine(stage.organization_id, "a test")
    assert reason(stage, stage.authority.devices.secrets(by, made.device.id)) is None


def test_a_retry_makes_one_device_and_tells_the_same_token(stage: Stage):
    def by(key: str) -> object:
        return replace(writing, idempotency_key=Secret(key))

    writing = writer(stage)
    first, again = (enroll(stage, by=by("key-1")) for _ in range(2))
    assert (first.device, first.token) == (again.device, again.token)
    assert claims(first.secret) == claims(again.secret)
    stage.authority.devices.revoke(writer(stage), first.device.id)
    assert refused(lambda: enroll(stage, by=by("key-1"))).code is Code.ALREADY_DONE


def test_a_retry_of_secrets_tells_the_same_token(stage: Stage):
    made = enroll(stage)
    by = replace(reader(stage), idempotency_key=Secret("key-2"))
    first, again = (
        stage.authority.devices.secrets(by, made.device.id, Secret(CPU_ID)) for _ in range(2)
    )
    assert first.token == again.token


@in_memory
def test_a_token_bound_to_networks_gets_no_device_token_out(stage: Stage):
    made = enroll(stage)
    bound = stage.issue_personal(stage.session())
    kept = stage.store.find(bound.described.token.id)
    assert kept is not None
    token = kept.token
    stage.put(replace(token, version=token.version + 1, addresses=("192.0.2.0/24",)), token)
    narrow = caller(bound.secret, Spelling.TOKEN, demand=WRITE)
    assert refused(lambda: enroll(stage, "rig-2", by=narrow)).code is Code.FORBIDDEN
    narrow = with_demand(narrow, READ)
    secrets = stage.authority.devices.secrets
    code = refused(lambda: secrets(narrow, made.device.id, Secret(CPU_ID))).code
    assert code is Code.FORBIDDEN
