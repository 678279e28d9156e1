"""A real amqtt with our plugin, as its recipe says: who comes in, and what he may do there."""

from typing import Any

import pytest

from brokers.amqtt_stand import MOST_SECONDS, Stand
from brokers.packets import Hello, Line, packet, text
from brokers.paho import NOT_AUTHORIZED, Peer, cut, peer
from brokers.topic_table import HOSTILE_IDS, MALFORMED, PUBLISHED, SHARED, SUBSCRIBED
from tokenhouse.core.mqtt import Action


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
