"""nginx with the recipe of the documents, when nothing can be decided: 503, and never a yes."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from integration.gateway import Gateway, gateway
from running import OPAQUE, SIGNED, Demo, demo, token

HUNG_SECONDS = 2.0
"""After so long the recipe gives up a question."""


@contextmanager
def stopped(running: Demo) -> Iterator[None]:
    """The process hangs: it accepts connections and answers nothing."""
    running.process.send_signal(signal.SIGSTOP)
    os.waitpid(running.process.pid, os.WUNTRACED)
    try:
        yield
    finally:
        running.process.send_signal(signal.SIGCONT)


def undecided(in_front: Gateway, headers: dict[str, str]) -> None:
    """Nobody gets through, and everybody learns when to come again."""
    for sent in (headers, {}, {"authorization": "Token nonsense"}):
        for method in ("GET", "POST"):
            answer = in_front.refused(method, headers=sent)
            assert answer.status == 503
            assert answer.headers["retry-after"] == "1"
            assert answer.headers["content-type"] == "application/problem+json"


def test_without_tokenhouse_nobody_gets_through_and_its_return_heals(tmp_path: Path):
    data = tmp_path / "data"
    with demo(data) as first, gateway(first.url) as in_front:
        issued = first.issue(first.bearer())
        in_front.seen(headers=token(issued))
        first.process.send_signal(signal.SIGTERM)
        first.process.wait(30)
        undecided(in_front, token(issued))
        with demo(data) as second:
            assert second.url == first.url
            in_front.seen(headers=token(issued))
            path = f"/account/tokens/{issued['id']}"
            assert second.client.delete(path, headers=second.bearer()).status_code == 204
            assert in_front.refused(headers=token(issued)).status == 401
        undecided(in_front, token(issued))


def test_while_tokenhouse_hangs_nobody_gets_through_or_waits_for_long(tmp_path: Path):
    with demo(tmp_path / "data") as running, gateway(running.url) as in_front:
        issued = running.issue(running.bearer())
        in_front.seen(headers=token(issued))
        with stopped(running):
            started = time.monotonic()
            answer = in_front.refused(headers=token(issued))
            waited = time.monotonic() - started
        assert answer.status == 503
        assert "retry-after" in answer.headers
        assert waited >= HUNG_SECONDS * 0.9
        assert float(in_front.told()[-1]["seconds"]) < 3 * HUNG_SECONDS
        in_front.seen(headers=token(issued))


@pytest.mark.parametrize("written", ["/v1/verify/$permission", "/v1/verify/"])
def test_a_recipe_that_asks_at_a_wrong_place_lets_nobody_through(running_demo: Demo, written: str):
    with gateway(running_demo.url, ("/v1/verify/$permission", f"/nowhere{written}")) as in_front:
        undecided(in_front, running_demo.bearer())


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429, 500, 502, 503])
def test_an_error_of_the_api_itself_arrives_as_it_is(
    running_demo: Demo, in_front: Gateway, status: int
):
    answer = in_front.send(target=f"/answer/{status}", headers=running_demo.bearer("Client"))
    assert (answer.status, answer.body) == (status, b"the API itself")
    assert "retry-after" not in answer.headers
    assert "www-authenticate" not in answer.headers


def test_an_api_that_is_down_is_no_503_of_the_gateway(running_demo: Demo):
    with gateway(running_demo.url) as in_front:
        in_front.api.close()
        assert in_front.send(headers=running_demo.bearer()).status == 502
        assert in_front.send().status == 401


def test_no_log_of_nginx_holds_a_credential_or_a_query(tmp_path: Path):
    data = tmp_path / "data"
    with demo(data) as running, gateway(running.url) as in_front:
        by = running.bearer()
        issued = running.issue(by)
        good = token(issued)
        targets = ["/roofs", f"/roofs?access_token={issued['token']}", "/a//b?secret=hunter2"]
        for target in [*targets, "/answer/500?secret=hunter2"]:
            for headers in (good, by, {}, {"authorization": "Token nonsense"}):
                in_front.send(target=target, headers=headers)
                in_front.send(target=target, headers=headers | {"cookie": issued["token"]})
        in_front.send(target="/roofs?secret=hunter2", headers=[*good.items(), *by.items()])
        in_front.send(target="/roofs?" + "secret=hunter2&" * 3000, headers=good)
        with stopped(running):
            in_front.send(target="/roofs?secret=hunter2", headers=good)
        in_front.api.close()
        in_front.send(target="/roofs?secret=hunter2", headers=good)
        running.process.send_signal(signal.SIGTERM)
        running.process.wait(30)
        in_front.send(target="/roofs?secret=hunter2", headers=good)
        written, told = in_front.logs(), in_front.told()
    for secret in (issued["token"][4:34], by["authorization"][-40:], "hunter2", "nonsense"):
        assert secret not in written
    assert not OPAQUE.search(written)
    assert not SIGNED.search(written)
    good_ones = [line for line in told if line["status"] == "200"]
    assert issued["id"] in {line["token"] for line in good_ones}
    assert {line["path"] for line in good_ones} == {"/roofs"}
    assert {line["status"] for line in told} >= {"200", "400", "401", "500", "502", "503"}
