"""Somebody outside of every server who notes what was acknowledged, and holds the servers to it."""

import contextlib
import random
import threading
import time
from typing import Any

import httpx2 as httpx

from running import token

PATIENCE_SECONDS = 60


class Witness:
    """Notes, outside the process, what was acknowledged: token string to whether it must live.

    None: a revocation was sent and its answer never came, so either is right.
    """

    def __init__(self, *, patient: bool = False) -> None:
        self.patient = patient
        """It may be told to come again, as where a node loses its sessions with the store."""
        self.must_live: dict[str, bool | None] = {}
        self.enough = threading.Event()

    def work(self, url: str, by: dict[str, str], chance: random.Random) -> None:
        """Create, rotate and revoke until the connection breaks, or `enough` is set."""
        with (
            contextlib.suppress(httpx.TransportError),
            httpx.Client(base_url=url, timeout=30) as client,
        ):
            while not self.enough.is_set():
                answer = client.post("/account/tokens", headers=by, json={})
                if self._is_put_off(answer):
                    continue
                issued = self._issued(answer)
                path = f"/account/tokens/{issued['id']}"
                if chance.random() < 0.5:
                    answer = client.post(f"{path}/rotate", headers=token(issued))
                    if self._is_put_off(answer):
                        self.must_live[issued["token"]] = None
                        continue
                    self._issued(answer)
                if chance.random() < 0.7:
                    self.must_live[issued["token"]] = None
                    answer = client.delete(path, headers=by)
                    if self._is_put_off(answer):
                        continue
                    assert answer.status_code == 204, answer.text
                    self.must_live[issued["token"]] = False

    def _is_put_off(self, answer: httpx.Response) -> bool:
        return self.patient and answer.status_code == 503

    def await_answers(self, number: int) -> None:
        """Wait until so many tokens were acknowledged: the moment is random, the load is real."""
        until = time.monotonic() + PATIENCE_SECONDS
        while len(self.must_live) < number:
            assert time.monotonic() < until, "nothing is answered any more"
            time.sleep(0.001)

    def _issued(self, answer: httpx.Response) -> dict[str, Any]:
        assert answer.status_code == 201, answer.text
        issued: dict[str, Any] = answer.json()
        self.must_live[issued["token"]] = True
        return issued


def check(client: httpx.Client, witness: Witness) -> int:
    """Hold a server against what was acknowledged by it or by its like."""
    for secret, must_live in witness.must_live.items():
        answer = client.get("/v1/verify", headers={"authorization": f"Token {secret}"})
        expected = {True: {200}, False: {401}, None: {200, 401}}[must_live]
        assert answer.status_code in expected, (must_live, answer.text)
    return len(witness.must_live)
