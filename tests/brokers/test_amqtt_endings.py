"""A real amqtt ends connections, and does nothing while nobody can be asked."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from brokers.amqtt_stand import MOST_SECONDS, Stand
from brokers.paho import NOT_AUTHORIZED, UNAVAILABLE, Peer, Will, peer
from patience import awake
from rigs import subject

REVOCATIONS = 100
SETTLED = 0.6
"""Seconds after which a new connection was asked about again, so that changes alone end it."""


def test_a_revoked_device_is_off_within_two_seconds_a_hundred_times(stand: Stand):
    devices = [stand.at.device() for _ in range(REVOCATIONS)]

    def seconds(number: int) -> float:
        with stand.device(devices[number]) as one:
            assert one.is_in
            time.sleep(SETTLED + number % 25 / 100)  # at any time between two looks of the broker
            begun = awake()
            stand.at.revoke(devices[number])
            assert one.ended(5 * MOST_SECONDS)
            assert one.ended_awake is not None
            return one.ended_awake - begun

    with ThreadPoolExecutor(16) as several:
        spans = sorted(several.map(seconds, range(REVOCATIONS)))
    shown = (spans[0], statistics.median(spans), spans[94], spans[-1])
    print("off after {:.3f} s, median {:.3f}, p95 {:.3f}, at most {:.3f}".format(*shown))
    assert spans[-1] <= MOST_SECONDS


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
    assert stand.broker.said(f"'{mine['number']}' of {mine['id']} was ended: refused")


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


def test_a_connection_ends_with_its_token(stand: Stand, mine: Any):
    begun, lives = time.monotonic(), 4
    now = parsedate_to_datetime(stand.at.at.client.get("/livez").headers["date"])
    stand.between.ends = now + timedelta(seconds=lives)
    try:
        with stand.device(mine, far=True) as one:
            assert one.is_in
            assert one.ended(lives + MOST_SECONDS)
            assert one.ended_at is not None
            assert one.ended_at - begun > lives - 2  # the moment that a header tells is that old
    finally:
        stand.between.ends = None


def test_with_the_authority_gone_nobody_comes_in_and_nothing_is_done(stand: Stand, mine: Any):
    down = f"th/d/{mine['number']}/down"
    with stand.device(mine, far=True) as one:
        assert one.subscribe(down)
        stand.between.leave()
        try:
            gone, gone_awake = time.monotonic(), awake()
            time.sleep(1.1)  # until no answer may be kept any longer
            with stand.device(stand.at.other, far=True) as two:
                assert two.code == UNAVAILABLE
            one.publish(down, b"unasked")
            assert not one.subscribe(f"th/d/{mine['number']}/x")
            assert not one.messages
            assert one.is_in
            assert one.ended(15)
            assert one.ended_at is not None
            assert one.ended_awake is not None
            assert one.ended_at - gone >= 9
            assert one.ended_awake - gone_awake <= 12
        finally:
            stand.come_back()
    with stand.device(mine, far=True) as one:
        assert one.is_in
        assert one.subscribe(down)


def test_with_the_authority_silent_it_is_no_as_soon_and_short_silence_ends_nothing(
    stand: Stand, mine: Any
):
    with stand.device(mine, far=True) as one:
        stand.between.silent = True
        try:
            with stand.device(stand.at.other, far=True) as two:
                assert two.code == UNAVAILABLE
            begun = awake()
            for name in ("x", "y", "z"):  # each would wait for its own 2 s
                assert not one.subscribe(f"th/d/{mine['number']}/{name}")
            assert awake() - begun < 4
        finally:
            stand.between.leave()  # what was swallowed is never answered
            stand.between.silent = False
            stand.come_back()
        stand.at.revoke(mine)
        assert one.ended(MOST_SECONDS + 3)


def test_no_message_is_lost_because_somebody_subscribes_while_it_is_asked_about(
    stand: Stand, mine: Any
):
    number = mine["number"]
    with (
        stand.device(mine, far=True, name=f"{number}-a") as one,
        stand.device(mine, far=True, name=f"{number}-b") as two,
        stand.device(mine, far=True, name=f"{number}-c") as late,
    ):
        assert one.subscribe(f"th/d/{number}/#")
        assert two.subscribe(f"th/d/{number}/up")
        stand.between.slow = 0.3
        try:
            one.publish(f"th/d/{number}/up", b"slowly")
            for name in ("x", "y", "z"):
                assert late.subscribe(f"th/d/{number}/{name}")
        finally:
            stand.between.slow = 0.0
        assert one.got(f"th/d/{number}/up", b"slowly")
        assert two.got(f"th/d/{number}/up", b"slowly")
