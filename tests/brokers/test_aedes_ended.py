"""A real aedes with our module over a real Tokenhouse: who has to go, and when nobody answers."""

import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from brokers.aedes import aedes
from brokers.aedes_stand import Stand
from brokers.aedes_stand import stand as standing
from brokers.paho import NOT_AUTHORIZED, UNAVAILABLE, Peer, Will, peer
from brokers.relay import Relay, relay
from patience import awake
from rigs import subject

REVOCATIONS = 100
MOST_SECONDS = 2.0
SETTLED = 0.6
"""Seconds after which a new connection was asked about again, so that changes alone end it."""


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with standing(tmp_path_factory.mktemp("aedes")) as made:
        yield made


@pytest.fixture(scope="module")
def between(stand: Stand) -> Iterator[Relay]:
    """What stands between Tokenhouse and the broker `far`."""
    with relay(stand.at.port) as made:
        yield made


@pytest.fixture(scope="module")
def far(stand: Stand, between: Relay, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """The same with a broker that asks through the relay."""
    directory = tmp_path_factory.mktemp("far") / "broker"
    with aedes(directory, between.url, stand.at.client) as broker:
        yield Stand(stand.at, broker)


def _now(stand: Stand) -> datetime:
    """As the authority has it, in whole seconds."""
    return parsedate_to_datetime(stand.at.at.client.get("/livez").headers["date"])


def test_a_revoked_device_is_off_within_two_seconds_a_hundred_times(stand: Stand):
    spans = []
    with ExitStack() as all_of_them:
        devices = [stand.at.device() for _ in range(REVOCATIONS)]
        held = [all_of_them.enter_context(stand.device(device)) for device in devices]
        begun = []
        time.sleep(SETTLED)
        for device in devices:
            begun.append(awake())
            stand.at.revoke(device)
        for one, since in zip(held, begun, strict=True):
            assert one.ended(5 * MOST_SECONDS)
            assert one.ended_awake is not None
            spans.append(one.ended_awake - since)
    shown = (min(spans), statistics.median(spans), sorted(spans)[-6], max(spans))
    print("off after {:.3f} s, median {:.3f}, p95 {:.3f}, at most {:.3f}".format(*shown))
    assert max(spans) <= MOST_SECONDS


def _suspend(stand: Stand, device: Any) -> None:
    stand.at.ask("PATCH", f"/v1/devices/{device['id']}", {"suspended": True})


def _remove(stand: Stand, device: Any) -> None:
    stand.at.ask("DELETE", f"/v1/devices/{device['id']}")


@pytest.mark.parametrize("do", [_suspend, _remove])
def test_a_device_that_is_no_more_is_off_and_leaves_no_will(
    stand: Stand, witness: Peer, mine: Any, do: Any
):
    will: Will = (f"th/d/{mine['number']}/gone", b"will", False)
    with stand.device(mine, will=will) as one:
        time.sleep(SETTLED)
        do(stand, mine)
        assert one.ended(MOST_SECONDS)
        with stand.device(mine) as again:
            assert again.code == NOT_AUTHORIZED
    assert not witness.got(will[0], seconds=0.3)


def test_all_devices_of_a_suspended_organization_are_off(stand: Stand):
    path = f"/v1/organizations/{stand.at.elsewhere}"
    with stand.device(stand.at.theirs) as foreign, stand.device(stand.at.me) as one:
        time.sleep(SETTLED)
        stand.at.ask("PATCH", path, {"suspended": True})
        try:
            assert foreign.ended(MOST_SECONDS)
            assert one.is_in
        finally:
            stand.at.ask("PATCH", path, {"suspended": False})


def test_a_person_who_is_suspended_or_signs_out_is_off(stand: Stand):
    token = stand.at.session("Administrator")
    with peer(stand.broker.port, subject(token), token) as anna:
        assert anna.is_in
        time.sleep(SETTLED)
        by = {"authorization": f"Bearer {token}"}
        stand.at.at.client.delete("/v1/sessions/current", headers=by).raise_for_status()
        assert anna.ended(MOST_SECONDS)
    path = f"/v1/people/{stand.at.person('Administrator')}"
    with stand.person("Administrator") as anna:
        time.sleep(SETTLED)
        stand.at.ask("PATCH", path, {"suspended": True})
        try:
            assert anna.ended(MOST_SECONDS)
        finally:
            stand.at.ask("PATCH", path, {"suspended": False})


def test_a_device_that_is_taken_over_and_then_revoked_is_off(stand: Stand, mine: Any):
    with stand.device(mine), stand.device(mine, clean=False) as two:
        stand.at.revoke(mine)
        assert two.ended(MOST_SECONDS)


def test_a_connection_ends_with_its_token(far: Stand, between: Relay, mine: Any):
    begun, begun_awake = time.monotonic(), awake()
    between.ends = _now(far) + timedelta(seconds=4)
    try:
        with far.device(mine) as one:
            assert one.is_in
            between.leave()  # what would be told now is another end
            assert one.ended(8)
            assert one.ended_at is not None
            assert one.ended_awake is not None
            assert one.ended_at - begun >= 1.5
            assert one.ended_awake - begun_awake <= 4 + MOST_SECONDS
    finally:
        between.ends = None
        between.come_back()


def test_a_clock_that_is_ahead_ends_nothing(far: Stand, between: Relay, mine: Any):
    between.ends = _now(far) + timedelta(seconds=2)
    try:
        with far.device(mine) as one:
            assert not one.ended(3)
    finally:
        between.ends = None


def test_with_the_authority_gone_nobody_comes_in_and_nothing_is_done(
    far: Stand, between: Relay, mine: Any
):
    down = f"th/d/{mine['number']}/down"
    with far.device(mine) as one, far.device(far.at.other) as two:
        assert one.subscribe(down)
        between.leave()
        try:
            gone, gone_awake = time.monotonic(), awake()
            time.sleep(1.1)  # until no answer may be kept any longer
            with far.device(far.at.me) as three:
                assert three.code == UNAVAILABLE
            two.publish(f"th/d/{far.at.other['number']}/up", b"unasked")
            assert two.ended(0)
            assert not one.subscribe(f"th/d/{mine['number']}/x")
            assert one.is_in
            assert one.ended(15)
            assert one.ended_at is not None
            assert one.ended_awake is not None
            assert one.ended_at - gone >= 9
            assert one.ended_awake - gone_awake <= 12
        finally:
            between.come_back()
    with far.device(mine) as one:
        assert one.subscribe(down)
        one.publish(down, b"again")
        assert one.got(down, b"again")
    assert "nobody is let in: ECONNREFUSED" in far.broker.log()
    assert "Tokenhouse answers" in far.broker.log()


def test_with_the_authority_silent_nobody_comes_in_and_short_silence_ends_nothing(
    far: Stand, between: Relay, mine: Any
):
    with far.device(mine) as one:
        between.silent = True
        try:
            with far.device(far.at.other) as two:
                assert two.code == UNAVAILABLE
        finally:
            between.leave()  # what was swallowed is never answered
            between.silent = False
            between.come_back()
        assert not one.ended(0.5)
        far.at.revoke(mine)
        assert one.ended(MOST_SECONDS + 3)
