"""Live connections at a real RabbitMQ end within two seconds once they may not go on."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Final

import httpx2 as httpx
import pytest

from brokers.grounds import Met
from brokers.kicked import WITHIN_S, Kicked, gone_after
from brokers.packets import Hello, Line
from patience import awake
from rigs import subject
from tokenhouse.enforcing.thread import LONGEST_PAUSE_SECONDS

REVOCATIONS: Final = 100
NOT_ENDED: Final = "whoever may not go on are not ended"
_numbers: Iterator[int] = count()


def enroll(kicks: Kicked, **more: object) -> Met:
    return kicks.enroll(f"kicked-{next(_numbers)}", **more)


def by_either(met: Met, number: int) -> Hello:
    return met.by_user_name() if number % 2 else met.by_password()


def timed(line: Line, deed: Callable[[], object]) -> float:
    """Seconds from the beginning of a deed until a connection was over."""
    since = awake()
    deed()
    took = gone_after(line, since)
    assert took is not None, "it is still there"
    return took


def test_a_hundred_revoked_devices_are_off_within_two_seconds_each(kicks: Kicked):
    fleet = [enroll(kicks) for _ in range(REVOCATIONS)]
    lines = [kicks.line(by_either(met, number)) for number, met in enumerate(fleet)]

    def off(each: tuple[Met, Line]) -> float:
        return timed(each[1], lambda: kicks.revoke(each[0]))

    with ThreadPoolExecutor(4) as threads:
        took = sorted(threads.map(off, zip(fleet, lines, strict=True)))
    half, most = took[REVOCATIONS // 2], took[-1]
    print(f"off after {took[0]:.2f} to {most:.2f} s, half of them within {half:.2f} s")
    print(" ".join(f"{one:.2f}" for one in took))
    assert most <= WITHIN_S


@pytest.mark.parametrize("number", [0, 1], ids=["by password", "by user name"])
@pytest.mark.parametrize("deed", ["revoked", "suspended", "removed"])
def test_a_device_is_off(kicks: Kicked, deed: str, number: int):
    met = enroll(kicks)
    other = kicks.line(enroll(kicks).by_password())
    line = kicks.line(by_either(met, number))
    path = f"/v1/devices/{met.id}"
    does = {
        "revoked": lambda: kicks.revoke(met),
        "suspended": lambda: kicks.edited(path, suspended=True),
        "removed": lambda: kicks.removed(path),
    }
    assert timed(line, does[deed]) <= WITHIN_S
    assert not other.is_over(0.5)


def test_every_connection_of_a_device_is_off(kicks: Kicked):
    met = enroll(kicks)
    lines = [kicks.line(met.by_password(suffix)) for suffix in ("", "-a", "-b")]
    since = awake()
    kicks.revoke(met)
    assert all(gone_after(line, since) for line in lines)


def test_a_suspended_organization_is_off_and_no_other(kicks: Kicked):
    organization = kicks.made("/v1/organizations", name=f"Firm {next(_numbers)}")["id"]
    theirs = [enroll(kicks, organization=organization) for _ in range(4)]
    lines = [kicks.line(by_either(met, number)) for number, met in enumerate(theirs)]
    mine = kicks.line(enroll(kicks).by_password())
    since = awake()
    kicks.edited(f"/v1/organizations/{organization}", suspended=True)
    assert all(gone_after(line, since) for line in lines)
    assert not mine.is_over(0.5)


def test_a_person_who_is_locked_out_is_off(kicks: Kicked):
    person, token = somebody(kicks)
    line = kicks.line(Hello(subject(token), token, "x"))
    assert timed(line, lambda: kicks.edited(f"/v1/people/{person}", suspended=True)) <= WITHIN_S


def test_whoever_signs_out_is_off(kicks: Kicked):
    _, token = somebody(kicks)
    line = kicks.line(Hello(subject(token), token, "x"))
    client, by = kicks.served.client, {"authorization": f"Bearer {token}"}
    assert timed(line, lambda: client.delete("/v1/sessions/current", headers=by)) <= WITHIN_S


def test_whoever_just_came_is_off_as_soon(kicks: Kicked):
    """Before RabbitMQ tells more of a connection than its user."""
    for number in range(4):
        met = enroll(kicks)
        line = kicks.line(by_either(met, number))
        assert timed(line, lambda met=met: kicks.revoke(met)) <= WITHIN_S


def test_while_the_management_is_down_it_is_tried_again_until_it_is_back(kicks: Kicked):
    met, other = enroll(kicks), enroll(kicks)
    lines = kicks.line(met.by_password()), kicks.line(other.by_user_name())
    time.sleep(1)
    before = "".join(kicks.served.lines).count(NOT_ENDED)
    kicks.relay.down()
    try:
        kicks.revoke(met)
        kicks.revoke(other)
        assert not lines[0].is_over(3)
        assert not lines[1].is_over(0.1)
    finally:
        kicks.relay.up()
    since = awake()
    assert all(gone_after(line, since, LONGEST_PAUSE_SECONDS + WITHIN_S) for line in lines)
    until(lambda: "connections are ended again" in "".join(kicks.served.lines))
    log = "".join(kicks.served.lines)
    assert log.count(NOT_ENDED) == before + 1, "once, however often it is tried"
    assert met.token[:40] not in log
    assert "a-password-of-the-tests" not in log


def test_whoever_is_none_of_ours_stays(kicks: Kicked):
    """A user that RabbitMQ keeps itself, and a device that is not concerned."""
    broker = kicks.broker
    name, said = f"own-{next(_numbers)}", {"password": "x", "tags": ""}
    broker_user(kicks, name, said)
    own = kicks.line(Hello("whatever", name, "x"))
    met = enroll(kicks)
    line = kicks.line(met.by_password())
    assert timed(line, lambda: kicks.revoke(met)) <= WITHIN_S
    assert not own.is_over(2)
    broker.managed("DELETE", f"users/{name}")


def broker_user(kicks: Kicked, name: str, said: dict[str, str]) -> None:
    """Have RabbitMQ keep a user who may do everything."""
    allowed = {"configure": ".*", "write": ".*", "read": ".*"}
    management, by = kicks.broker.management, kicks.broker.manager
    for path, body in ((f"users/{name}", said), (f"permissions/%2F/{name}", allowed)):
        answer = httpx.put(f"{management}/api/{path}", auth=by, json=body)
        assert answer.status_code < 300, answer.text


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def somebody(kicks: Kicked) -> tuple[str, str]:
    """A new administrator: his id, and the token of his sign-in."""
    email, password = f"p{next(_numbers)}@nordlicht.example", "walnut glacier spindle harbour"
    groups = kicks.served.client.get("/v1/groups", headers=kicks.by).json()["data"]
    (group,) = (one["id"] for one in groups if one["name"] == "Administrator")
    link = kicks.made("/v1/invitations", email=email, full_name="P", groups=[group])["link"]
    code = {"code": link.partition("#")[2], "password": password}
    person = kicks.made("/v1/invitations/accept", **code)["person"]["id"]
    signed_in = kicks.made("/v1/sessions", email=email, password=password)
    return person, signed_in["token"]
