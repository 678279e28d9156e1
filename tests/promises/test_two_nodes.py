"""Two server processes on one database keep every promise that one keeps."""

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Barrier
from typing import NamedTuple

import httpx2 as httpx
import psycopg
import pytest

from cutting import Cutter, cutter
from postgres import Server
from serving.program import Served, init, serving
from tokenhouse.core.credential import Secret
from witness import PATIENCE_SECONDS, Witness, check

PUBLIC = "https://tokens.nordlicht.example"
THREADS = 64
ROUNDS = 8
WORKERS = 3
CUTS = 50
_IDLE = """
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND state = 'idle in transaction' AND pid = ANY(%s)
"""
_BACKENDS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"


class Site(NamedTuple):
    """A deployment on PostgreSQL, at which servers can be started."""

    directory: Path
    url: Secret

    @contextmanager
    def node(self, name: str = "one", url: Secret | None = None) -> Iterator[Served]:
        key = str(self.directory / "one" / "master.key")
        store = (url or self.url).reveal()
        with serving(
            self.directory / name, TOKENHOUSE_STORE=store, TOKENHOUSE_MASTER_KEY_FILE=key
        ) as served:
            yield served


@pytest.fixture
def site(postgres: Server, tmp_path: Path) -> Iterator[Site]:
    with postgres.database() as url:
        init(tmp_path / "one", PUBLIC, "--store", url.reveal())
        yield Site(tmp_path, url)


def bearer(node: Served) -> dict[str, str]:
    return {"authorization": f"Bearer {node.sign_in().json()['token']}"}


def test_64_requests_at_two_nodes_under_one_idempotency_key_make_one_token(site: Site):
    with site.node("one") as one, site.node("other") as other:
        by = bearer(one) | {"idempotency-key": "the-same"}
        barrier = Barrier(THREADS)

        def issue(number: int) -> httpx.Response:
            with httpx.Client(base_url=(one, other)[number % 2].url, timeout=30) as client:
                barrier.wait()
                return client.post("/account/tokens", headers=by, json={"description": "once"})

        with ThreadPoolExecutor(THREADS) as pool:
            answers = list(pool.map(issue, range(THREADS)))
        assert Counter(answer.status_code for answer in answers) == {201: THREADS}
        assert len({answer.json()["token"] for answer in answers}) == 1
        listed = other.client.get("/account/tokens?per_page=100", headers=by).json()
        assert len(listed) == 1


def test_what_either_node_acknowledged_survives_the_sudden_end_of_one(site: Site):
    chance = random.Random(20261125)
    witness, total = Witness(), 0
    with site.node("one") as one:
        by = bearer(one)
        for _ in range(ROUNDS):
            with site.node("other") as other:
                total += check(other.client, witness)
                witness = Witness()
                workers = [
                    threading.Thread(target=witness.work, args=(url, by, random.Random(number)))
                    for number, url in enumerate((one.url, other.url) * WORKERS)
                ]
                for worker in workers:
                    worker.start()
                witness.await_answers(chance.randint(8, 60))
                time.sleep(chance.uniform(0, 0.02))
                other.process.kill()
                witness.enough.set()
                for worker in workers:
                    worker.join(30)
                    assert not worker.is_alive()
        total += check(one.client, witness)
    assert total >= 8 * ROUNDS


def test_a_stopped_node_that_holds_the_writers_lock_lets_the_other_go_on(site: Site):
    with psycopg.connect(site.url.reveal(), autocommit=True) as watch, site.node("one") as one:
        before = {pid for (pid,) in watch.execute(_BACKENDS)}
        with site.node("other") as other:
            theirs = [pid for (pid,) in watch.execute(_BACKENDS) if pid not in before]
            by = bearer(one)
            witness = Witness(patient=True)
            workers = [
                threading.Thread(target=witness.work, args=(other.url, by, random.Random(number)))
                for number in range(WORKERS)
            ]
            for worker in workers:
                worker.start()
            witness.await_answers(1)
            _stop_within_a_commit(other.process.pid, theirs, watch)
            answers = [one.client.post("/account/tokens", headers=by, json={}) for _ in range(3)]
            assert [answer.status_code for answer in answers] == [201] * 3
            os.kill(other.process.pid, signal.SIGCONT)
            witness.await_answers(len(witness.must_live) + 5)
            witness.enough.set()
            for worker in workers:
                worker.join(30)
            assert check(one.client, witness) == check(other.client, witness)


def _stop_within_a_commit(pid: int, backends: list[int], watch) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        os.kill(pid, signal.SIGSTOP)
        time.sleep(0.02)  # whatever it asked before is answered, but nobody reads it
        ((holding,),) = watch.execute(_IDLE, (backends,)).fetchall()
        if holding:
            return
        os.kill(pid, signal.SIGCONT)
        time.sleep(0.003)
    raise AssertionError("the node was never caught within a commit")


def test_of_50_commits_whose_answer_is_cut_off_no_token_is_lost_and_none_issued_twice(
    site: Site, postgres: Server
):
    name = site.url.reveal().partition("@/")[2].partition("?")[0]
    with ExitStack() as stack:
        proxy = stack.enter_context(cutter(postgres))
        nodes = [
            stack.enter_context(site.node(name_of, proxy.url(name))) for name_of in ("one", "other")
        ]
        by = bearer(nodes[0])
        strings, statuses = _issued_while_cut(proxy, nodes, by)
        assert set(statuses) == {201}
        assert len(set(strings)) == len(strings)
        for number, string in enumerate(strings):
            asked = {"authorization": f"Token {string}"}
            assert nodes[number % 2].status("/v1/verify", headers=asked) == 200
        assert _listed(nodes[0], by) == len(strings)


def _issued_while_cut(
    proxy: Cutter, nodes: list[Served], by: dict[str, str]
) -> tuple[list[str], Counter[int]]:
    strings: list[str] = []
    statuses: Counter[int] = Counter()
    enough = threading.Event()

    def work(node: Served) -> None:
        with httpx.Client(base_url=node.url, timeout=30) as client:
            while not enough.is_set():
                answer = client.post("/account/tokens", headers=by, json={})
                statuses[answer.status_code] += 1
                if answer.status_code == 201:
                    strings.append(answer.json()["token"])

    workers = [threading.Thread(target=work, args=(node,)) for node in nodes * WORKERS]
    for worker in workers:
        worker.start()
    until = time.monotonic() + 2 * PATIENCE_SECONDS
    while proxy.cuts < CUTS and time.monotonic() < until:
        if not proxy.armed:
            proxy.cut_answer()
        time.sleep(0.002)
    enough.set()
    for worker in workers:
        worker.join(30)
    assert proxy.cuts == CUTS
    return strings, statuses


def _listed(node: Served, by: dict[str, str]) -> int:
    number, page = 0, 1
    while True:
        listed = node.client.get(f"/account/tokens?per_page=100&page={page}", headers=by).json()
        number, page = number + len(listed), page + 1
        if len(listed) < 100:
            return number
