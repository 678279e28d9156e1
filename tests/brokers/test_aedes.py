"""A real aedes with our module, as its recipe says, over a real Tokenhouse: who may do what."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from brokers.aedes import aedes
from brokers.aedes_stand import Stand
from brokers.aedes_stand import stand as standing
from brokers.packets import Hello, Line
from brokers.paho import NOT_AUTHORIZED, UNAVAILABLE, Peer, peer
from brokers.topic_table import HOSTILE_IDS, MALFORMED, PUBLISHED, SHARED, SUBSCRIBED
from tokenhouse.core.mqtt import Action


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with standing(tmp_path_factory.mktemp("aedes")) as made:
        yield made


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
        (number, "x" * 60_000, ""),
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
    for row in PUBLISHED:
        topic = row.named(*stand.at.numbers)
        with stand.device(stand.at.me) as one:
            one.publish(topic, b"tried")
            if row.allowed:
                assert one.is_in, topic
                assert witness.got(topic, b"tried"), topic
            else:
                assert one.ended(0), topic
    arrived = {topic for topic, _ in witness.messages}
    assert arrived == {row.named(*stand.at.numbers) for row in PUBLISHED if row.allowed}


def test_what_is_subscribed_to_is_granted_where_it_may_be(stand: Stand):
    with stand.device(stand.at.me) as one:
        for row in SUBSCRIBED:
            asked = row.named(*stand.at.numbers)
            assert one.subscribe(asked) is row.allowed, asked
        for row in SHARED:  # which aedes does not know: it would grant what brings nothing
            assert not one.subscribe(row.named(*stand.at.numbers))
        assert one.is_in


@pytest.mark.parametrize("row", MALFORMED, ids=lambda row: f"{row.action} {row.topic[:40]!r}")
def test_what_is_no_topic_does_nothing(stand: Stand, row):
    topic, me = row.named(*stand.at.numbers), stand.at.me
    line = Line(stand.broker.port, Hello(str(me["number"]), me["token"]))
    assert line.accepted
    if row.action is Action.SUBSCRIBE:
        assert not line.subscribe(topic)
    else:
        with stand.person("Super") as witness:
            assert witness.subscribe("th/d/#")
            assert not line.publish(topic, b"malformed")
            witness.publish(f"th/d/{me['number']}/after", b"after")
            assert witness.got(f"th/d/{me['number']}/after")
            assert all(said != b"malformed" for _, said in witness.messages)
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


def test_messages_of_one_device_arrive_in_the_order_in_which_it_sent_them(
    stand: Stand, witness: Peer, mine: Any
):
    sent = [f"th/d/{mine['number']}/{index % 30}" for index in range(200)]
    with stand.device(mine) as one:
        for index, topic in enumerate(sent):
            one.client.publish(topic, str(index), 1)
        assert witness.wait(lambda: len(witness.messages) >= len(sent))
    assert witness.messages == [(topic, str(at).encode()) for at, topic in enumerate(sent)]


def test_a_person_has_the_topics_of_his_organizations_devices(stand: Stand):
    me, _, theirs = stand.at.numbers
    with stand.person("Administrator") as anna, stand.device(stand.at.theirs) as foreign:
        assert anna.subscribe(f"th/d/{me}/#")
        assert not anna.subscribe(f"th/d/{theirs}/#")
        assert not anna.subscribe("th/d/+/up")
        assert foreign.subscribe(f"th/d/{theirs}/#")
        anna.publish(f"th/d/{me}/down", b"mine")
        assert anna.got(f"th/d/{me}/down")
        anna.publish(f"th/d/{theirs}/down", b"not mine")
        assert anna.ended(0)
        assert not foreign.messages


def test_a_broker_whose_client_may_not_ask_lets_nobody_in(stand: Stand, tmp_path: Path):
    client_id, secret = stand.at.client
    with aedes(tmp_path / "b", stand.at.url, (client_id, secret[:-5] + "xxxxx")) as broker:
        with stand.device(stand.at.me) as one:
            assert one.is_in
        with peer(broker.port, stand.at.me["number"], stand.at.me["token"]) as one:
            assert one.code == UNAVAILABLE


def test_where_names_are_free_a_device_connects_under_any_and_ends_whoever_had_it(
    stand: Stand, tmp_path: Path
):
    with aedes(tmp_path / "b", stand.at.url, stand.at.client, "free") as broker:
        me, theirs = stand.at.me, stand.at.theirs
        with peer(broker.port, "rig", me["token"], clean=False) as one:
            assert one.subscribe(f"th/d/{me['number']}/#")
            with peer(broker.port, "rig", theirs["token"], clean=False) as two:
                assert one.ended(2)
                with peer(broker.port, "else", me["token"]) as three:
                    three.publish(f"th/d/{me['number']}/up", b"mine")
                assert not two.got(f"th/d/{me['number']}/up", seconds=0.3)
