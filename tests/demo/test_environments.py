"""The sample platform: whoever may start and stop its environments does, and nobody else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from demo.platform import METHODS, Platform, platform
from stage import CLIENT
from tokenhouse.core.moment import DAY
from tokenhouse.core.refusal import Unavailable
from tokenhouse.demo.environments.kept import FIRST, Turn

MINE = {"envName": "my-project"}
RUNNING, STOPPED = 1, 2
TURNING = ("StopEnv", "StartEnv")
NAMING = ("GetEnvInfo", *TURNING)


def sent(method: str) -> dict[str, str]:
    """What a good request of a method says beside the credential."""
    return MINE if method in NAMING else {}


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Platform]:
    with platform(tmp_path) as built:
        yield built


@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_stopping_and_starting_show_in_every_answer(at: Platform, verb: str):
    session = at.session()
    assert at.states(session)["my-project"] == RUNNING
    for method, status in (("StopEnv", STOPPED), ("StartEnv", RUNNING)):
        assert at(method, verb, **MINE, session=session) == {"result": 0}
        info = at("GetEnvInfo", verb, **MINE, session=session)
        assert (info["result"], info["env"]["status"]) == (0, status)
        assert at.states(session)["my-project"] == status


def test_what_public_clients_read_stands_in_the_answers(at: Platform):
    session = at.session()
    listed = at("GetEnvs", session=session)
    assert listed["result"] == 0
    assert [one["env"]["envName"] for one in listed["infos"]] == [one.name for one in FIRST]
    shown = at("GetEnvInfo", **MINE, session=session)
    assert shown == {"result": 0} | listed["infos"][0]
    assert set(shown) == {"result", "env", "envGroups", "nodeGroups", "nodes"}
    assert set(shown["env"]) == {
        *("envName", "displayName", "shortdomain", "domain", "appid", "status"),
        *("hardwareNodeGroup", "sslstate", "ishaenabled", "extdomains"),
    }


@pytest.mark.parametrize("method", TURNING)
def test_what_is_so_already_stays_as_it_was(at: Platform, method: str):
    session, own = at.session(), at.stage.organization_id
    for _ in range(2):
        before = at.kept.one(own, "archive" if method == "StopEnv" else "webshop")
        assert before is not None
        at.stage.clock.moment += DAY
        session = at.session()
        assert at(method, envName=before.name, session=session) == {"result": 0}
        assert at.kept.one(own, before.name) == before


def test_who_turned_an_environment_and_when_is_kept(at: Platform):
    at("StopEnv", **MINE, session=at.session())
    one = at.kept.one(at.stage.organization_id, "my-project")
    assert one is not None
    assert one.turned == Turn(running=False, at=at.stage.clock.moment, by="Anna Lind")


def test_the_path_is_read_in_any_case(at: Platform):
    path = "/1.0/environment/Control/REST/StopEnv"
    assert at(path, **MINE, session=at.session()) == {"result": 0}


@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_what_clients_send_beside_means_nothing(at: Platform, verb: str):
    beside = {"appid": "cluster", "ruk": "1", "lazy": "true", "ownerUid": "7", "hx_lang": "en"}
    beside |= {"charset": "UTF-8", "fid": "0", "actionkey": "x"}
    session = at.session()
    assert at("GetEnvs", verb, session=session, **beside)["result"] == 0
    assert at("StopEnv", verb, session=session, **MINE, **beside) == {"result": 0}


# who may


@pytest.mark.parametrize("method", METHODS)
def test_without_a_good_credential_nothing_is_done(at: Platform, method: str):
    issued = at.stage.issue_personal(at.stage.session(), at.stage.clock.now() + DAY)
    token, own = issued.described.token, at.stage.organization_id
    revoked = replace(token, version=token.version + 1, revoked_at=at.stage.clock.now())
    at.stage.put(revoked, token)
    unknown = "thp_000000000000000000000000000000000000"
    wrong = [{}, *({"session": text} for text in ("", "x y", "x", unknown, issued.secret.reveal()))]
    for credential in wrong:
        answer = at(method, **sent(method), **credential)
        assert set(answer) == {"result", "error"}
        assert answer["result"] == 702
    assert at.kept.of(own) == FIRST


@pytest.mark.parametrize("method", METHODS)
def test_who_lacks_the_permission_of_a_method_is_denied_it(at: Platform, method: str):
    at.give(CLIENT, "Client")
    assert at(method, **sent(method), session=at.session(CLIENT)) == {
        "result": 8,
        "error": f"This needs the permission environment.control.{method}.",
    }
    assert at.kept.of(at.stage.organization_id) == FIRST


@pytest.mark.parametrize("method", METHODS)
def test_a_list_opens_what_it_names_and_another_method_is_named_in_its_refusal(
    at: Platform, method: str
):
    others = [other for other in METHODS if other != method]
    assert at(method, **sent(method), session=at.limited(method))["result"] == 0
    before = at.kept.of(at.stage.organization_id)
    assert at(method, **sent(method), session=at.limited(*others)) == {
        "result": 8202,
        "error": f"The list of this token does not name environment.control.{method}.",
    }
    assert at.kept.of(at.stage.organization_id) == before


def test_who_loses_the_permission_is_refused_with_the_very_next_call(at: Platform):
    session, token = at.session(CLIENT), at.limited("StopEnv", email=CLIENT)
    assert at("StopEnv", **MINE, session=token)["result"] == 0
    at.give(CLIENT, "Client")
    for credential in (session, token):
        assert at("StopEnv", envName="webshop", session=credential)["result"] == 8
    assert at.states(at.session())["webshop"] == RUNNING


def test_another_organization_has_environments_of_its_own(at: Platform):
    at.stage.found_organization("Südstrom", "eve@suedstrom.example")
    foreign, own = at.session("eve@suedstrom.example"), at.session()
    assert at("StopEnv", **MINE, session=foreign)["result"] == 0
    assert at.states(foreign)["my-project"] == STOPPED
    assert at.states(own)["my-project"] == RUNNING


def test_what_cannot_be_decided_is_99_and_does_nothing(
    at: Platform, monkeypatch: pytest.MonkeyPatch
):
    session = at.session()

    def down() -> int:
        raise Unavailable("the clock cannot be judged by")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(at.stage.clock, "now", down)
        for method in METHODS:
            answer = at(method, **sent(method), session=session)
            assert answer == {"result": 99, "error": "This cannot be decided now. Try again."}
    assert at.kept.of(at.stage.organization_id) == FIRST


# what is wrong


@pytest.mark.parametrize("method", NAMING)
def test_without_a_name_the_answer_names_what_is_missing(at: Platform, method: str):
    for nothing in ({}, {"envName": ""}):
        answer = at(method, session=at.session(), **nothing)
        assert answer["result"] == 3
        assert "envName" in answer["error"]


@pytest.mark.parametrize("method", NAMING)
@pytest.mark.parametrize(
    "name",
    [
        *("nowhere", "My-Project", "my-project ", "x" * 5_000, "\x00", "my-project\x00", "a\nb"),
        *("../my-project", "..%2f", "/etc/passwd", "C:\\", "\u202e", "e\u0301", "\U0001f511" * 40),
        *("<script>alert(1)</script>", "{{7*7}}", "'; DROP TABLE x; --", "${jndi:x}", "*", "%"),
    ],
    ids=ascii,
)
def test_a_hostile_name_gets_a_code_and_hears_nothing_of_itself(
    at: Platform, method: str, name: str
):
    for verb in ("GET", "POST"):
        answer = at(method, verb, envName=name, session=at.session())
        assert set(answer) == {"result", "error"}
        assert answer["result"] in {3, 11}
        assert len(name.strip()) < 3 or name.strip() not in answer["error"]
    assert at.kept.of(at.stage.organization_id) == FIRST


def test_a_name_that_is_none_is_11_and_an_unknown_method_5(at: Platform):
    session = at.session()
    nobody = at("StopEnv", envName="nowhere", session=session)
    assert nobody == {"result": 11, "error": "There is no environment of this name."}
    assert at("DeleteEnv", **MINE, session=session)["result"] == 5
    assert at("/1.0/environment", session=session)["result"] == 5


@pytest.mark.parametrize("method", NAMING)
def test_a_request_that_has_two_readings_is_3(at: Platform, method: str):
    session = at.session()
    path = f"/1.0/environment/control/rest/{method.lower()}"
    for target in (
        f"{path}?session={session}&session={session}",
        f"{path}?session={session}&envName=my-project&envName=webshop",
        f"{path}?session={session}&envName=my-project&unheard=of",
    ):
        assert at(target)["result"] == 3, target
    assert at.kept.of(at.stage.organization_id) == FIRST


@pytest.mark.parametrize("method", METHODS)
def test_no_answer_repeats_the_credential_or_may_be_kept_or_told_on(at: Platform, method: str):
    for session in (at.session(), at.limited("GetEnvs"), "thl_0000000000000000000000000000000"):
        for verb in ("GET", "POST"):
            reply = at.reply(method, verb, **sent(method), session=session)
            assert session not in str(reply)
            assert reply.header("cache-control") == "no-store"
            assert reply.header("referrer-policy") == "no-referrer"
