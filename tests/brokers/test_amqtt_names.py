"""At a real amqtt, what is there under a name is nobody else's, and a crowd comes in."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from amqtt.broker import Broker
from amqtt.errors import PluginInitError

from brokers.amqtt_broker import amqtt, recipe
from brokers.amqtt_stand import MOST_SECONDS, Stand
from brokers.packets import Hello, Line
from brokers.paho import NOT_AUTHORIZED, UNAVAILABLE, Will, cut, peer
from rigs import subject

SETTLED = 0.6


def test_a_second_client_under_the_same_name_takes_over_and_only_the_same_device_can(
    stand: Stand, mine: Any
):
    topic = f"th/d/{mine['number']}/up"
    for clean in (True, False):
        with stand.device(mine, clean=clean) as one:
            assert one.subscribe(topic)
            with stand.device(mine, clean=clean) as two:
                assert one.ended(MOST_SECONDS)
                assert two.is_in
                if clean:  # where it is not, it goes on with what the first one had
                    assert two.subscribe(topic)
                two.publish(topic)
                assert two.got(topic)


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


def test_what_waits_for_a_name_is_not_given_to_somebody_else_under_it(stand: Stand, tmp_path: Path):
    me, theirs = stand.at.me["number"], stand.at.theirs["number"]
    anna, olga = (stand.at.session(role) for role in ("Administrator", "Super"))
    with amqtt(tmp_path / "b", stand.at.url, stand.at.client, "free") as broker:
        port = broker.port
        with peer(port, "desk", olga, clean=False) as one:
            assert one.subscribe("th/d/+/night")
        with peer(port, "mine", stand.at.me["token"]) as device:
            device.publish(f"th/d/{me}/night", b"waits")
        with peer(port, "desk", anna, clean=False) as one:
            assert one.is_in
            assert not one.got(f"th/d/{me}/night", seconds=0.3)
            with peer(port, "theirs", stand.at.theirs["token"]) as device:
                device.publish(f"th/d/{theirs}/night", b"theirs")
            assert not one.got(f"th/d/{theirs}/night", seconds=0.3)


def test_nobody_connects_under_the_name_of_another_person(stand: Stand):
    anna, olga = (stand.at.session(role) for role in ("Administrator", "Super"))
    with peer(stand.broker.port, subject(olga), anna) as one:
        assert not one.is_in


def test_what_waits_for_a_device_is_given_to_it(stand: Stand, mine: Any):
    topic = f"th/d/{mine['number']}/down"
    with stand.device(mine, clean=False) as one:
        assert one.subscribe(topic)
    time.sleep(SETTLED)  # a broker tells nobody that it has seen somebody leave
    with stand.person("Super") as olga:
        olga.publish(topic, b"later")
    time.sleep(SETTLED)  # nor that what it took has reached those who are away
    with stand.device(mine, clean=False) as one:
        assert one.got(topic, b"later")


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


def test_a_thousand_devices_come_back_at_once_and_none_is_locked_out(stand: Stand, tmp_path: Path):
    with ThreadPoolExecutor(8) as several:
        devices = list(several.map(lambda _: stand.at.device(), range(1_000)))

    def come(device: Any) -> Line:
        return Line(broker.port, Hello(str(device["number"]), device["token"]))

    with (
        amqtt(tmp_path / "b", stand.at.url, stand.at.client) as broker,
        ThreadPoolExecutor(100) as all_of_them,
    ):
        lines = list(all_of_them.map(come, devices))
        assert all(line.accepted for line in lines)
        for line in lines:
            line.drop()


def test_no_other_amqtt_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "secret").write_text("s")
    text = recipe(1, "http://127.0.0.1:1", "id", tmp_path / "secret", "bound")

    async def begin() -> Broker:
        return Broker(yaml.safe_load(text))

    assert asyncio.run(begin())
    monkeypatch.setattr("amqtt.__version__", "0.12.2")
    with pytest.raises(PluginInitError):
        asyncio.run(begin())


def test_a_broker_whose_client_may_not_ask_lets_nobody_in(stand: Stand, tmp_path: Path):
    client_id, secret = stand.at.client
    with amqtt(tmp_path / "b", stand.at.url, (client_id, secret[:-5] + "xxxxx")) as broker:
        me = stand.at.me
        with peer(broker.port, me["number"], me["token"]) as one:
            assert one.code == UNAVAILABLE
