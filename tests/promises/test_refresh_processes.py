"""Refreshing by HTTP, at server processes that are two, restarted or killed.

TOKENHOUSE_ROUNDS gives the number of rounds of a longer run.
"""

import os
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from threading import Barrier
from typing import Any, Final
from urllib.parse import urlencode

import httpx2 as httpx
import pytest

from promises.test_two_nodes import Site
from serving.program import EMAIL, PASSWORD, Served, init, serving
from witness import PATIENCE_SECONDS

ROUNDS: Final = int(os.environ.get("TOKENHOUSE_ROUNDS", "4"))
THREADS: Final = 64
WORKERS: Final = 4

Start = Callable[[], AbstractContextManager[Served]]


@pytest.fixture(params=["sqlite", "postgres"])
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Start]:
    """Starts one more process over the same deployment."""
    public = "https://tokens.nordlicht.example"
    if request.param == "sqlite":
        init(tmp_path / "one", public)
        yield lambda: serving(tmp_path / "one")
        return
    with request.getfixturevalue("postgres").database() as url:
        init(tmp_path / "one", public, "--store", url.reveal())
        yield Site(tmp_path, url).node


class App:
    """An application, which refreshes at whatever server there is."""

    def __init__(self, node: Served, *, public: bool = False) -> None:
        by = {"authorization": f"Bearer {node.sign_in().json()['token']}"}
        wanted = {"label": "An application", "public": public}
        answer = node.client.post("/v1/clients", headers=by, json=wanted)
        made = answer.json()
        self.pair = {"client_id": made["client_id"]}
        if not public:
            self.pair["client_secret"] = made["client_secret"]

    def ask(self, url: str, **fields: str) -> httpx.Response:
        return httpx.post(f"{url}/oauth/token", data={**self.pair, **fields}, timeout=30)

    def sign_in(self, node: Served) -> dict[str, Any]:
        answer = self.ask(node.url, grant_type="password", username=EMAIL, password=PASSWORD)
        return self._good(answer)

    def refresh(self, url: str, text: str) -> dict[str, Any]:
        return self._good(self.ask(url, grant_type="refresh_token", refresh_token=text))

    def is_refused(self, url: str, text: str) -> bool:
        answer = self.ask(url, grant_type="refresh_token", refresh_token=text)
        return (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")

    @staticmethod
    def _good(answer: httpx.Response) -> dict[str, Any]:
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told


def is_good(node: Served, access: str) -> bool:
    return node.status("/v1/verify", headers={"authorization": f"Bearer {access}"}) == 200


def refreshes(node: Served) -> list[bool]:
    """Of each refresh that was committed, whether it gave the same answer again."""
    by = {"authorization": f"Bearer {node.sign_in().json()['token']}"}
    listed = node.client.get("/v1/events?name=token:family:refreshed", headers=by).json()
    return [one["details"]["again"] for one in listed["data"]]


def test_64_redemptions_at_two_processes_have_one_successor(start: Start):
    with start() as one, start() as other:
        app = App(one)
        held = app.sign_in(one)["refresh_token"]
        for _ in range(ROUNDS):
            barrier = Barrier(THREADS)

            def redeem(number: int, held: str = held, barrier: Barrier = barrier) -> dict[str, Any]:
                barrier.wait()
                return app.refresh((one, other)[number % 2].url, held)

            with ThreadPoolExecutor(THREADS) as pool:
                answers = list(pool.map(redeem, range(THREADS)))
            assert len({answer["refresh_token"] for answer in answers}) == 1
            assert len({answer["access_token"] for answer in answers}) == THREADS
            assert is_good(one, answers[0]["access_token"])
            held = answers[0]["refresh_token"]


def test_who_is_cut_off_before_the_answer_gets_the_same_successor(start: Start):
    with start() as node:
        app = App(node)
        first = app.sign_in(node)["refresh_token"]
        body = urlencode({**app.pair, "grant_type": "refresh_token", "refresh_token": first})
        head = (
            "POST /oauth/token HTTP/1.1\r\nhost: x\r\n"
            "content-type: application/x-www-form-urlencoded\r\n"
            f"content-length: {len(body)}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", node.port)) as cut:
            cut.sendall(f"{head}{body}".encode())
            until = time.monotonic() + PATIENCE_SECONDS
            while not refreshes(node):  # nobody ever reads what is answered
                assert time.monotonic() < until
        assert refreshes(node) == [False]
        again = [app.refresh(node.url, first) for _ in range(2)]
        assert sorted(refreshes(node)) == [False, True, True]
        assert len({answer["refresh_token"] for answer in again}) == 1
        assert app.refresh(node.url, again[0]["refresh_token"])["access_token"]


def test_a_restart_between_a_redemption_and_its_retry_changes_nothing(start: Start):
    with start() as node:
        app = App(node)
        first = app.sign_in(node)
        second = app.refresh(node.url, first["refresh_token"])
    with start() as node:
        again = app.refresh(node.url, first["refresh_token"])
        assert again["refresh_token"] == second["refresh_token"]
        assert again["access_token"] != second["access_token"]
        for given in (first, second, again):
            assert is_good(node, given["access_token"])
        third = app.refresh(node.url, second["refresh_token"])
    with start() as node:
        assert app.is_refused(node.url, first["refresh_token"])
        assert app.refresh(node.url, third["refresh_token"])


class Holder:
    """Takes each new refresh token that arrives, until the server is gone."""

    def __init__(self, app: App, node: Served) -> None:
        self.app = app
        self.given = [app.sign_in(node)]

    def work(self, url: str) -> None:
        with suppress(httpx.TransportError):
            while True:
                self.given.append(self.app.refresh(url, self.given[-1]["refresh_token"]))


def test_who_was_refreshing_when_the_process_was_killed_goes_on(start: Start):
    chance = random.Random(20261126)
    with start() as node:
        app = App(node)
        holders = [Holder(app, node) for _ in range(WORKERS)]
    total = 0
    for _ in range(ROUNDS):
        with start() as node:
            total += sum(len(holder.given) for holder in holders)
            for holder in holders:
                given = app.refresh(node.url, holder.given[-1]["refresh_token"])
                assert all(is_good(node, one["access_token"]) for one in holder.given)
                holder.given = [given]
            workers = [threading.Thread(target=one.work, args=(node.url,)) for one in holders]
            for worker in workers:
                worker.start()
            until, enough = time.monotonic() + PATIENCE_SECONDS, chance.randint(8, 40)
            while sum(len(holder.given) for holder in holders) < enough:
                assert time.monotonic() < until
                time.sleep(0.001)
            time.sleep(chance.uniform(0, 0.02))
            node.process.kill()
            for worker in workers:
                worker.join(30)
                assert not worker.is_alive()
    with start() as node:
        for holder in holders:
            assert all(is_good(node, one["access_token"]) for one in holder.given)
            assert app.refresh(node.url, holder.given[-1]["refresh_token"])
    assert total >= 8 * (ROUNDS - 1)
