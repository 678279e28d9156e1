"""The demo's MQTT broker: where it is, what can be pasted, how it ends, and why there is none."""

import html
import re
import socket
import subprocess
import sys
import threading
from pathlib import Path

from pasting import paste
from running import OPAQUE, SIGNED, Demo, demo
from tokenhouse.cli.demo_broker import take_port
from tokenhouse.config import DEFAULT_PORT
from tokenhouse.core.credential import Secret
from tokenhouse.demo import firm
from tokenhouse.demo.broker import USUAL_PORT, Address, Asking, Broker, NoBroker
from tokenhouse.demo.tour import broker_steps, steps
from tokenhouse.demo.walk.mqtt import Connection, Message
from tokenhouse.operations.blueprint import ClientPlan
from tokenhouse.server import CannotListen, Listener, listen

WITHOUT_AMQTT = "import sys; sys.modules['amqtt'] = None; from tokenhouse.cli import main; main()"


def device(running: Demo) -> str:
    """The token of the device that `--json` tells."""
    token: str = running.ready["device"]["token"]
    return token


def connected(running: Demo) -> Connection:
    """The device's connection, which was let in."""
    at = running.ready["mqtt"]
    connection = Connection(at["host"], at["port"])
    assert connection.connect("me", device(running)) == 0
    return connection


def test_the_device_of_the_first_line_connects_where_that_line_says(running_demo: Demo):
    at, prefix = running_demo.ready["mqtt"], running_demo.ready["device"]["mqttPrefix"]
    assert at["host"] == "127.0.0.1"
    connection = connected(running_demo)
    assert connection.subscribe(f"{prefix}#") == 0
    said = Message(f"{prefix}state", b"on")
    connection.publish(said)
    assert connection.message() == said
    connection.close()


def test_nobody_connects_without_a_good_token(running_demo: Demo):
    at = running_demo.ready["mqtt"]
    for user_name in ("", "me", f"{device(running_demo)[:-8]}AAAAAAAA"):
        connection = Connection(at["host"], at["port"])
        assert connection.connect("me", user_name) == 5
        connection.close()


def test_a_device_at_the_broker_does_what_the_page_says_as_pasted(
    running_demo: Demo, tmp_path: Path
):
    person, at = running_demo.person("Administrator"), Address(**running_demo.ready["mqtt"])
    url = running_demo.url
    field, sign_in, *_ = steps(url, person["email"], person["password"])
    connecting = broker_steps(url, at)
    done = paste("\n".join(step.command for step in (field, sign_in, *connecting)), tmp_path)
    assert done.returncode == 0, done.stderr
    heard, refused, ended = done.stdout.splitlines()
    assert re.fullmatch(r'th/d/\d+/state\{"volts": 230\}', heard)
    assert refused == "Refused."
    assert ended == "It was thrown off."
    page = html.unescape(running_demo.client.get("/").text)
    assert "Connect a device over MQTT" in page
    assert all(step.command in page for step in connecting)


def is_free(port: int) -> bool:
    """Whether nobody on this machine has a port now."""
    try:
        listen("127.0.0.1", port).socket.close()
    except CannotListen:
        return False
    return True


def test_beside_the_usual_port_mqtt_has_its_own_where_nobody_else_has():
    was_free = is_free(USUAL_PORT)
    with socket.socket() as unused:
        usual = Listener(unused, "127.0.0.1", DEFAULT_PORT)
        first = take_port(usual)
        assert (first.port == USUAL_PORT) is was_free
        with first.socket, take_port(usual).socket as second:
            assert USUAL_PORT != second.getsockname()[1] != first.port
        other = take_port(Listener(unused, "127.0.0.1", DEFAULT_PORT + 1))
        with other.socket:
            assert other.port != USUAL_PORT


def test_whoever_is_connected_is_thrown_off_with_the_demo(tmp_path: Path):
    with demo(tmp_path / "data") as running:
        connection = connected(running)
        running.process.terminate()
        assert connection.ends_within(20)
        connection.close()
        assert running.process.wait(20) == 0
    assert (tmp_path / "data.log").read_text() == ""


def test_the_broker_lets_the_same_device_in_when_the_demo_is_started_again(tmp_path: Path):
    for _ in range(2):
        with demo(tmp_path / "data") as running:
            connected(running).close()


def test_what_the_broker_knows_stands_in_no_file_and_it_logs_nothing_of_it(tmp_path: Path):
    data = tmp_path / "data"
    with demo(data) as running:
        token = device(running)
        at = running.ready["mqtt"]
        for user_name in (token, f"{token}x", "tho_" + 46 * "a"):
            connection = Connection(at["host"], at["port"])
            connection.connect("me", user_name)
            connection.close()
    assert data.with_suffix(".log").read_text() == ""
    for path in (one for one in data.rglob("*") if one.is_file()):
        told = path.read_bytes().decode("latin-1")
        assert not OPAQUE.search(told), path
        assert not SIGNED.search(told), path


def test_data_whose_client_was_removed_has_no_broker(tmp_path: Path):
    data = tmp_path / "data"
    with demo(data) as running:
        by = running.bearer()
        listed = running.client.get("/v1/clients", headers=by).json()["data"]
        (asking,) = (one for one in listed if one["label"] == firm.BROKER)
        assert asking["permissions"] == ["TokenVerify"]
        assert asking["grants"] == []
        removed = running.client.delete(f"/v1/clients/{asking['id']}", headers=by)
        assert removed.status_code == 204
    with demo(data) as running:
        assert "mqtt" not in running.ready
        assert "over MQTT" not in running.client.get("/").text


def test_without_amqtt_the_demo_says_how_to_get_a_broker_and_goes_its_way(tmp_path: Path):
    command = [sys.executable, "-c", WITHOUT_AMQTT, "demo", "--tour", "--data", str(tmp_path / "x")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert done.stderr == ""
    first, *_, last = done.stdout.splitlines()
    assert first == "There is no MQTT broker: pip install 'tokenhouse[amqtt]' brings one."
    assert last.startswith("All ")
    assert "CONNECT" not in done.stdout


def test_a_broker_that_was_never_started_is_left_like_one_that_is_none():
    listener = listen("127.0.0.1", 0)
    asking = Asking("http://127.0.0.1:1", ClientPlan("label", "id", Secret("secret")))
    before = threading.active_count()
    with Broker(listener.socket, asking) as broker:
        assert broker.address == Address("127.0.0.1", listener.port)
    with NoBroker("why") as none:
        none.start()
        assert none.address is None
    assert threading.active_count() == before
    listen("127.0.0.1", listener.port).socket.close()


def test_where_nobody_answers_the_broker_nobody_is_let_in():
    listener = listen("127.0.0.1", 0)
    asking = Asking("http://127.0.0.1:1", ClientPlan("label", "id", Secret("secret")))
    with Broker(listener.socket, asking) as broker:
        broker.start()
        connection = Connection("127.0.0.1", listener.port)
        assert connection.connect("me", "a token") == 3
        connection.close()
