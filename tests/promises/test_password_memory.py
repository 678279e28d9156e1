"""Passwords at the token endpoint: 200 at once fill neither the memory nor the server."""

import random
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Barrier
from typing import Any, Final, NamedTuple

import httpx2 as httpx
import pytest

from serving.program import EMAIL, PASSWORD, Served, init, serving
from tokenhouse.signing.passwords import AT_ONCE, LONGEST_WAIT_SECONDS, TODAY
from witness import PATIENCE_SECONDS

LOGINS: Final = 200
SLACK_MIB: Final = 32.0
"""For threads, connections and the heap; less than one hash, so one more at once is seen."""
_KIB: Final = 1024.0
"""In a MiB."""


class Login(NamedTuple):
    """One password grant, and whether its password is right; who `insists` wants an answer."""

    pair: dict[str, str]
    email: str
    right: bool
    insists: bool

    def ask(self, client: httpx.Client) -> httpx.Response:
        password = PASSWORD if self.right else "no lantern drifts here"
        said = {"grant_type": "password", "username": self.email, "password": password}
        return client.post("/oauth/token", data={**self.pair, **said})


class Memory:
    """The resident memory of a process, in MiB."""

    def __init__(self, pid: int) -> None:
        self._proc = Path(f"/proc/{pid}")

    def now(self) -> float:
        return self._told("VmRSS")

    def peak(self) -> float:
        """Since the last `forget_peak`; since the start where the kernel lets nobody forget."""
        return self._told("VmHWM")

    def forget_peak(self) -> None:
        with suppress(OSError):
            (self._proc / "clear_refs").write_text("5")

    def _told(self, name: str) -> float:
        lines = (self._proc / "status").read_text().splitlines()
        (line,) = (one for one in lines if one.startswith(f"{name}:"))
        return int(line.split()[1]) / _KIB


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Served]:
    init(tmp_path, "https://tokens.nordlicht.example")
    with serving(tmp_path) as served:
        yield served


def people(node: Served, by: dict[str, str]) -> list[str]:
    """Four of them, with the same password."""
    emails = [EMAIL]
    for number in range(3):
        draft = {"email": f"person{number}@nordlicht.example", "full_name": "Bea Blum"}
        link = node.client.post("/v1/invitations", headers=by, json=draft).json()["link"]
        accepted = {"code": link.partition("#")[2], "password": PASSWORD}
        assert node.client.post("/v1/invitations/accept", json=accepted).status_code < 300
        emails.append(draft["email"])
    return emails


def pairs(node: Served, by: dict[str, str]) -> list[dict[str, str]]:
    """Four clients, one of them public."""
    made = []
    for number in range(4):
        wanted = {"label": f"App {number}", "public": number == 3}
        told = node.client.post("/v1/clients", headers=by, json=wanted).json()
        made.append({name: told[name] for name in ("client_id", "client_secret") if told.get(name)})
    return made


def logins(node: Served, by: dict[str, str]) -> list[Login]:
    """Each person at each client alike, every fifth with a wrong password.

    The first of these comes again as the others do: by chance all of them might be told to.
    """
    emails, clients = people(node, by), pairs(node, by)
    return [
        Login(
            clients[number // 4 % 4],
            emails[number % 4],
            number % 5 > 0,
            number % 5 > 0 or not number,
        )
        for number in range(LOGINS)
    ]


class Watch:
    """What verifying gave meanwhile, one question after the other."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.slowest = 0.0

    @contextmanager
    def verifying(self, node: Served, by: dict[str, str]) -> Iterator[None]:
        over = threading.Event()
        thread = threading.Thread(target=self._ask, args=(node, by, over))
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _ask(self, node: Served, by: dict[str, str], over: threading.Event) -> None:
        with httpx.Client(base_url=node.url, timeout=30) as client:
            while not over.is_set():
                asked = time.monotonic()
                self.statuses.append(client.get("/v1/verify", headers=by).status_code)
                self.slowest = max(self.slowest, time.monotonic() - asked)


def word(answer: httpx.Response) -> str:
    """`tokens`, `refused`, or `later`; nothing else may come of a login."""
    told: dict[str, Any] = answer.json()
    if answer.status_code == 200:
        assert told["access_token"]
        return "tokens"
    if answer.status_code == 400:
        assert told["error"] == "invalid_grant"
        return "refused"
    assert answer.status_code in {429, 503}, answer.text
    assert told["error"] == "temporarily_unavailable"
    assert int(answer.headers["retry-after"]) > 0
    return "later"


def test_200_password_logins_at_once_stay_within_the_memory_of_two_hashes(node: Served):
    by = {"authorization": f"Bearer {node.sign_in().json()['token']}"}
    asked, watch, memory = logins(node, by), Watch(), Memory(node.process.pid)
    idle = memory.now()
    memory.forget_peak()
    barrier, chance, tls = Barrier(LOGINS), random.Random(20261126), ssl.create_default_context()

    def log_in(login: Login) -> tuple[str, str]:
        """What came of it at once, and what in the end, for who asks again as told."""
        with httpx.Client(base_url=node.url, timeout=60, verify=tls) as client:
            client.get("/livez")
            barrier.wait()
            answer = login.ask(client)
            first, until = word(answer), time.monotonic() + PATIENCE_SECONDS
            while login.insists and word(answer) == "later":
                assert time.monotonic() < until, "it was told to come again in vain"
                time.sleep(int(answer.headers["retry-after"]) + chance.uniform(0, 2))
                answer = login.ask(client)
            return first, word(answer)

    with watch.verifying(node, by), ThreadPoolExecutor(LOGINS) as pool:
        came = list(pool.map(log_in, asked))
    hashes = AT_ONCE * TODAY.memory_kib / _KIB
    assert memory.peak() < idle + hashes + SLACK_MIB
    for login, (first, last) in zip(asked, came, strict=True):
        assert first in ({"tokens", "later"} if login.right else {"refused", "later"})
        if login.insists:
            assert last == ("tokens" if login.right else "refused")
    assert {first for first, _ in came} >= {"tokens", "later"}
    assert set(watch.statuses) == {200}
    assert watch.slowest < LONGEST_WAIT_SECONDS, "it does not wait for passwords"
