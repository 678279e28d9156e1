"""What was acknowledged is there, whenever the process is killed."""

import random
import threading
import time
from pathlib import Path

from running import demo
from witness import Witness, check

ROUNDS = 50
WORKERS = 4
FEWEST = 4


def test_what_was_acknowledged_survives_kill_at_50_random_moments(tmp_path: Path):
    chance = random.Random(20260310)
    by: dict[str, str] = {}
    port, total = 0, 0
    witness = Witness()
    for _ in range(ROUNDS):
        with demo(tmp_path / "data", port=port) as running:
            port = int(running.url.rpartition(":")[2])
            by = by or running.bearer()
            total += check(running.client, witness)
            witness = Witness()
            workers = [
                threading.Thread(
                    target=witness.work, args=(running.url, by, random.Random(chance.random()))
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
        total += check(running.client, witness)
    assert total >= FEWEST * ROUNDS
