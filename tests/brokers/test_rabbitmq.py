"""A real RabbitMQ over the recipe: who is let in, and on which topics he is heard.

It says no to what a client does by ending the connection; so every row has a connection of its own.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest

from brokers.grounds import Grounds, comes
from brokers.packets import Hello, publishing
from brokers.topic_table import HOSTILE_IDS, MALFORMED, SHARED, TABLE, Row
from tokenhouse.core.mqtt import Action

ROWS: Final = (*TABLE, *SHARED, *MALFORMED)
assert len(ROWS) >= 60
REFUSED: Final = 4
"""What CONNACK says to whoever is not let in: bad user name or password."""


def allowed(row: Row) -> bool:
    """What the table says, but for shared subscriptions: RabbitMQ has none, so all are refused."""
    return row.allowed and row not in SHARED


def test_a_device_is_let_in_by_its_token_as_user_name_or_as_password(rabbitmq: Grounds):
    me = rabbitmq.me
    name = str(me.number)
    for user_name, password in ((me.token, "x"), (me.token, ""), ("", me.token), (name, me.token)):
        line = rabbitmq.accepted(Hello(f"{name}-{len(user_name)}", user_name, password))
        assert line.publish(f"{me.prefix}/up")
        assert line.subscribe(f"{me.prefix}/#", qos=1)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.action} {row.topic[:40]!r}")
def test_a_device_does_what_the_table_says(rabbitmq: Grounds, row: Row):
    topic = rabbitmq.named(row.topic)
    for hello in (rabbitmq.me.by_password("-row"), rabbitmq.me.by_user_name("-row")):
        line = rabbitmq.accepted(hello)
        does = line.publish if row.action is Action.PUBLISH else line.subscribe
        assert does(topic) is allowed(row)
        line.drop()


@pytest.mark.parametrize("name", HOSTILE_IDS)
def test_a_device_connects_under_no_name_but_its_own(rabbitmq: Grounds, name: str):
    me = rabbitmq.me
    for hello in (me.by_password(), me.by_user_name()):
        assert rabbitmq.line(hello._replace(client_id=rabbitmq.named(name))).code == REFUSED


@pytest.mark.parametrize("name", ["\x00", "\udcff", "\n", "x" * 60_000])
def test_a_name_that_is_no_text_is_refused(rabbitmq: Grounds, name: str):
    assert rabbitmq.line(rabbitmq.me.by_password(name)).code == REFUSED


def test_another_devices_connection_is_not_taken_over(rabbitmq: Grounds):
    """A broker ends the connection that there is under the same client id; so ours is to stay."""
    me, other = rabbitmq.me, rabbitmq.other
    mine = rabbitmq.accepted(me.by_password())
    theft = other.by_password()._replace(client_id=str(me.number))
    assert rabbitmq.line(theft).code == REFUSED
    assert rabbitmq.line(theft._replace(user_name=other.token)).code == REFUSED
    assert rabbitmq.line(theft._replace(user_name=str(me.number))).code == REFUSED
    assert mine.publish(f"{me.prefix}/still-here")


def test_whoever_has_no_token_is_not_let_in(rabbitmq: Grounds):
    me, asks = rabbitmq.me, rabbitmq.asks
    name = str(me.number)
    for hello in (
        Hello(name),
        Hello(name, None, me.token),
        Hello(name, name, ""),
        Hello(name, name, me.token[:-5] + "AAAAA"),
        Hello(name, f"elsewhere:{me.token}", "x"),
        Hello("guest", "guest", "guest"),
        Hello(asks.client_id, asks.client_id, asks.secret),
        rabbitmq.theirs.by_password(),
        rabbitmq.theirs.by_user_name(),
    ):
        assert rabbitmq.line(hello).code == REFUSED, hello


def test_devices_exchange_nothing_across_their_prefixes(rabbitmq: Grounds):
    me, other = rabbitmq.me, rabbitmq.other
    mine = rabbitmq.accepted(me.by_password("-in"))
    its = rabbitmq.accepted(other.by_user_name("-in"))
    assert mine.subscribe(f"{me.prefix}/#")
    assert its.subscribe(f"{other.prefix}/#")
    for row in TABLE:
        if row.action is Action.PUBLISH:
            rabbitmq.accepted(me.by_password("-out")).publish(rabbitmq.named(row.topic))
    heard = [topic for topic, _ in mine.messages()]
    meant = [row for row in TABLE if row.allowed and row.action is Action.PUBLISH]
    assert heard == [rabbitmq.named(row.topic) for row in meant]
    assert its.messages() == []


def test_a_will_is_heard_under_the_devices_own_prefix_alone(rabbitmq: Grounds):
    me, other = rabbitmq.me, rabbitmq.other
    mine, its = (
        rabbitmq.accepted(me.by_password("-in")),
        rabbitmq.accepted(other.by_password("-in")),
    )
    assert mine.subscribe(f"{me.prefix}/#")
    assert its.subscribe(f"{other.prefix}/#")
    for topic in (f"{other.prefix}/gone", "$SYS/gone", f"{me.prefix}/gone"):
        for hello in (me.by_password("-will"), me.by_user_name("-will")):
            rabbitmq.accepted(hello._replace(will=(topic, b"gone"), retained=True)).drop()
    assert comes(mine, (f"{me.prefix}/gone", b"gone"))
    assert comes(mine, (f"{me.prefix}/gone", b"gone"))
    assert its.messages() == []
    later = rabbitmq.accepted(other.by_password("-later"))
    assert later.subscribe(f"{other.prefix}/gone")
    assert later.messages(0.3) == []


def test_what_is_retained_is_kept_for_the_device_and_for_nobody_else(rabbitmq: Grounds):
    me, other = rabbitmq.me, rabbitmq.other
    sender = rabbitmq.accepted(me.by_password("-out"))
    assert sender.publish(f"{me.prefix}/state", b"on", retained=True)
    assert not sender.publish(f"{other.prefix}/state", b"off", retained=True)
    mine, its = (
        rabbitmq.accepted(me.by_password("-in")),
        rabbitmq.accepted(other.by_password("-in")),
    )
    assert mine.subscribe(f"{me.prefix}/state")
    assert comes(mine, (f"{me.prefix}/state", b"on"))
    assert its.subscribe(f"{other.prefix}/state")
    assert its.messages(0.3) == []
    assert not its.subscribe(f"{me.prefix}/state")


def test_what_arrived_while_a_device_was_away_waits_for_it_alone(rabbitmq: Grounds):
    me, other = rabbitmq.me, rabbitmq.other
    away = rabbitmq.accepted(me.by_password("-kept", clean=False))
    assert away.subscribe(f"{me.prefix}/down", qos=1)
    away.drop()
    assert rabbitmq.accepted(me.by_password("-out")).publish(f"{me.prefix}/down", b"waits")
    theft = other.by_password(clean=False)._replace(client_id=f"{me.number}-kept")
    assert rabbitmq.line(theft).code == REFUSED
    assert comes(
        rabbitmq.accepted(me.by_password("-kept", clean=False)), (f"{me.prefix}/down", b"waits")
    )
    assert rabbitmq.accepted(me.by_password("-kept")).messages(0.2) == []


def test_dots_and_stars_are_slashes_and_pluses_and_lead_nowhere_else(rabbitmq: Grounds):
    me, other = rabbitmq.me, rabbitmq.other
    mine = rabbitmq.accepted(me.by_password("-in"))
    assert mine.subscribe(f"{me.prefix}/#")
    assert rabbitmq.accepted(me.by_password("-out")).publish(f"{me.prefix}.a.b")
    assert comes(mine, (f"{me.prefix}/a/b", b"x"))
    for topic in (f"th.d.{other.number}.up", f"{me.prefix}/*", f"{me.prefix}/a*b", "th.d.*.up"):
        assert not rabbitmq.accepted(me.by_password("-out")).publish(topic)
    for asked in (f"th.d.{other.number}.#", "th/d/*/up", "*.*.*.up", "th.#", f"{me.prefix}/#.up"):
        assert not rabbitmq.accepted(me.by_password("-out")).subscribe(asked)


def test_no_token_opens_amqp_or_the_management(rabbitmq: Grounds):
    me, broker = rabbitmq.me, rabbitmq.broker
    shown = [(me.token, "x"), (str(me.number), me.token), ("", me.token)]
    shown.append((rabbitmq.session(), "x"))
    with ThreadPoolExecutor() as threads:
        assert not any(threads.map(broker.opens_amqp, *zip(*shown, strict=True)))
    for pair in shown:
        assert broker.managed("GET", "whoami", by=pair).status_code == 401
    assert broker.managed("GET", "whoami").json()["tags"] == ["administrator"]
    assert broker.opens_amqp(*broker.manager)


def test_the_management_user_has_no_topics(rabbitmq: Grounds):
    mine = rabbitmq.accepted(rabbitmq.me.by_password("-in"))
    assert mine.subscribe(f"{rabbitmq.me.prefix}/#")
    line = rabbitmq.line(Hello("manager", *rabbitmq.broker.manager))
    line.say(publishing(f"{rabbitmq.me.prefix}/up"))
    assert not line.subscribe(f"{rabbitmq.me.prefix}/#")
    assert mine.messages(0.3) == []
