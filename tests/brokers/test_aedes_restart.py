"""A thousand devices at a real aedes that is killed and comes back, over a real Tokenhouse."""

import asyncio
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from brokers.aedes_stand import Stand
from brokers.aedes_stand import stand as standing
from brokers.crowd import Crowd
from brokers.packets import ACCEPTED, Hello

DEVICES = 1_000
JITTER_SECONDS = 0.2
MOST_SECONDS = 20.0
OFF_SECONDS = 10.0
"""All at once: each is asked about alone. One is off sooner, as `test_aedes_ended` has it."""


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    with standing(tmp_path) as made:
        yield made


def _enroll(stand: Stand) -> list[Any]:
    with ThreadPoolExecutor(4) as several:
        return list(several.map(lambda _: stand.at.device(stand.at.elsewhere), range(DEVICES)))


def test_a_thousand_devices_are_back_after_their_broker_was_killed_and_off_when_they_must(
    stand: Stand,
):
    devices = _enroll(stand)
    crowd = Crowd(stand.broker.port, [Hello(str(one["number"]), one["token"]) for one in devices])

    async def scene() -> None:
        for what in ("came", "came back"):
            seconds = await crowd.come(JITTER_SECONDS)
            print(f"{DEVICES} devices {what} in {seconds:.2f} s")
            assert crowd.codes == [ACCEPTED] * DEVICES
            assert seconds <= MOST_SECONDS
            assert await crowd.stay(2.0) == DEVICES
            if what == "came":
                stand.broker.end(signal.SIGKILL)
                await crowd.gone()
                stand.broker.start()
        begun = time.monotonic()
        stand.at.ask("PATCH", f"/v1/organizations/{stand.at.elsewhere}", {"suspended": True})
        await crowd.gone()
        seconds = time.monotonic() - begun
        print(f"{DEVICES} devices of a suspended organization are off after {seconds:.2f} s")
        assert seconds <= OFF_SECONDS

    asyncio.run(scene())
    assert "does not answer" not in stand.broker.log()
