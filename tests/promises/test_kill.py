"""What was acknowledged is there, whenever the process is killed."""

import contextlib
import random
import threading
import time
from pathlib import Path
from typing import Any

import httpx2 as httpx

from running import Demo, demo, token

ROUNDS = 50
WORKERS = 4
FEWEST = 4
PATIENCE_SECONDS = 60


class Witness:
    """Notes, outside the process, what was acknowledged: token string to whether it must live.

    None: a revocation was sent and its answer never came, so either is right.
    """

    def __init__(self) -> None:
        self.must_live: dict[str, bool | None] = {}

    def work(self, running: Demo, by: dict[str, str], chance: random.Random) -> None:
        """Create, rotate and revoke until the connection breaks."""
        with (
            contextlib.suppress(httpx.TransportError),
            httpx.Client(base_url=running.url) as client,
        ):
            while True:
                issued = self._issued(client.post("/account/tokens", headers=by, json={}))
                path = f"/account/tokens/{issued['id']}"
                if chance.random() < 0.5:
                    self._issued(client.post(f"{path}/rotate", headers=token(issued)))
                if chance.random() < 0.7:
                    self.must_live[issued["token"]] = None
                    answer = client.delete(path, headers=by)
                    assert answer.status_code == 204, answer.text
                    self.must_live[issued["token"]] = False

    def await_answers(self, number: int) -> None:
        """Wait until so many tokens were acknowledged: the moment is random, the load is real."""
        until = time.monotonic() + PATIENCE_SECONDS
        while len(self.must_live) < number:
            assert time.monotonic() < until, "the demo stopped answering"
            time.sleep(0.001)

    def _issued(self, answer: httpx.Response) -> dict[str, Any]:
        assert answer.status_code == 201, answer.text
        issued: dict[str, Any] = answer.json()
        self.must_live[issued["token"]] = True
        return issued


def test_what_was_acknowledged_survives_kill_at_50_random_moments(tmp_path: Path):
    chance = random.Random(20260310)
    by: dict[str, str] = {}
    port, total = 0, 0
    witness = Witness()
    for _ in range(ROUNDS):
        with demo(tmp_path / "data", port=port) as running:
            port = int(running.url.rpartition(":")[2])
            by = by or running.bearer()
            total += check(running, witness)
            witness = Witness()
            workers = [
                threading.Thread(
                    target=witness.work, args=(running, by, random.Random(chance.random()))
                )
                for _ in range(WORKERS)
            ]
            for worker in workers:
                worker.start()
            witness.await_answers(chance.randint(FEWEST, 40))
            time.sleep(chance.uniform(0, 0.02))
            running.process.kill()
            for worker in workers:
                worker.join(30)
                assert not worker.is_alive()
    with demo(tmp_path / "data", port=port) as running:
        total += check(running, witness)
    assert total >= FEWEST * ROUNDS


def check(running: Demo, witness: Witness) -> int:
    """Hold the running demo against what was acknowledged before it was killed."""
    for secret, must_live in witness.must_live.items():
        answer = running.client.get("/v1/verify", headers={"authorization": f"Token {secret}"})
        expected = {True: {200}, False: {401}, None: {200, 401}}[must_live]
        assert answer.status_code in expected, (must_live, answer.text)
    return len(witness.must_live)
