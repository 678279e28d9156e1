"""What people are told of the use of tokens: once for each request, at whatever door."""

from collections.abc import Iterator
from typing import Any

import pytest

from faces.applications import Application
from faces.desk import MINE, TOKENS, By, Desk, desk, issue, token
from faces.fleet import ALL, Fleet
from faces.platform import Platform
from rigs import claims
from tokenhouse.core.credential import Secret
from tokenhouse.core.moment import DAY, HOUR, Moment, format_moment
from tokenhouse.core.usage import Outcome

FOREIGNER = "eve@suedstrom.example"
NOTHING = {one.value: 0 for one in Outcome}


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One firm for all: every test looks at tokens of its own."""
    with desk(tmp_path_factory.mktemp("firm")) as opened:
        yield opened


@pytest.fixture
def by(at: Desk) -> By:
    return at.session()


def usage(at: Desk, by: By, one: dict[str, Any], path: str = TOKENS) -> Any:
    """What is told once everything was written."""
    at.stage.parts.usage.write()
    return at.good("GET", f"{path}/{one['id']}/usage", by)


def counted(at: Desk, by: By, one: dict[str, Any], path: str = TOKENS) -> dict[str, int]:
    """The uses of today, those outcomes that there were."""
    told = usage(at, by, one, path)
    periods = [
        {name: n for name, n in period.items() if name != "since" and n}
        for span in ("hours", "days")
        for period in told[span]
    ]
    assert not periods or periods[0] == periods[1]
    return periods[0] if periods else {}


def now(at: Desk) -> str:
    return format_moment(at.stage.clock.moment)


def begun(moment: Moment, span: Moment) -> str:
    return format_moment(moment - moment % span)


def test_a_use_is_told_by_its_hour_its_day_and_its_outcome(at: Desk, by: By):
    one = issue(at, by)
    assert usage(at, by, one) == {"last_used_at": None, "late_seconds": 5, "hours": [], "days": []}
    assert at("GET", "/v1/verify", token(one)).status == 200
    used = now(at)
    at.tick()
    assert at("GET", "/v1/verify/NoSuch", token(one)).status == 403
    moment = at.stage.clock.moment
    uses = NOTHING | {"accepted": 1, "insufficient": 1}
    assert usage(at, by, one) == {
        "last_used_at": used,
        "late_seconds": 5,
        "hours": [{"since": begun(moment, HOUR)} | uses],
        "days": [{"since": begun(moment, DAY)} | uses],
    }


def test_a_revoked_token_that_goes_on_being_used_is_seen_to_be(at: Desk, by: By):
    one, untouched = issue(at, by), issue(at, by)
    assert at("DELETE", f"{TOKENS}/{one['id']}", by).status == 204
    for _ in range(3):
        assert at("GET", "/v1/verify", token(one)).status == 401
    assert counted(at, by, one) == {"ended": 3}
    assert at.good("GET", f"{TOKENS}/{one['id']}", by)["last_used_at"] is None
    assert counted(at, by, untouched) == {}


def test_a_request_that_judges_its_token_several_times_counts_it_once(at: Desk, by: By):
    one = issue(at, by)
    listed = at("GET", "/v1/devices", token(one))  # asks twice who asks
    assert listed.status == 200
    assert counted(at, by, one) == {"accepted": 1}


def test_who_asks_about_a_token_uses_his_own_and_that_one(at: Desk, by: By):
    asker, asked = issue(at, by), issue(at, by)
    at.good("POST", "/v1/verify", token(asker), {"token": asked["token"]})
    at.good("POST", "/v1/verify", token(asker), {"token": asked["token"], "permissions": ["X"]})
    assert counted(at, by, asker) == {"accepted": 2}
    assert counted(at, by, asked) == {"accepted": 1, "insufficient": 1}


def test_a_token_of_another_organization_is_as_good_as_none_and_counted_so(at: Desk, by: By):
    at.stage.found_organization("Südstrom", FOREIGNER)
    theirs = at.session(FOREIGNER)
    foreign, asker = issue(at, theirs), issue(at, by)
    told = at.good("POST", "/v1/verify", token(asker), {"token": foreign["token"]})
    assert not told["active"]
    assert counted(at, theirs, foreign) == {}
    at.refused(404, "GET", f"{TOKENS}/{foreign['id']}/usage", by)


def test_introspection_is_a_use_of_whom_it_tells_of(at: Desk, by: By):
    one, client = issue(at, by), Application(at, permissions=frozenset({"TokenVerify"}))
    assert client.good("/oauth/introspect", token=one["token"])["active"]
    assert counted(at, by, one) == {"accepted": 1}
    stranger = Application(at)
    assert not stranger.good("/oauth/introspect", token=one["token"])["active"]
    assert counted(at, by, one) == {"accepted": 1}


def test_a_redeemed_refresh_token_was_used_and_its_reuse_is_told(at: Desk):
    client = Application(at)
    first = client.sign_in()["refresh_token"]
    second = client.refreshed(first)["refresh_token"]
    client.refreshed(second)
    at.stage.clock.moment += HOUR
    assert client.refresh(first)[0] == 400
    at.stage.parts.usage.write()
    found = at.stage.authority.grants.refresh._recogniser.find(Secret(first), at.stage.store)
    assert found is not None
    kept = at.stage.parts.usage.store.usage_of(found[1].token.id)
    assert [(one.outcome, one.uses) for one in kept.hours] == [
        (Outcome.ACCEPTED, 1),
        (Outcome.ENDED, 1),
    ]


@pytest.mark.parametrize("path", [TOKENS, MINE])
def test_a_token_tells_when_it_was_used_last_wherever_it_is_shown(at: Desk, by: By, path: str):
    one = issue(at, by, path)
    assert one["last_used_at"] is None
    assert at("GET", "/v1/verify", token(one)).status == 200
    used = now(at)
    assert usage(at, by, one, path)["last_used_at"] == used
    at.tick()
    where = f"{path}/{one['id']}"
    assert at.good("GET", where, by)["last_used_at"] == used
    edited = at.good("PATCH", where, by, {"description": "x"}, if_match="*")
    assert edited["last_used_at"] == used
    listed = {row["id"]: row for row in at.good("GET", f"{path}?limit=100", by)["data"]}
    assert listed[one["id"]]["last_used_at"] == used


def test_hours_are_told_for_two_days_and_days_for_ninety(at: Desk, by: By):
    one, moment = issue(at, by), at.stage.clock.moment
    assert at("GET", "/v1/verify", token(one)).status == 200
    usage(at, by, one)
    for later, hours, days in (
        (48 * HOUR, 1, 1),
        (50 * HOUR, 0, 1),
        (90 * DAY, 0, 1),
        (92 * DAY, 0, 0),
    ):
        at.stage.clock.moment = moment + later
        again = at.session()
        told = usage(at, again, one)
        assert (len(told["hours"]), len(told["days"])) == (hours, days)
        at.stage.parts.forget_usage()(at.stage.clock.moment, 500)
        assert usage(at, again, one) == told
    assert told["last_used_at"] is not None


def test_a_device_is_online_when_it_uses_a_token_or_renews_one(at: Desk):
    fleet = Fleet(at)
    made = fleet.make()

    def last_online() -> str | None:
        at.stage.parts.usage.write()
        by, one = fleet.login(), f"{ALL}/{made['id']}"
        listed = fleet.good("GET", ALL, by)
        shown: str | None = fleet.good("GET", one, by)["lastOnline"]
        assert [row["lastOnline"] for row in listed if row["id"] == made["id"]] == [shown]
        return shown

    assert made["lastOnline"] is last_online() is None
    assert fleet.renew(made, uuid="another").status == 401
    assert last_online() is None
    assert fleet.sees(made, made["token"]) == 200
    used = now(at)
    assert last_online() == used
    at.stage.clock.moment = claims(Secret(made["token"]))["exp"] * 1_000_000 + HOUR
    assert fleet.sees(made, made["token"]) == 401
    assert last_online() == used
    renewed = fleet.renew(made)
    assert renewed.status == 200
    used = now(at)
    assert last_online() == used


def test_a_token_for_api_methods_tells_when_it_was_used_last(at: Desk):
    platform = Platform(at)
    session = platform.sign_in()
    made = platform.create(session)
    assert "lastUsed" not in made
    mine = next(one for one in platform.tokens(session) if one["id"] == made["id"])
    assert "lastUsed" not in mine
    assert at("GET", "/v1/verify", ("authorization", f"Token {made['key']}")).status == 200
    used = now(at)
    at.stage.parts.usage.write()
    mine = next(one for one in platform.tokens(session) if one["id"] == made["id"])
    assert mine["lastUsed"] == used[:19].replace("T", " ")
