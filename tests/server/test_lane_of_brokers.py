"""What brokers ask again and again is answered from memory, and no longer once it is not so."""

import json
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from boundary.toys import Peer
from rigs import enroll, writer
from server.laning import Twice, basic, post, same, twice
from tokenhouse.operations.device_tokens import Equipped

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
WHO = {"username": "{token}"}
DOES = {**WHO, "clientid": "{me}", "topic": "{mine}"}
QUESTIONS = {
    "emqx/bound/authenticate": (JSON, {**WHO, "clientid": "{me}"}),
    "emqx/bound/authorize": (JSON, {"token_id": "{id}", "action": "publish", "topic": "{mine}"}),
    "go-auth/bound/getuser": (JSON, {**WHO, "password": "x", "clientid": "{me}"}),
    "go-auth/bound/aclcheck": (JSON, {**DOES, "acc": 2}),
    "vernemq/bound/register": (JSON, {**WHO, "client_id": "{me}"}),
    "vernemq/bound/publish": (JSON, {**WHO, "client_id": "{me}", "topic": "{mine}"}),
    "vernemq/bound/subscribe": (JSON, {**WHO, "topics": [{"topic": "{mine}"}]}),
    "nanomq/bound/auth": (FORM, {**WHO, "clientid": "{me}"}),
    "nanomq/bound/acl": (FORM, {**DOES, "access": "2"}),
}
NOES = {
    b'{"result":"deny"}',
    b'{"ok":false,"error":"not allowed"}',
    b'{"result":{"error":"not_allowed"}}',
    b"no",
}


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twice]:
    with twice(tmp_path_factory.mktemp("brokers")) as built:
        yield built


def request(at: Twice, name: str, device: Equipped) -> bytes:
    media_type, fields = QUESTIONS[name]
    number = device.device.number
    of = {
        "{token}": device.secret.reveal(),
        "{id}": str(device.token.id),
        "{me}": str(number),
        "{mine}": f"th/d/{number}/up",
    }
    text = json.dumps(fields)
    for sign, value in of.items():
        text = text.replace(sign, value)
    body = text if media_type == JSON else urlencode(json.loads(text))
    by = (f"Authorization: {basic(at.client)}", f"Content-Type: {media_type}")
    return post(f"/v1/broker/{name}", body.encode(), *by)


def answer(port: int, asked: bytes) -> tuple[int, bytes]:
    with Peer(port) as peer:
        peer.send(asked)
        reply = peer.reply()
    return reply.status, same(reply.body)


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_brokers_question_has_the_same_answer_until_the_token_is_revoked(at: Twice, name: str):
    device = enroll(at.at.stage, name.replace("/", "-"))
    asked = request(at, name, device)
    without = answer(at.without, asked)
    assert without[0] == 200
    assert without[1] not in NOES
    at.told()
    assert [answer(at.with_lane, asked) for _ in range(3)] == [without] * 3
    assert at.told() == [True] * 3
    at.at.stage.authority.devices.revoke(writer(at.at.stage), device.device.id)
    refused = answer(at.with_lane, asked)
    assert refused == answer(at.without, asked)
    assert refused[1] in NOES
