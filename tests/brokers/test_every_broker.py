"""What holds of every question of every broker: nothing but a yes reads as one, whatever is wrong.

Routes are found, not listed; what a yes looks like to each broker is told here, or the suite fails.
"""

import json
from collections.abc import Iterator
from typing import Final, NamedTuple

import pytest

from conformance.face_suite import FACES
from conformance.house import House, house
from conformance.wire import FORM, Reply
from rigs import enroll
from tokenhouse.boundary import Route
from tokenhouse.core.refusal import Unavailable
from tokenhouse.faces import broker

JSON: Final = ("content-type", "application/json")
YES: Final = {
    "plain": lambda reply: b'"allowed":true' in reply.body or b'"next":' in reply.body,
    "rabbitmq": lambda reply: reply.body.startswith(b"allow"),
    "emqx": lambda reply: reply.status == 204 or b'"allow"' in reply.body,
    "go_auth": lambda reply: 200 <= reply.status < 300,
    "vernemq": lambda reply: b'"ok"' in reply.body,
    "nanomq": lambda reply: 200 <= reply.status < 300,
}
"""What each broker takes for a yes, and generously: what it might take for one is one here."""
ASKS_ELSEWHERE: Final = frozenset({"emqx", "vernemq"})
"""Brokers that ask the next of theirs after anything but a 200: so every no of theirs is one."""


class Question(NamedTuple):
    """One route, and the name of its face."""

    face: str
    route: Route

    def __str__(self) -> str:
        return str(self.route)


QUESTIONS: Final = [Question(face.name, route) for face in broker.FACES for route in face.routes]
every_question = pytest.mark.parametrize("asked", QUESTIONS, ids=str)


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house("memory", tmp_path_factory.mktemp("house"), FACES, lambda _: None) as built:
        yield built


@pytest.fixture(scope="module")
def device(at: House) -> dict[str, str]:
    """A good device, in the words of all brokers at once."""
    made = enroll(at.stage, "asked-about")
    token, number = made.secret.reveal(), str(made.device.number)
    names = ("username", "user_name")
    ids = ("client_id", "clientid")
    return dict.fromkeys(names, token) | dict.fromkeys(ids, number)


def ask(
    at: House, asked: Question, by: list[tuple[str, str]], body: bytes, *sent: tuple[str, str]
) -> Reply:
    path = asked.route.path.replace("{client_ids}", "bound")
    return at.wire(asked.route.method, path, [*by, *sent], body)


def bodies(device: dict[str, str]) -> list[tuple[bytes, tuple[str, str]]]:
    """What a question could be mistaken for: every one of them has the good token in it."""
    token = device["username"]
    whole = json.dumps(device)
    return [
        (b"", JSON),
        (b"", FORM),
        (b"{", JSON),
        (b"[]", JSON),
        (b"null", JSON),
        (b"\x00\xff\xfe", JSON),
        (b"\x00\xff\xfe", FORM),
        (b"%zz=%00&username=%ff", FORM),
        (whole.encode(), FORM),
        (whole.encode(), ("content-type", "text/plain")),
        (json.dumps({**device, "username": 5, "user_name": [token]}).encode(), JSON),
        (json.dumps({**device, "client_id": {"a": 1}, "clientid": None}).encode(), JSON),
        (json.dumps({**device, "topics": "#", "topic": ["#"], "acc": "x"}).encode(), JSON),
        (f"username={token}&username={token}".encode(), FORM),
        (f"username={token}\x00&client_id=1".encode(), FORM),
        (b"username=" + b"x" * 70_000, FORM),
        (b'{"username":"' + b"x" * 70_000 + b'"}', JSON),
        (b"[" * 30_000, JSON),
    ]


def is_no(asked: Question, reply: Reply) -> bool:
    if asked.face in ASKS_ELSEWHERE and reply.status != 200:
        return False
    return not YES[asked.face](reply)


def test_of_every_broker_it_is_known_what_it_takes_for_a_yes():
    assert {face.name for face in broker.FACES} == set(YES)
    assert set(YES) > ASKS_ELSEWHERE


@every_question
def test_nobody_gets_a_yes_who_may_not_ask(at: House, device: dict[str, str], asked: Question):
    body, sent = json.dumps(device).encode(), JSON
    held = at.good("device").credential.secret.reveal()
    for by in (
        [],
        [("authorization", "Basic bm9ib2R5Om5vdGhpbmc=")],
        [("authorization", "Basic !")],
        [("authorization", f"Bearer {device['username']}")],
        [("authorization", f"Bearer {held}")],
        [("authorization", f"Token {at.good('personal').credential.secret.reveal()}")],
    ):
        reply = ask(at, asked, by, body, sent)
        assert is_no(asked, reply), (by, reply)
        assert reply.status < 500, reply


@every_question
def test_whatever_is_sent_in_place_of_a_question_is_a_no(
    at: House, device: dict[str, str], asked: Question
):
    by = at.good("organizational").credential.headers
    for body, sent in bodies(device):
        reply = ask(at, asked, by, body, sent)
        if asked.route.method != "GET":
            assert is_no(asked, reply), (body[:60], sent, reply)
        assert reply.status < 500, (body[:60], sent, reply)
        assert device["username"].encode() not in reply.body


@every_question
def test_without_the_store_the_answer_is_no(at: House, device: dict[str, str], asked: Question):
    by = at.good("organizational").credential.headers
    for sent, body in ((JSON, json.dumps(device).encode()), (FORM, _form(device))):
        with at.switch.failing(Unavailable("down")):
            reply = ask(at, asked, by, body, sent)
        assert is_no(asked, reply), reply
        with at.switch.failing(RuntimeError("a fault of ours")):
            reply = ask(at, asked, by, body, sent)
        assert is_no(asked, reply), reply


@every_question
def test_a_url_that_says_neither_bound_nor_free_is_a_no(
    at: House, device: dict[str, str], asked: Question
):
    if "{client_ids}" not in asked.route.path:
        return
    by = at.good("organizational").credential.headers
    for said in ("Bound", "any", "bound%2f", ".", "{client_ids}"):
        path = asked.route.path.replace("{client_ids}", said)
        for sent, body in ((JSON, json.dumps(device).encode()), (FORM, _form(device))):
            reply = at.wire("POST", path, [*by, sent], body)
            assert is_no(asked, reply), (said, reply)


@pytest.mark.parametrize("face", broker.FACES, ids=lambda face: face.name)
def test_what_a_broker_does_not_ask_here_is_a_no(at: House, face):
    by = at.good("organizational").credential.headers
    for method, path in (("POST", "/nothing"), ("GET", "/bound/nothing"), ("DELETE", "/bound")):
        reply = at.wire(method, face.prefixes[0] + path, by)
        assert is_no(Question(face.name, face.routes[0]), reply), reply
        assert reply.status < 500


def _form(device: dict[str, str]) -> bytes:
    return "&".join(f"{name}={value}" for name, value in device.items()).encode()
