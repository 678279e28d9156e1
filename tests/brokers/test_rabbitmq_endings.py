"""A real RabbitMQ over the recipe: people, what ends, what is down, and what stands in its logs."""

import asyncio
import re
import resource
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from brokers.grounds import Grounds, Met, comes
from brokers.packets import CONNACK, SUBACK, Hello, subscribing
from tokenhouse.config import REVOCATION_REACH_MS

FLEET: Final = 1_000
REFUSED: Final = 4
LOGGED_AFTER_S: Final = 3
"""RabbitMQ gathers for two seconds what it writes to its logs."""


@contextmanager
def library(rabbitmq: Grounds, hello: Hello) -> Iterator[tuple[mqtt.Client, list[str]]]:
    """A client as others wrote it, and the topics that it hears of; it has to be let in."""
    heard: list[str] = []
    client = mqtt.Client(CallbackAPIVersion.VERSION2, hello.client_id, protocol=mqtt.MQTTv311)
    client.username_pw_set(hello.user_name, hello.password)
    client.on_message = lambda _client, _data, message: heard.append(message.topic)
    client.connect("127.0.0.1", rabbitmq.broker.ports.mqtt)
    client.loop_start()
    try:
        until(client.is_connected)
        yield client, heard
    finally:
        client.disconnect()
        client.loop_stop()


def until(holds, within_s: float = 10) -> None:
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_client_library_sends_and_receives(rabbitmq: Grounds):
    me = rabbitmq.me
    topic = f"{me.prefix}/up"
    for hello in (me.by_user_name(), me.by_password(), Hello(str(me.number), "", me.token)):
        with library(rabbitmq, hello) as (client, heard):
            client.subscribe(f"{me.prefix}/#", qos=1)
            client.publish(topic, b"x", qos=1).wait_for_publish(5)
            until(lambda: heard == [topic])
            client.publish(f"{rabbitmq.other.prefix}/up", b"x", qos=1)
            until(lambda: not client.is_connected())


def test_a_person_has_the_topics_of_his_organizations_devices(rabbitmq: Grounds):
    me, theirs = rabbitmq.me, rabbitmq.theirs
    anna = Hello("anna", rabbitmq.session(), "x")
    mine, by = rabbitmq.accepted(me.by_password()), rabbitmq.accepted(anna)
    assert mine.subscribe(f"{me.prefix}/#")
    assert by.subscribe(f"{me.prefix}/#")
    assert by.publish(f"{me.prefix}/down", b"by a person")
    assert comes(mine, (f"{me.prefix}/down", b"by a person"))
    assert comes(by, (f"{me.prefix}/down", b"by a person"))
    for asked in (f"{theirs.prefix}/#", "th/d/+/up", "th/#", "#"):
        assert not rabbitmq.accepted(anna).subscribe(asked)
    for topic in (f"{theirs.prefix}/down", "th/d/999/down", "elsewhere"):
        assert not rabbitmq.accepted(anna).publish(topic)
    assert rabbitmq.line(anna._replace(client_id=str(me.number))).code == REFUSED
    carl = Hello("carl", rabbitmq.session("Client"), "x")
    assert rabbitmq.line(carl).code == REFUSED


def test_nobody_finds_what_a_person_subscribed_to_before_him(rabbitmq: Grounds):
    me = rabbitmq.me
    anna = Hello("ours", rabbitmq.session(), "x", clean=False)
    assert not rabbitmq.accepted(anna).subscribe(f"{me.prefix}/#", qos=1)
    was = rabbitmq.accepted(anna)
    assert was.subscribe(f"{me.prefix}/#")
    was.drop()
    time.sleep(0.5)
    assert rabbitmq.accepted(me.by_password()).publish(f"{me.prefix}/up")
    olga = Hello("ours", rabbitmq.session("Super"), "x", clean=False)
    assert rabbitmq.accepted(olga).messages(0.5) == []


def test_whoever_was_revoked_does_nothing_that_has_to_be_asked_for(rabbitmq: Grounds):
    """What RabbitMQ remembers of a connection it forgets once nothing is said on it for a while."""
    met = rabbitmq.enroll("revoked")
    live, silent = (rabbitmq.accepted(met.by_password(suffix)) for suffix in ("-live", "-silent"))
    assert live.publish(f"{met.prefix}/up")
    assert silent.publish(f"{met.prefix}/up")
    rabbitmq.revoke(met)
    time.sleep(REVOCATION_REACH_MS / 1000)
    for hello in (met.by_password("-new"), met.by_user_name("-new")):
        assert rabbitmq.line(hello).code == REFUSED
    assert not live.publish(f"{met.prefix}/another")
    time.sleep(2)
    assert not silent.publish(f"{met.prefix}/up")


def test_while_the_authority_is_down_nobody_is_let_in(rabbitmq: Grounds):
    me = rabbitmq.me
    live = rabbitmq.accepted(me.by_password())
    rabbitmq.close()
    try:
        for hello in (me.by_password("-new"), me.by_user_name("-new")):
            assert rabbitmq.line(hello).code == REFUSED
        assert not live.publish(f"{me.prefix}/up")
        assert rabbitmq.broker.managed("GET", "whoami").status_code == 200
    finally:
        rabbitmq.open()
    assert rabbitmq.accepted(me.by_password()).publish(f"{me.prefix}/up")


def test_while_the_authority_does_not_answer_nobody_is_let_in(rabbitmq: Grounds):
    me, process = rabbitmq.me, rabbitmq.demo.process
    process.send_signal(signal.SIGSTOP)
    try:
        assert rabbitmq.line(me.by_password()).code == REFUSED
    finally:
        process.send_signal(signal.SIGCONT)
    assert rabbitmq.accepted(me.by_password()).publish(f"{me.prefix}/up")


def test_no_token_and_no_secret_stands_in_the_logs(rabbitmq: Grounds):
    """Whatever failed before, and what RabbitMQ cannot read: MQTT 5, and nonsense."""
    me, broker = rabbitmq.me, rabbitmq.broker
    for hello in (me.by_password(), me.by_user_name()):
        assert not rabbitmq.line(hello._replace(version=5)).accepted
        assert not rabbitmq.accepted(hello).publish(f"{rabbitmq.other.prefix}/up")
        assert not rabbitmq.accepted(hello).subscribe("#")
        line = rabbitmq.accepted(hello)
        for one in broker.managed("GET", "connections?disable_stats=true").json():
            broker.managed("DELETE", f"connections/{one['name']}?disable_stats=true")
        assert not line.publish(f"{me.prefix}/up")
    time.sleep(LOGGED_AFTER_S)
    log = broker.log
    together = re.sub(r"\s+", "", re.sub(r"(?m)^\S+ \S+ \[\w+\] <[\d.]+>", "", log))
    for secret in (me.token, rabbitmq.asks.secret, broker.manager[1]):
        as_numbers = ",".join(str(one) for one in secret[:40].encode())
        assert secret[:40] not in log
        assert as_numbers not in together


def test_a_thousand_devices_come_back_after_the_broker_was_down(rabbitmq: Grounds):
    """All at once, as after a power cut: none is locked out, and none is taken for an attack."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 8_192)), hard))
    rabbitmq.broker.stop()
    with ThreadPoolExecutor() as threads:
        started = threads.submit(rabbitmq.broker.start)
        fleet = [rabbitmq.enroll(f"fleet-{number}") for number in range(FLEET)]
        started.result()
    begun = time.monotonic()
    back = asyncio.run(_all_connect(rabbitmq.broker.ports.mqtt, fleet))
    print(f"{FLEET} devices were back after {time.monotonic() - begun:.1f} s")
    assert back == FLEET
    assert rabbitmq.accepted(rabbitmq.me.by_password()).publish(f"{rabbitmq.me.prefix}/up")


async def _all_connect(port: int, fleet: list[Met]) -> int:
    writers: list[asyncio.StreamWriter] = []

    async def back(met: Met) -> bool:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writers.append(writer)
        writer.write(met.by_password().packet())
        if await reader.readexactly(4) != bytes([CONNACK << 4, 2, 0, 0]):
            return False
        writer.write(subscribing(f"{met.prefix}/#"))
        return (await reader.readexactly(5))[0] >> 4 == SUBACK

    try:
        return sum(await asyncio.gather(*map(back, fleet)))
    finally:
        for writer in writers:
            writer.close()
        await asyncio.gather(*(one.wait_closed() for one in writers), return_exceptions=True)
