"""The audit trail, its export and its chain over the native API."""

import hashlib
import json
from uuid import UUID, uuid4

import pytest

from asking import Asker, asker
from conformance.face_suite import FACES
from conformance.house import House, house
from stage import ADMINISTRATOR, CLIENT
from tokenhouse.core.chain import BEGINNING, event_of, walk
from tokenhouse.core.events import Details, Event, Name
from tokenhouse.core.moment import DAY, SECOND, format_moment
from tokenhouse.operations import trail
from tokenhouse.operations.changes import Change, Committed

OTHER = UUID(int=77)
"""Somebody whom nobody here knows."""


def note(
    at: House,
    *,
    within: UUID | None = None,
    name: Name = Name.MEMBERSHIP_CHANGED,
    actor: UUID | None = OTHER,
    subject: UUID = OTHER,
    details: Details | None = None,
) -> int:
    """Write an event, as some operation would; give its sequence."""
    organization_id = within or at.own
    event = Event(name, organization_id, actor, OTHER, subject, details or {})
    outcome = at.stage.store.commit(Change(organization_id, (), (), (event,)))
    assert isinstance(outcome, Committed)
    return outcome.sequence


def test_events_are_listed_newest_first_whole_and_of_ones_own_organization(at: House, anna: Asker):
    foreign = note(at, within=at.foreign)
    mine = note(at)
    whole = anna.all("/v1/events")
    sequences = [one["sequence"] for one in whole]
    assert sequences[0] == mine
    assert sequences == sorted(sequences, reverse=True)
    kept = at.stage.store.events(at.own, 0, 10_000)
    assert sequences[::-1] == [event.sequence for event in kept]
    assert foreign not in sequences
    assert {one["organization"] for one in whole} == {str(at.own)}
    assert anna.all("/v1/events?limit=3") == whole
    eve = asker(at, "a foreign administrator's")
    theirs = [one["sequence"] for one in eve.all("/v1/events")]
    assert foreign in theirs
    assert not set(theirs) & set(sequences)


def test_an_event_tells_who_did_what_with_which_token(at: House, anna: Asker):
    made = anna("POST", "/v1/groups", {"name": "Told", "permissions": ["SystemsRead"]})
    event = anna("GET", "/v1/events?limit=1").body["data"][0]
    recorded = at.stage.store.recent_events(at.own, None, 1)[0]
    assert event == {
        "sequence": recorded.sequence,
        "name": "group:organization:created",
        "moment": format_moment(recorded.moment),
        "organization": str(at.own),
        "erased": False,
        "actor": str(at.stage.person(ADMINISTRATOR).id),
        "through": str(at.good("session").token.id),
        "subject": made.body["id"],
        "details": {"name": "Told", "description": "", "permissions": ["SystemsRead"]},
        "digest": recorded.digest.hex(),
    }


def test_filters_find_exactly_what_they_name(at: House, anna: Asker):
    clock = at.stage.clock
    actor, subject, person = uuid4(), uuid4(), uuid4()
    clock.moment += SECOND
    start = clock.moment
    first = note(at, actor=actor, details={"person": str(person)})
    clock.moment += SECOND
    second = note(at, name=Name.TOKEN_ISSUED, actor=actor, subject=subject)
    third = note(at, name=Name.TOKEN_ROTATED, actor=actor)
    family = note(at, name=Name.FAMILY_REVOKED, actor=actor)
    later = format_moment(clock.moment)
    clock.moment += SECOND
    last = note(at, actor=actor)

    def found(query: str) -> list[int]:
        return [one["sequence"] for one in anna.all(f"/v1/events?actor={actor}&{query}limit=2")]

    assert found("") == [last, family, third, second, first]
    assert found("name=token&") == [family, third, second]
    assert found("name=token:holder&") == [third, second]
    assert found("name=token:holder:issued&") == [second]
    assert found("name=token:hold&") == []
    assert found(f"subject={subject}&") == [second]
    assert found(f"person={person}&") == [first]
    assert found(f"since={later}&") == [last, family, third, second]
    assert found(f"until={later}&") == [first]
    assert found(f"since={format_moment(start)}&until={later}&name=membership&") == [first]
    assert found(f"name=token&subject={subject}&since={later}&") == [second]


def test_a_request_that_finds_little_looks_at_so_many_events_and_goes_on(
    at: House, anna: Asker, monkeypatch: pytest.MonkeyPatch
):
    subject = uuid4()
    oldest = note(at, subject=subject)
    for _ in range(25):
        note(at)
    monkeypatch.setattr(trail, "SCANNED", 10)
    target = f"/v1/events?subject={subject}"
    first = anna("GET", target)
    assert first.body["data"] == []
    assert first.body["next_cursor"]
    assert [one["sequence"] for one in anna.all(target)] == [oldest]


@pytest.mark.parametrize(
    "query",
    [
        *("limit=0", "limit=101", "limit=x", "cursor=x", "cursor=AAAA", "name=Token", "name="),
        *("name=a:b:c:d", "actor=x", "subject=1", "since=yesterday", "until=2030-01-01", "x=1"),
        *("limit=1&limit=2", "name=%00", "cursor=__________8"),
    ],
)
def test_a_query_that_cannot_be_is_malformed(anna: Asker, query: str):
    refused = anna("GET", f"/v1/events?{query}")
    assert (refused.status, refused.body["code"]) == (400, "malformed")


def test_what_was_erased_says_so_and_keeps_its_place(
    tmp_path_factory: pytest.TempPathFactory,
):
    directory = tmp_path_factory.mktemp("erased")
    with house("memory", directory, FACES, lambda _: None) as at:
        anna = asker(at)
        before = {one["sequence"]: one for one in anna.all("/v1/events")}
        at.stage.clock.moment += 31 * DAY
        while at.stage.store.purge(at.stage.clock.now(), {}, 100):
            pass
        erased = [one for one in asker(at).all("/v1/events") if one["erased"]]
        assert {one["name"] for one in erased} == {Name.SIGNED_IN}
        shown = ("sequence", "name", "moment", "organization", "digest")
        for one in erased:
            was = before[one["sequence"]]
            assert one == {name: was[name] for name in shown} | {"erased": True}
        lines = asker(at)("GET", "/v1/events/export").reply.body.splitlines()
        assert any(json.loads(line).get("body", "") is None for line in lines)
        assert walk(map(event_of, lines), BEGINNING).broken_at is None


# one's own


def test_a_person_is_told_what_concerns_him_and_nothing_else(at: House):
    carl = Asker(at, at.make("session", CLIENT).credential)
    me = at.stage.person(CLIENT).id
    about_me = note(at, actor=OTHER, details={"person": str(me), "groups_after": ["a"]})
    note(at, actor=OTHER)
    note(at, actor=me, details={"person": str(OTHER)})
    mine = carl.all("/v1/me/events")
    assert mine[0]["sequence"] == about_me
    assert mine[0]["actor"] == str(OTHER)
    assert mine[0]["through"] is None, "the token is another's"
    assert mine[0]["details"]["groups_after"] == ["a"]
    assert mine[1]["name"] == Name.SIGNED_IN
    assert mine[1]["actor"] == str(me)
    assert carl.all("/v1/me/events?limit=1") == mine
    assert carl("GET", "/v1/events").status == 403


def test_of_another_organization_a_person_is_told_what_is_addressed_to_him_and_not_by_whom(
    at: House,
):
    carl = Asker(at, at.make("session", CLIENT).credential)
    me = at.stage.person(CLIENT).id
    addressed = note(at, within=at.foreign, actor=OTHER, details={"person": str(me), "ended": True})
    done = note(
        at, within=at.foreign, name=Name.GROUP_CREATED, actor=me, details={"name": "Secret"}
    )
    signed_in = note(
        at, within=at.foreign, name=Name.SIGNED_IN, actor=me, details={"address": "192.0.2.9"}
    )
    told = {one["sequence"]: one for one in carl.all("/v1/me/events")}
    assert (told[addressed]["actor"], told[addressed]["through"]) == (None, None)
    assert told[addressed]["details"] == {"person": str(me), "ended": True}
    assert told[addressed]["organization"] == str(at.foreign)
    assert told[done]["actor"] == str(me)
    assert told[done]["details"] == {}, "what he made there is the organization's"
    assert told[done]["through"] is None
    assert told[signed_in]["details"] == {"address": "192.0.2.9"}


def test_a_token_that_is_nobodys_has_no_events_of_its_own(at: House):
    back_end = asker(at, kind="organizational")
    assert back_end("GET", "/v1/me/events").status == 403
    assert back_end("GET", "/v1/events").status == 200


# export and chain


def exported(by: Asker, target: str = "/v1/events/export") -> list[bytes]:
    """Every line, answer after answer."""
    lines: list[bytes] = []
    while target:
        answer = by("GET", target)
        assert answer.status == 200
        assert answer.reply.header("content-type") == "application/x-ndjson"
        lines += answer.reply.body.splitlines()
        target = answer.following
    return lines


def test_an_export_can_be_checked_by_anyone_without_us(at: House, anna: Asker):
    note(at, within=at.foreign, details={"name": "Nobody else's"})
    note(at, details={"description": "Büro\u2028\n"})
    lines = exported(anna)
    link = bytes(32)
    for place, line in enumerate(lines, start=1):
        told = json.loads(line)
        assert told["sequence"] == place
        if (body := told.get("body")) is not None:
            assert hashlib.sha256(body.encode()).hexdigest() == told["digest"]
            fields = json.loads(body)
            assert fields["organization"] == told["organization"] == str(at.own)
            assert (fields["name"], fields["moment"]) == (told["name"], told["moment"])
        link = hashlib.sha256(link + b"\x01" + bytes.fromhex(told["digest"])).digest()
        assert link.hex() == told["link"]
    assert place == at.head
    assert exported(anna, "/v1/events/export?limit=7") == lines
    assert exported(anna, f"/v1/events/export?after={place - 3}") == lines[-3:]
    assert exported(anna, f"/v1/events/export?after={place + 5}") == []


def test_an_export_tells_of_others_their_places_alone(at: House, anna: Asker):
    note(at, within=at.foreign, details={"name": "Nobody else's"})
    mine = {event.sequence for event in at.stage.store.events(at.own, 0, 10_000)}
    lines = [json.loads(line) for line in exported(anna)]
    assert {one["sequence"] for one in lines if "organization" in one} == mine
    for one in lines:
        if one["sequence"] not in mine:
            assert set(one) == {"sequence", "digest", "link"}
    assert str(at.foreign) not in str(lines)


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=0", "limit=10001", "after=1.5"])
def test_an_export_that_cannot_be_is_malformed(anna: Asker, query: str):
    assert anna("GET", f"/v1/events/export?{query}").status == 400


def test_who_takes_no_lines_is_refused_and_who_takes_anything_is_not(anna: Asker):
    for accept, status in (
        *(("application/json", 406), ("text/html", 406), ("application/x-ndjson", 200)),
        ("*/*", 200),
    ):
        assert anna("GET", "/v1/events/export", accept=accept).status == status
    assert anna("GET", "/v1/events", accept="application/x-ndjson").status == 406


def test_the_chain_is_verified_and_a_kept_place_stays_good(at: House, anna: Asker):
    note(at, within=at.foreign)
    first = anna("GET", "/v1/events/chain").body
    recorded = at.stage.store.recent_events(None, None, 1)[0]
    assert first == {
        "intact": True,
        "from": 0,
        "to": recorded.sequence,
        "link": recorded.link.hex(),
    }
    note(at)
    kept = f"after={first['to']}&link={first['link']}"
    second = anna("GET", f"/v1/events/chain?{kept}").body
    assert (second["intact"], second["from"], second["to"]) == (True, first["to"], at.head)
    other = f"after={first['to']}&link={'0' * 64}"
    broken = anna("GET", f"/v1/events/chain?{other}").body
    assert (broken["intact"], broken["broken_at"]) == (False, first["to"])
    cut = anna("GET", f"/v1/events/chain?after={at.head + 9}&link={'0' * 64}").body
    assert (cut["intact"], cut["broken_at"]) == (False, at.head + 9)
    unclaimed = anna("GET", f"/v1/events/chain?after={at.head + 9}")
    assert (unclaimed.status, unclaimed.body["code"]) == (422, "unprocessable")
    for query in ("link=x", f"link={'0' * 63}", f"link={'A' * 64}", "after=-1"):
        assert anna("GET", f"/v1/events/chain?{query}").status == 400


def test_a_long_chain_names_where_to_go_on(at: House, anna: Asker, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tokenhouse.operations.chain.MAX_EVENTS", 7)
    target, places = "/v1/events/chain", []
    while target:
        answer = anna("GET", target)
        assert answer.body["intact"] is True
        places.append(answer.body["to"])
        assert (answer.body.get("next") == places[-1]) == bool(answer.following)
        target = answer.following
    assert places[0] == 7
    assert places[-1] == at.head
