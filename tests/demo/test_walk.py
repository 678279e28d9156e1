"""The walk through the demo: it ends well where every answer is right, and shows no secret."""

import re
import subprocess
from itertools import count
from pathlib import Path

import pytest

from running import OPAQUE, PROGRAM, SIGNED, Demo, demo
from tokenhouse.demo.passwords import Passwords
from tokenhouse.demo.walk import Astray, Told, guide, walk
from tokenhouse.demo.walk.mqtt import Connection, Message
from tokenhouse.demo.walk.request import Reply, Request
from tokenhouse.demo.walk.shown import Secrets, reply_lines

OF_DIALECTS = ("gridX", "Virtuozzo", "NET2GRID", "Spoke Zone")
END = re.compile(r"All (\d+) answers were what they should be\.")


def tour(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(PROGRAM), "demo", "--tour", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def walked(told: Demo) -> list[str]:
    lines: list[str] = []
    walk(Told.read(told.ready), lines.append)
    return "\n".join(lines).splitlines()


def test_the_tour_walks_all_dialects_by_itself_and_can_be_walked_again(tmp_path: Path):
    data = tmp_path / "data"
    for _ in range(2):
        done = tour("--data", str(data))
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stderr == ""
        headings = re.findall(r"^\d\. (.+)$", done.stdout, re.MULTILINE)
        for heading, dialect in zip(headings, OF_DIALECTS, strict=True):
            assert dialect in heading
        *_, last = done.stdout.splitlines()
        ended = END.fullmatch(last)
        assert ended is not None
        assert int(ended[1]) == len(re.findall(r"^# ", done.stdout, re.MULTILINE)) > 60


def test_nothing_that_the_tour_shows_can_be_used(tmp_path: Path):
    data = tmp_path / "data"
    shown = tour("--data", str(data)).stdout
    assert not OPAQUE.search(shown)
    assert not SIGNED.search(shown)
    passwords = Passwords(data)
    for email in ("olga", "anna", "carl"):
        assert passwords.of(f"{email}@nordlicht.example") not in shown
    proofs = re.findall(r'(?:"(?:cpuId|cpu_id|uuid)":"|> cpuId: )([^"\n]+)', shown)
    assert len(proofs) > 6
    assert set(proofs) == {"…", "0000000000000000"}
    for hidden in ("tho_…", "thp_…", "thl_…", "ths_…", "thr_…", "thc_…", "eyJ…"):
        assert hidden in shown


def kept(running: Demo) -> tuple[list[str], list[str]]:
    """The good tokens of the firm but sessions, its devices, and how its environments are."""
    ids = []
    for role, path in (
        ("Administrator", "/v1/tokens?state=active"),
        ("Administrator", "/v1/me/tokens?state=active"),
        ("Client", "/v1/me/tokens?state=active"),
        ("Administrator", "/v1/devices"),
    ):
        listed = running.client.get(path, headers=running.bearer(role)).json()["data"]
        ids += [one["id"] for one in listed if one.get("kind") != "session"]
    return ids, re.findall(r"Stopped|Running", running.client.get("/environments").text)


def test_the_tour_leaves_the_demo_as_it_was(tmp_path: Path):
    with demo(tmp_path / "data") as running:
        before = kept(running)
        assert END.fullmatch(walked(running)[-1])
        assert kept(running) == before


@pytest.mark.parametrize("place", [1, 4, 9, 20, 26, 33, 37, 45, 56])
def test_one_wrong_answer_leads_astray(
    running_demo: Demo, monkeypatch: pytest.MonkeyPatch, place: int
):
    send, sent = guide.Guide._send, count(1)

    def wrong(self: guide.Guide, request: Request) -> Reply:
        reply = send(self, request)
        if next(sent) < place:
            return reply
        return Reply(500, "application/json", b'{"result":4}')

    monkeypatch.setattr(guide.Guide, "_send", wrong)
    lines: list[str] = []
    with pytest.raises(Astray, match=r"^Answer \d+ ") as astray:
        walk(Told.read(running_demo.ready), lines.append)
    titles = sum(line.startswith("\n# ") for line in lines)
    assert str(astray.value).startswith(f"Answer {titles} ")
    assert titles >= place
    assert lines[-1] == '< {"result":4}'


@pytest.mark.parametrize(
    ("method", "wrong", "expected"),
    [
        ("connect", 5, "CONNACK 0, accepted"),
        ("subscribe", 0, "SUBACK 128, refused"),
        ("message", Message("th/d/1/state", b"forged"), "PUBLISH th/d/"),
        ("message", None, "PUBLISH th/d/"),
        ("ends_within", False, "ended the connection"),
    ],
)
def test_a_broker_that_is_wrong_leads_astray(
    running_demo: Demo, monkeypatch: pytest.MonkeyPatch, method: str, wrong: object, expected: str
):
    answered = getattr(Connection, method)

    def answer(*given: object) -> object:
        answered(*given)
        return wrong

    monkeypatch.setattr(Connection, method, answer)
    with pytest.raises(Astray, match=rf"Answer \d+ .*expected .*{expected}"):
        walk(Told.read(running_demo.ready), lambda _: None)


def test_what_was_published_beside_ones_topics_and_comes_leads_astray(
    running_demo: Demo, monkeypatch: pytest.MonkeyPatch
):
    came, forged = Connection.message, Message("th/d/1/state", b"forged")
    monkeypatch.setattr(Connection, "message", lambda *given: came(*given) or forged)
    with pytest.raises(Astray, match=r"expected \(nothing\)"):
        walk(Told.read(running_demo.ready), lambda _: None)


@pytest.mark.parametrize("port", [1, 0])
def test_a_broker_that_does_not_answer_leads_astray(running_demo: Demo, port: int):
    """Nobody listens there, or somebody who does not speak MQTT: the demo's own HTTP server."""
    at = {"host": "127.0.0.1", "port": port or int(running_demo.url.rpartition(":")[2])}
    with pytest.raises(Astray, match=r"mqtt://127\.0\.0\.1:\d+ did not answer"):
        walk(Told.read(running_demo.ready | {"mqtt": at}), lambda _: None)


def test_without_a_broker_the_tour_leaves_it_out(running_demo: Demo):
    ready = {name: value for name, value in running_demo.ready.items() if name != "mqtt"}
    lines: list[str] = []
    walk(Told.read(ready), lines.append)
    assert END.fullmatch(lines[-1].strip())
    assert "CONNECT" not in "\n".join(lines)


def test_a_demo_that_is_not_as_it_was_ends_the_tour_with_1_and_says_where(tmp_path: Path):
    data = tmp_path / "data"
    with demo(data) as running:
        by = running.bearer() | {"if-match": "*"}
        groups = running.client.get("/v1/groups", headers=by).json()["data"]
        (metering,) = (one["id"] for one in groups if one["name"] == "Metering")
        path = f"/v1/groups/{metering}"
        running.client.patch(path, headers=by, json={"permissions": []}).raise_for_status()
    done = tour("--data", str(data))
    assert done.returncode == 1
    assert re.fullmatch(r"tokenhouse: Answer \d+ is not what .+: expected .+ 200\.\n", done.stderr)
    assert "\n< 403 Forbidden\n" in done.stdout.rpartition("\n# ")[2]


def test_a_demo_that_does_not_answer_leads_astray(running_demo: Demo):
    nowhere = running_demo.ready | {"url": "http://localhost:1"}
    with pytest.raises(Astray, match="localhost:1 did not answer"):
        walk(Told.read(nowhere), lambda _: None)


def test_what_somebody_removed_from_the_demo_is_said(running_demo: Demo):
    left = [one for one in running_demo.ready["groups"] if one["name"] != "Metering"]
    with pytest.raises(Astray, match="no policy group Metering"):
        walk(Told.read(running_demo.ready | {"groups": left}), lambda _: None)


def test_an_answer_that_is_no_json_leads_astray(
    running_demo: Demo, monkeypatch: pytest.MonkeyPatch
):
    broken = Reply(201, "application/json", b"{")
    monkeypatch.setattr(guide.Guide, "_send", lambda *_: broken)
    with pytest.raises(Astray, match="Answer 1 is called JSON and is none"):
        walk(Told.read(running_demo.ready), lambda _: None)


def test_a_device_without_its_proof_is_read(running_demo: Demo):
    bare = running_demo.ready["device"] | {"cpuId": None, "token": None}
    told = Told.read(running_demo.ready | {"device": bare})
    assert bare["uuid"] in told.secrets
    assert None not in told.secrets


def test_the_tour_is_for_people(tmp_path: Path):
    done = tour("--json", "--data", str(tmp_path / "data"))
    assert done.returncode == 2
    assert done.stdout == ""
    assert not (tmp_path / "data").exists()


def test_a_secret_is_hidden_wherever_it_comes_back():
    secrets = Secrets(("swordfish-and-more",))
    body = b'{"deep":{"list":[{"token":"short one"}]},"said":"swordfish-and-more, short one"}'
    reply = Reply(200, "application/json", body)
    secrets.learn(reply.json)
    status, shown = reply_lines(reply, secrets)
    assert status == "< 200 OK"
    assert shown == '< {"deep":{"list":[{"token":"…"}]},"said":"…, …"}'
