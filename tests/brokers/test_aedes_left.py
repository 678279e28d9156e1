"""A real aedes with our module over a real Tokenhouse: what outlasts a connection, and whose."""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from brokers.aedes import Aedes, aedes
from brokers.aedes_stand import Stand
from brokers.aedes_stand import stand as standing
from brokers.paho import NOT_AUTHORIZED, Peer, Will, cut, peer


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with standing(tmp_path_factory.mktemp("aedes")) as made:
        yield made


def test_a_will_is_left_on_topics_of_ones_own_alone(stand: Stand, witness: Peer, mine: Any):
    number, other = mine["number"], stand.at.other["number"]
    with stand.device(stand.at.other) as two:
        assert two.subscribe(f"th/d/{other}/#")
        for topic in (f"th/d/{other}/up", "up", "$SYS/x", f"th/d/{number}/", f"th/d/{number}0/x"):
            with stand.device(mine, will=(topic, b"foreign will", True)) as one:
                cut(one)
        topic = f"th/d/{number}/gone"
        with stand.device(mine, will=(topic, b"will", False)) as one:
            cut(one)
            assert witness.got(topic, b"will")
        assert not two.messages
    assert witness.messages == [(topic, b"will")]


def test_what_is_retained_is_given_to_whoever_may_have_it(stand: Stand, mine: Any):
    number, other = mine["number"], stand.at.other["number"]
    with stand.device(mine) as one:
        one.publish(f"th/d/{number}/state", b"kept", retain=True)
        one.publish(f"th/d/{other}/state", b"forged", retain=True)
        assert one.ended(0)
    with stand.device(mine) as one, stand.device(stand.at.other) as two:
        assert one.subscribe(f"th/d/{number}/+")
        assert one.got(f"th/d/{number}/state", b"kept")
        assert not two.subscribe(f"th/d/{number}/state")
        assert two.subscribe(f"th/d/{other}/#")
        two.publish(f"th/d/{other}/up", b"last")
        assert two.got(f"th/d/{other}/up", b"last")
        assert [topic for topic, _ in two.messages] == [f"th/d/{other}/up"]


def test_a_second_client_under_the_same_name_takes_over(stand: Stand, mine: Any):
    for clean in (True, False):
        with stand.device(mine, clean=clean) as one, stand.device(mine, clean=clean) as two:
            assert one.ended(2)
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


def test_what_waits_for_a_device_is_given_to_it(stand: Stand, mine: Any):
    topic = f"th/d/{mine['number']}/down"
    with stand.device(mine, clean=False) as one:
        assert one.subscribe(topic)
    with stand.person("Super") as olga:
        olga.publish(topic, b"later")
    with stand.device(mine, clean=False) as one:
        assert one.got(topic, b"later")


def test_nothing_waits_for_a_filter_that_was_refused_beside_one_that_was_granted(
    stand: Stand, mine: Any
):
    number, other = mine["number"], stand.at.other["number"]
    told: list[list[int]] = []
    with stand.device(mine, clean=False) as one:
        one.client.on_subscribe = lambda _c, _u, _m, codes, _p: told.append(
            [code.value for code in codes]
        )
        one.client.subscribe([(f"th/d/{number}/#", 1), (f"th/d/{other}/#", 1)])
        while not told:
            time.sleep(0.02)
        assert told == [[1, 128]]
    with stand.device(stand.at.other) as two:
        two.publish(f"th/d/{other}/up", b"not for me")
    with stand.person("Super") as olga:
        olga.publish(f"th/d/{number}/down", b"later")
    with stand.device(mine, clean=False) as one:
        assert one.got(f"th/d/{number}/down", b"later")
        assert [topic for topic, _ in one.messages] == [f"th/d/{number}/down"]


def test_what_waits_for_a_name_is_not_given_to_somebody_else_under_it(stand: Stand, tmp_path: Path):
    theirs, token = stand.at.theirs["number"], stand.at.theirs["token"]
    anna, olga = (stand.at.session(role) for role in ("Administrator", "Super"))
    with aedes(tmp_path / "b", stand.at.url, stand.at.client, "free") as broker:
        port = broker.port
        with peer(port, "desk", olga, clean=False) as one:
            assert one.subscribe("th/d/+/night")
        with peer(port, "theirs", token) as device:
            device.publish(f"th/d/{theirs}/night", b"waits")
        with peer(port, "desk", anna, clean=False) as one:
            with peer(port, "theirs", token) as device:
                device.publish(f"th/d/{theirs}/night", b"comes")
            assert not one.got(f"th/d/{theirs}/night", seconds=0.3)
            assert one.is_in


WATCHES = """
import { EventEmitter } from "node:events";
import { guard } from "./tokenhouse.mjs";

guard(new EventEmitter(), { url: process.argv[2], clientId: "", clientSecret: "" });
setTimeout(() => console.log("over"), 600);
"""
SUBSCRIBES = """
import { EventEmitter } from "node:events";
import { guard } from "./tokenhouse.mjs";

const [url, clientId, clientSecret, id, token, other] = process.argv.slice(2);
const broker = new EventEmitter();
guard(broker, { url, clientId, clientSecret });
const client = { id, conn: {}, connected: true, close() {} };
await new Promise((done) => broker.authenticate(client, token, undefined, done));
const asked = [id, other].map((number) => ({ topic: `th/d/${number}/#`, qos: 1 }));
const seen = await Promise.all(asked.map((one) => new Promise((done) => {
  broker.authorizeSubscribe(client, one, () => done(asked.map(({ qos }) => qos)));
})));
const will = await new Promise((done) => {
  broker.authorizePublish(null, { topic: `th/d/${id}/gone` }, done);
});
console.log(JSON.stringify({ seen, will: will?.message ?? null }));
"""


def _run(broker: Aedes, program: str, *said: str) -> str:
    """What a program writes that uses the module, and that ends by itself."""
    (broker.directory / "program.mjs").write_text(program)
    command = [broker.node, "program.mjs", *said]
    done = subprocess.run(
        command, cwd=broker.directory, capture_output=True, text=True, timeout=10, check=True
    )
    return done.stdout


def test_what_is_watched_keeps_no_program_from_ending(stand: Stand):
    assert _run(stand.broker, WATCHES, stand.at.url) == "over\n"


def test_of_several_filters_none_counts_for_aedes_before_it_is_granted(stand: Stand, mine: Any):
    other = str(stand.at.other["number"])
    said = (stand.at.url, *stand.at.client, str(mine["number"]), mine["token"], other)
    told = json.loads(_run(stand.broker, SUBSCRIBES, *said))
    assert told["seen"] == [[1, 0], [1, 0]]
    assert told["will"] == "not authorized to publish"  # it is nobody's who is known
