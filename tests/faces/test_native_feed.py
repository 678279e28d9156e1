"""The change feed over the native API: what verifiers that keep answers have to forget."""

import pytest

from asking import Asker, asker
from conformance.house import House
from stage import CLIENT, OPERATOR, Stage
from tokenhouse.core.moment import DAY
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.operations import feed
from tokenhouse.operations.at_machine import AtMachine


@pytest.fixture
def gateway(at: House) -> Asker:
    return asker(at, kind="organizational")


def begin(by: Asker) -> int:
    answer = by("GET", "/v1/feed")
    assert answer.status == 200
    assert answer.body["data"] == []
    following: int = answer.body["next"]
    return following


def touched(by: Asker, after: int) -> list[list[str]]:
    answer = by("GET", f"/v1/feed?after={after}")
    assert answer.status == 200, answer.body
    return [one for entry in answer.body["data"] for one in entry["touched"]]


def test_it_begins_at_the_head_and_tells_what_comes_after(at: House, gateway: Asker):
    anna = asker(at)
    after = begin(gateway)
    assert after == at.head
    assert touched(gateway, after) == []
    made = anna("POST", "/v1/groups", {"name": "Fed"}, idempotency_key="fed").body["id"]
    answer = gateway("GET", f"/v1/feed?after={after}").body
    (entry,) = answer["data"]
    assert entry["touched"] == [["group", made]], "and nothing of retries"
    assert entry["sequence"] == answer["next"] == at.head
    assert entry["moment"].endswith("Z")


def test_what_a_kept_answer_rests_on_is_told_once_it_changes(at: House, gateway: Asker):
    anna, stage = asker(at), at.stage
    issued = at.make("personal", CLIENT).token
    after = begin(gateway)
    anna("PATCH", f"/v1/groups/{stage.group('Client').id}", {"permissions": []}, if_match="*")
    assert touched(gateway, after) == [["group", str(stage.group("Client").id)]]
    after = begin(gateway)
    stage.authority.memberships.end(stage.session(), stage.membership(CLIENT).id)
    words = dict(touched(gateway, after))
    assert words["membership"] == str(issued.holder_id)
    client = anna("POST", "/v1/clients", {"label": "Fed"}).body["id"]
    path = f"/v1/clients/{client}"
    for method, target, body in (
        ("PATCH", path, {"suspended": True}),
        ("POST", f"{path}/revoke", None),
        ("DELETE", path, None),
    ):
        after = begin(gateway)
        assert anna(method, target, body, if_match="*").status < 300
        assert touched(gateway, after) == [["client", client]]
    after = begin(gateway)
    client, device = at.new_client(at.own), at.equipped(at.own).token.holder_id
    anna("PATCH", f"/v1/clients/{client.id}", {"suspended": True}, if_match="*")
    anna("PATCH", f"/v1/devices/{device}", {"suspended": True}, if_match="*")
    told = touched(gateway, after)
    assert ["client", str(client.id)] in told
    assert ["device", str(device)] in told
    after = begin(gateway)
    somebody = AtMachine(DEPLOYMENT, "a test")
    rotated = stage.authority.signing_keys.rotate(somebody, 0)
    assert ["signing_key", str(rotated.active.id)] in touched(gateway, after)


def test_nothing_of_another_organization_is_told_and_the_place_moves_on(at: House, gateway: Asker):
    after = begin(gateway)
    eve = asker(at, "a foreign administrator's")
    assert eve("POST", "/v1/groups", {"name": "Theirs"}).status == 201
    answer = gateway("GET", f"/v1/feed?after={after}").body
    assert answer == {"data": [], "next": at.head}
    assert answer["next"] > after
    theirs = asker(at, "a foreign administrator's", "organizational")
    assert [word for word, _ in touched(theirs, after) if word == "group"] == ["group"]


def test_what_the_deployment_changes_in_organizations_is_not_told_to_others(at: House):
    theirs = asker(at, "a foreign administrator's", "organizational")
    told = {word for word, _ in touched(theirs, 0)}
    assert told >= {"deployment", "signing_key"}
    everything = str(theirs("GET", "/v1/feed?after=0").body)
    assert str(at.own) not in everything
    assert str(at.stage.membership(OPERATOR).id) not in everything


def test_one_request_looks_at_so_many_entries_and_goes_on(
    at: House, gateway: Asker, monkeypatch: pytest.MonkeyPatch
):
    whole = touched(gateway, 0)
    monkeypatch.setattr(feed, "SCANNED", 3)
    seen, after = [], 0
    while (answer := gateway("GET", f"/v1/feed?after={after}").body)["next"] != after:
        assert answer["next"] <= after + 3
        seen += [one for entry in answer["data"] for one in entry["touched"]]
        after = answer["next"]
    assert seen == whole
    assert after == at.head


def test_a_place_that_the_feed_no_longer_reaches_is_gone(at: House):
    at.stage.clock.moment += 2 * DAY  # every later test asks with a credential of its own
    gateway = asker(at, kind="organizational")
    begin(gateway)
    while at.stage.store.purge(at.stage.clock.now(), {}, 100):
        pass
    for after in (0, at.head + 1):
        gone = gateway("GET", f"/v1/feed?after={after}")
        assert (gone.status, gone.body["code"]) == (410, "gone")
        assert "begin anew without `after`" in gone.body["detail"]
    assert touched(gateway, begin(gateway)) == []


def test_only_who_may_ask_about_tokens_follows_the_feed(at: House):
    assert asker(at)("GET", "/v1/feed").status == 401
    assert asker(at, kind="personal")("GET", "/v1/feed").status == 401
    weak = at.stage.issue(at.stage.session(), ("Client",))
    headers = [("authorization", f"Token {weak.secret.reveal()}")]
    assert at.wire("GET", "/v1/feed", headers).status == 403


@pytest.mark.parametrize("query", ["after=-1", "after=x", "after=1&after=2", "before=1"])
def test_a_place_that_cannot_be_is_malformed(gateway: Asker, query: str):
    assert gateway("GET", f"/v1/feed?{query}").status == 400


def test_every_commit_is_in_the_feed_of_each_engine(stage: Stage):
    somebody = AtMachine(stage.organization_id, "a test")
    after = stage.authority.feed(somebody, None).following
    token = stage.issue(stage.session()).described.token
    fed = stage.authority.feed(somebody, after)
    assert ("Token", token.id) in [one for entry in fed.entries for one in entry.touched]
    assert fed.following == stage.store.head()[0]
