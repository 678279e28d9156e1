"""A real amqtt with our plugin, as its recipe says, over a real Tokenhouse."""

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.utils import parsedate_to_datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from brokers.amqtt_broker import Amqtt, amqtt
from brokers.packets import Hello, Line, packet, text
from brokers.paho import NOT_AUTHORIZED, UNAVAILABLE, Peer, Will, cut, peer
from brokers.relay import Relay, relay
from brokers.topic_table import HOSTILE_IDS, MALFORMED, PUBLISHED, SHARED, SUBSCRIBED
from brokers.yard import Yard, yard
from tokenhouse.core.mqtt import Action

REVOCATIONS = 100
MOST_SECONDS = 2.0
SETTLED = 0.6
"""Seconds after which a new connection was asked about again, so that changes alone end it."""
_numbers = count()


class Stand:
    """Tokenhouse, a broker that asks it, and one that asks through a relay."""

    def __init__(self, at: Yard, broker: Amqtt, far: Amqtt, between: Relay) -> None:
        self.at = at
        self.broker = broker
        self.far = far
        self.between = between

    def device(self, device: Any, *, far: bool = False, **more: Any) -> Any:
        """Connect as one: its token is the user name."""
        port = (self.far if far else self.broker).port
        return peer(port, more.pop("name", device["number"]), device["token"], **more)

    def person(self, role: str, name: str = "") -> Any:
        return peer(self.broker.port, name or f"person-{next(_numbers)}", self.at.session(role))

    def come_back(self) -> None:
        """Let the far broker reach Tokenhouse again, and wait until it knows that it can."""
        self.between.come_back()
        until = time.monotonic() + MOST_SECONDS
        while True:
            with self.device(self.at.other, far=True) as one:
                if one.is_in:
                    return
            assert time.monotonic() < until

    def named(self, text: str) -> str:
        """A text with the devices' numbers in it."""
        me, other, theirs = (str(one) for one in self.at.numbers)
        return text.replace("{me}", me).replace("{other}", other).replace("{theirs}", theirs)


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    directory = tmp_path_factory.mktemp("amqtt")
    with (
        yard(directory) as at,
        relay(at.port) as between,
        amqtt(directory / "near", at.url, at.client) as broker,
        amqtt(directory / "far", between.url, at.client) as far,
    ):
        yield Stand(at, broker, far, between)
        for one in (broker, far):
            assert "Traceback" not in one.log()
            for secret in (at.me["token"], at.other["token"], at.client[1]):
                assert secret not in one.log()


@pytest.fixture
def mine(stand: Stand) -> Any:
    """A new device."""
    return stand.at.device()


@pytest.fixture
def witness(stand: Stand) -> Iterator[Peer]:
    """An operator who sees all that is published on topics of devices."""
    with stand.person("Super") as one:
        assert one.subscribe("th/d/#")
        yield one


def test_a_device_is_let_in_by_its_token_as_user_name_or_as_password(stand: Stand):
    token, number, port = stand.at.me["token"], stand.at.me["number"], stand.broker.port
    for name, said in {number: (token, ""), f"{number}-up": (str(number), token)}.items():
        with peer(port, name, *said) as one:
            assert one.is_in
    with peer(port, number, "", token) as one:
        assert one.is_in


def test_whoever_has_no_good_token_is_not_let_in(stand: Stand):
    me, other = stand.at.me, stand.at.other
    number = me["number"]
    refused = [
        (number, "", ""),
        (number, "me", "secret"),
        (number, me["token"][:-3] + "AAA", ""),
        (number, me["token"], other["token"]),
        (number, str(other["number"]), me["token"]),
        (number, other["token"], ""),
        ("carl", stand.at.session("Client"), ""),
        (number, stand.at.session("Super"), ""),
    ]
    for said in refused:
        with peer(stand.broker.port, *said) as one:
            assert one.code == NOT_AUTHORIZED


@pytest.mark.parametrize("name", HOSTILE_IDS)
def test_a_device_connects_under_no_name_but_its_own(stand: Stand, name: str):
    with stand.device(stand.at.me, name=stand.named(name)) as one:
        assert one.code == NOT_AUTHORIZED


def test_what_is_published_arrives_where_it_may_and_nowhere_else(stand: Stand, witness: Peer):
    me = stand.at.me["number"]
    for number, row in enumerate(PUBLISHED):
        topic, marker = row.named(*stand.at.numbers), f"th/d/{me}/marker-{number}"
        with stand.device(stand.at.me) as one:
            one.publish(topic, b"tried")
            if topic.startswith("$"):
                assert one.ended(MOST_SECONDS), topic  # amqtt itself takes nothing more from it
                continue
            one.publish(marker)
            assert witness.got(marker), topic
        assert witness.got(topic, b"tried", seconds=0.0) is row.allowed, topic
        told = f"{me} not allowed to publish to TOPIC {topic}.\n" in stand.broker.log()
        assert told is not row.allowed, topic


def test_what_is_subscribed_to_is_granted_where_it_may_be(stand: Stand):
    with stand.device(stand.at.me) as one:
        for row in SUBSCRIBED:
            asked = row.named(*stand.at.numbers)
            assert one.subscribe(asked) is row.allowed, asked
        for row in SHARED:  # which amqtt does not know: it would grant what brings nothing
            assert not one.subscribe(row.named(*stand.at.numbers))


@pytest.mark.parametrize("row", MALFORMED, ids=lambda row: f"{row.action} {row.topic[:40]!r}")
def test_what_is_no_topic_does_nothing(stand: Stand, row):
    topic, me = row.named(*stand.at.numbers), stand.at.me
    line = Line(stand.broker.port, Hello(str(me["number"]), me["token"]))
    try:
        assert line.accepted
        if row.action is Action.SUBSCRIBE:
            assert not line.subscribe(topic)
            return
        with stand.person("Super") as witness:
            assert witness.subscribe("th/d/#")
            line.say(packet(0x30, text(topic) + b"malformed"))
            line.say(packet(0x30, text(f"th/d/{me['number']}/after") + b"after"))
            witness.got(f"th/d/{me['number']}/after", seconds=0.3)
            assert all(said != b"malformed" for _, said in witness.messages)
    finally:
        line.drop()


def test_messages_come_to_the_device_that_they_are_for_alone(stand: Stand, mine: Any):
    other = stand.at.device()
    with stand.device(mine) as one, stand.device(other) as two, stand.person("Super") as olga:
        for device, held in ((mine, one), (other, two)):
            assert held.subscribe(f"th/d/{device['number']}/#")
        for device in (mine, other):
            olga.publish(f"th/d/{device['number']}/down", str(device["number"]).encode())
        assert one.got(f"th/d/{mine['number']}/down")
        assert two.got(f"th/d/{other['number']}/down")
        one.publish(f"th/d/{other['number']}/down", b"forged")
        two.publish(f"th/d/{other['number']}/up", b"last")
        assert two.got(f"th/d/{other['number']}/up", b"last")
        assert [topic for topic, _ in one.messages] == [f"th/d/{mine['number']}/down"]
        assert all(said != b"forged" for _, said in two.messages)


def test_a_person_has_the_topics_of_his_organizations_devices(stand: Stand):
    me, _, theirs = stand.at.numbers
    with stand.person("Administrator") as anna, stand.device(stand.at.theirs) as foreign:
        assert anna.subscribe(f"th/d/{me}/#")
        assert not anna.subscribe(f"th/d/{theirs}/#")
        assert not anna.subscribe("th/d/+/up")
        assert foreign.subscribe(f"th/d/{theirs}/#")
        anna.publish(f"th/d/{theirs}/down", b"not mine")
        anna.publish(f"th/d/{me}/down", b"mine")
        assert anna.got(f"th/d/{me}/down")
        assert not foreign.messages


def test_a_will_is_left_on_topics_of_ones_own_alone(stand: Stand, witness: Peer, mine: Any):
    number, other = mine["number"], stand.at.other["number"]
    for topic in (f"th/d/{other}/up", "up", "$SYS/x", f"th/d/{number}/", f"th/d/{number}0/x"):
        with stand.device(mine, will=(topic, b"will", True)) as one:
            assert one.code == NOT_AUTHORIZED
    topic = f"th/d/{number}/gone"
    with stand.device(mine, will=(topic, b"will", False)) as one:
        assert one.is_in
        cut(one)
        assert witness.got(topic, b"will")


def test_what_is_retained_is_given_to_whoever_may_have_it(stand: Stand, mine: Any):
    number, other = mine["number"], stand.at.other["number"]
    with stand.device(mine) as one:
        one.publish(f"th/d/{number}/state", b"kept", retain=True)
        one.publish(f"th/d/{other}/state", b"forged", retain=True)
    with stand.device(mine) as one:
        assert one.subscribe(f"th/d/{number}/+")
        assert one.got(f"th/d/{number}/state", b"kept")
        with stand.device(stand.at.other) as two:
            assert two.subscribe(f"th/d/{other}/#")
            two.publish(f"th/d/{other}/up", b"last")
            assert two.got(f"th/d/{other}/up", b"last")
            assert [topic for topic, _ in two.messages] == [f"th/d/{other}/up"]


def test_a_second_client_under_the_same_name_takes_over_and_only_the_same_device_can(
    stand: Stand, mine: Any
):
    for clean in (True, False):
        with stand.device(mine, clean=clean) as one, stand.device(mine, clean=clean) as two:
            assert one.ended(MOST_SECONDS)
            assert two.is_in
            assert two.subscribe(f"th/d/{mine['number']}/#")
            two.publish(f"th/d/{mine['number']}/up")
            assert two.got(f"th/d/{mine['number']}/up")


def test_a_stranger_under_a_devices_name_changes_nothing_of_it(stand: Stand, mine: Any):
    number, other = mine["number"], stand.at.other
    will: Will = (f"th/d/{number}/gone", b"own will", False)
    with stand.person("Super") as olga, stand.device(mine, clean=False, will=will) as one:
        assert olga.subscribe("th/d/#")
        assert one.subscribe(f"th/d/{number}/down")
        for clean in (True, False):
            for token in ("", "nonsense", other["token"]):
                foreign = (f"th/d/{other['number']}/x", b"foreign will", False)
                with peer(stand.broker.port, number, token, clean=clean, will=foreign) as stranger:
                    assert stranger.code == NOT_AUTHORIZED
        olga.publish(f"th/d/{number}/down", b"still")
        assert one.got(f"th/d/{number}/down", b"still")
        assert one.is_in
        cut(one)
        assert olga.got(f"th/d/{number}/gone", b"own will")
        assert all(said != b"foreign will" for _, said in olga.messages)


def test_what_waits_for_a_name_is_not_given_to_somebody_else_under_it(stand: Stand):
    port, me = stand.broker.port, stand.at.me["number"]
    anna, olga = (stand.at.session(role) for role in ("Administrator", "Super"))
    with peer(port, "desk", olga, clean=False) as one:
        assert one.subscribe("th/d/+/night")
    with stand.device(stand.at.me) as device:
        device.publish(f"th/d/{me}/night", b"waits")
    with peer(port, "desk", anna, clean=False) as one:
        assert one.is_in
        assert not one.got(f"th/d/{me}/night", seconds=0.3)
        with stand.device(stand.at.theirs) as device:
            device.publish(f"th/d/{stand.at.theirs['number']}/night", b"theirs")
        assert not one.got(f"th/d/{stand.at.theirs['number']}/night", seconds=0.3)


def test_what_waits_for_a_device_is_given_to_it(stand: Stand, mine: Any):
    topic = f"th/d/{mine['number']}/down"
    with stand.device(mine, clean=False) as one:
        assert one.subscribe(topic)
    with stand.person("Super") as olga:
        olga.publish(topic, b"later")
    with stand.device(mine, clean=False) as one:
        assert one.got(topic, b"later")


def test_a_revoked_device_is_off_within_two_seconds_a_hundred_times(stand: Stand):
    devices = [stand.at.device() for _ in range(REVOCATIONS)]

    def seconds(number: int) -> float:
        with stand.device(devices[number]) as one:
            assert one.is_in
            time.sleep(SETTLED + number % 25 / 100)  # at any time between two looks of the broker
            begun = time.monotonic()
            stand.at.revoke(devices[number])
            assert one.ended(5 * MOST_SECONDS)
            assert one.ended_at is not None
            return one.ended_at - begun

    with ThreadPoolExecutor(8) as several:
        spans = sorted(several.map(seconds, range(REVOCATIONS)))
    shown = (spans[0], statistics.median(spans), spans[94], spans[-1])
    print("off after {:.3f} s, median {:.3f}, p95 {:.3f}, at most {:.3f}".format(*shown))
    assert spans[-1] <= MOST_SECONDS


def _suspend(stand: Stand, device: Any) -> None:
    stand.at.ask("PATCH", f"/v1/devices/{device['id']}", {"suspended": True})


def _remove(stand: Stand, device: Any) -> None:
    stand.at.ask("DELETE", f"/v1/devices/{device['id']}")


@pytest.mark.parametrize("do", [_suspend, _remove])
def test_a_device_that_is_no_more_is_off_and_leaves_no_will(
    stand: Stand, witness: Peer, mine: Any, do: Any
):
    will: Will = (f"th/d/{mine['number']}/gone", b"will", False)
    with stand.device(mine, will=will) as one:
        time.sleep(SETTLED)
        do(stand, mine)
        assert one.ended(MOST_SECONDS)
        with stand.device(mine) as again:
            assert again.code == NOT_AUTHORIZED
    assert not witness.got(will[0], seconds=0.3)
    assert stand.broker.said(f"'{mine['number']}' of {mine['id']} was ended: refused")


def test_all_devices_of_a_suspended_organization_are_off(stand: Stand):
    path = f"/v1/organizations/{stand.at.elsewhere}"
    with stand.device(stand.at.theirs) as foreign, stand.device(stand.at.me) as one:
        time.sleep(SETTLED)
        stand.at.ask("PATCH", path, {"suspended": True})
        try:
            assert foreign.ended(MOST_SECONDS)
            assert one.is_in
        finally:
            stand.at.ask("PATCH", path, {"suspended": False})


def test_a_person_who_is_suspended_or_signs_out_is_off(stand: Stand):
    token = stand.at.session("Administrator")
    with peer(stand.broker.port, "anna", token) as anna:
        assert anna.is_in
        time.sleep(SETTLED)
        by = {"authorization": f"Bearer {token}"}
        stand.at.at.client.delete("/v1/sessions/current", headers=by).raise_for_status()
        assert anna.ended(MOST_SECONDS)
    path = f"/v1/people/{stand.at.person('Administrator')}"
    with stand.person("Administrator") as anna:
        time.sleep(SETTLED)
        stand.at.ask("PATCH", path, {"suspended": True})
        try:
            assert anna.ended(MOST_SECONDS)
        finally:
            stand.at.ask("PATCH", path, {"suspended": False})


def test_a_connection_ends_with_its_token(stand: Stand, mine: Any):
    begun, lives = time.monotonic(), 3
    now = parsedate_to_datetime(stand.at.at.client.get("/livez").headers["date"])
    stand.between.ends = now + timedelta(seconds=lives)
    try:
        with stand.device(mine, far=True) as one:
            assert one.is_in
            assert one.ended(lives + MOST_SECONDS)
            assert one.ended_at is not None
            assert one.ended_at - begun > lives - 1
    finally:
        stand.between.ends = None


def test_with_the_authority_gone_nobody_comes_in_and_nothing_is_done(stand: Stand, mine: Any):
    down = f"th/d/{mine['number']}/down"
    with stand.device(mine, far=True) as one:
        assert one.subscribe(down)
        stand.between.leave()
        try:
            gone = time.monotonic()
            time.sleep(1.1)  # until no answer may be kept any longer
            with stand.device(stand.at.other, far=True) as two:
                assert two.code == UNAVAILABLE
            one.publish(down, b"unasked")
            assert not one.subscribe(f"th/d/{mine['number']}/x")
            assert not one.messages
            assert one.is_in
            assert one.ended(15)
            assert one.ended_at is not None
            assert 9 <= one.ended_at - gone <= 12
        finally:
            stand.come_back()
    with stand.device(mine, far=True) as one:
        assert one.is_in
        assert one.subscribe(down)


def test_with_the_authority_silent_it_is_no_as_soon_and_short_silence_ends_nothing(
    stand: Stand, mine: Any
):
    with stand.device(mine, far=True) as one:
        stand.between.silent = True
        try:
            with stand.device(stand.at.other, far=True) as two:
                assert two.code == UNAVAILABLE
            begun = time.monotonic()
            for name in ("x", "y", "z"):  # each would wait for its own 2 s
                assert not one.subscribe(f"th/d/{mine['number']}/{name}")
            assert time.monotonic() - begun < 4
        finally:
            stand.between.leave()  # what was swallowed is never answered
            stand.between.silent = False
            stand.come_back()
        stand.at.revoke(mine)
        assert one.ended(MOST_SECONDS + 3)


def test_no_message_is_lost_because_somebody_subscribes_while_it_is_asked_about(
    stand: Stand, mine: Any
):
    number = mine["number"]
    with (
        stand.device(mine, far=True, name=f"{number}-a") as one,
        stand.device(mine, far=True, name=f"{number}-b") as two,
        stand.device(mine, far=True, name=f"{number}-c") as late,
    ):
        assert one.subscribe(f"th/d/{number}/#")
        assert two.subscribe(f"th/d/{number}/up")
        stand.between.slow = 0.3
        try:
            one.publish(f"th/d/{number}/up", b"slowly")
            for name in ("x", "y", "z"):
                assert late.subscribe(f"th/d/{number}/{name}")
        finally:
            stand.between.slow = 0.0
        assert one.got(f"th/d/{number}/up", b"slowly")
        assert two.got(f"th/d/{number}/up", b"slowly")


def test_a_broker_whose_client_may_not_ask_lets_nobody_in(stand: Stand, tmp_path: Path):
    client_id, secret = stand.at.client
    with amqtt(tmp_path / "b", stand.at.url, (client_id, secret[:-2] + "xx")) as broker:
        me = stand.at.me
        with peer(broker.port, me["number"], me["token"]) as one:
            assert one.code == UNAVAILABLE


def test_where_names_are_free_a_device_connects_under_any_and_ends_whoever_had_it(
    stand: Stand, tmp_path: Path
):
    with amqtt(tmp_path / "b", stand.at.url, stand.at.client, "free") as broker:
        me, theirs = stand.at.me, stand.at.theirs
        with peer(broker.port, "rig", me["token"], clean=False) as one:
            assert one.is_in
            assert one.subscribe(f"th/d/{me['number']}/#")
            with peer(broker.port, "rig", theirs["token"], clean=False) as two:
                assert one.ended(MOST_SECONDS)
                with peer(broker.port, "else", me["token"]) as three:
                    three.publish(f"th/d/{me['number']}/up", b"mine")
                assert not two.got(f"th/d/{me['number']}/up", seconds=0.3)
