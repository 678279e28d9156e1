"""The page of one token says what the operations do, to whoever may know it, and to nobody else."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from console.desk import Desk, elements, links, text_of
from stage import ADMINISTRATOR, CLIENT, caller
from tokenhouse.core.catalogue import PredefinedSet
from tokenhouse.core.events import Name
from tokenhouse.core.kind import Spelling
from tokenhouse.core.moment import DAY, HOUR, Lifetime
from tokenhouse.core.refusal import Refused
from tokenhouse.faces.console.tokens import happening, rights, state
from tokenhouse.operations.changes import Stretch
from tokenhouse.operations.edit import Edit
from tokenhouse.operations.holding import Holding
from tokenhouse.operations.issue import Draft, Issued
from tokenhouse.operations.memberships import Sought
from tokenhouse.operations.tokens import ACTIVE, STATES

MINE, ORGANIZATIONS = "/console/tokens", "/console/organization/tokens"
HOSTILE = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>' style='x",
    "{{ 7 * 7 }}{% raw %}",
    "\u202egpj.exe\u2066 \u2069",
    "x" * 500,
    "line\x0bfeed\x1b[31m\x7f",
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    built = Desk(tmp_path)
    yield built
    built.wire.close()


def organizational(desk: Desk, *groups: str, **fields: object) -> Issued:
    issued = desk.stage.issue(desk.by(ADMINISTRATOR), groups or ("Client",))
    if fields:
        token = issued.described.token
        changed = replace(token, version=token.version + 1, **fields)
        desk.stage.put(changed, token)
    return issued


def path(issued: Issued) -> str:
    token = issued.described.token
    return f"{ORGANIZATIONS if token.kind == 'organizational' else MINE}/{token.id}"


def described(desk: Desk, text: str) -> str:
    """Where the page of a token is that is described so."""
    issued = desk.stage.authority.issue(
        desk.by(ADMINISTRATOR), desk.stage.organizational, Draft(text, None, None)
    )
    return path(issued)


def holding(desk: Desk) -> Holding:
    return Holding((desk.stage.organizational,))


# who is shown what


def test_one_sees_ones_own_tokens_and_no_others(desk: Desk):
    mine = desk.stage.issue_personal(desk.by(CLIENT))
    assert desk.look(path(mine), CLIENT).status == 200
    assert desk.look(path(mine)).status == 404
    for unknown in (uuid4(), "x", "0", mine.described.token.id.hex):
        assert desk.look(f"{MINE}/{unknown}", CLIENT).status == 404


def test_tokens_of_the_organization_are_for_who_may_read_them(desk: Desk):
    token = organizational(desk)
    assert desk.look(path(token)).status == 200
    assert desk.look(path(token), CLIENT).status == 403
    assert desk.look(f"{MINE}/{token.described.token.id}").status == 404
    foreign = desk.stage.found_organization("Südstrom", "eve@sued.example")
    assert foreign
    assert desk.look(path(token), "eve@sued.example").status == 404


def test_no_page_holds_the_string_of_its_token(desk: Desk):
    token = organizational(desk)
    page = desk.look(path(token)).body.decode()
    assert token.secret.reveal() not in page
    assert f"tho_…{token.described.token.hint}" in page


def test_names_of_people_are_for_who_may_know_them(desk: Desk):
    token = organizational(desk)
    anna = desk.stage.person(ADMINISTRATOR)
    reads = desk.group("AccountTokenRead", "EventsRead", name="Reads tokens")
    member = desk.stage.membership(CLIENT)
    after = replace(member, version=member.version + 1, groups=(*member.groups, reads.id))
    desk.stage.put(after, member)
    told = text_of(desk.look(path(token), CLIENT))
    assert anna.full_name not in told
    assert f"Made by somebody else {anna.id}" in told
    knows = desk.group("AccountsUsersRead", name="Knows people")
    desk.stage.put(
        replace(after, version=after.version + 1, groups=(*after.groups, knows.id)), after
    )
    assert f"Made by {anna.full_name}" in text_of(desk.look(path(token), CLIENT))
    assert "Made by you" in text_of(desk.look(path(token)))


# what it is


def test_facts_stand_there_with_the_zone_of_each_moment(desk: Desk):
    until = desk.clock.now() + 40 * DAY
    token = organizational(
        desk, expires_at=until, addresses=("192.0.2.0/24",), audience="https://api.example"
    )
    told = text_of(desk.look(path(token)))
    for expected in (
        "Owner Nordlicht Energie",
        "Created Tue 10 Mar 2026 09:00 UTC just now",
        "Expires Sun 19 Apr 2026 09:00 UTC in 40 days",
        "expires in 40 days",
        "Last used never",
        "Addresses 192.0.2.0/24",
        "Audience https://api.example",
        "Policy groups Client",
        "Number 1",
        "Technical user",
        str(token.described.token.id),
    ):
        assert expected in told
    for tag, attributes in elements(desk.look(path(token))):
        if tag == "time":
            assert (attributes["datetime"] or "").endswith("Z")


def test_every_state_has_a_word():
    assert {one.value for one in state._STATES} == set(STATES) - {ACTIVE}


def test_what_can_be_done_goes_by_the_state_and_by_who_looks(desk: Desk):
    by = desk.by(ADMINISTRATOR, "AccountTokenWrite")
    token = organizational(desk)
    one, base = path(token), ORGANIZATIONS
    token_id = token.described.token.id
    every = {
        "Edit": f"{one}/edit",
        "Regenerate": f"{one}/regenerate",
        "Copy as new": f"{base}/new?from={token_id}",
        "Remove": f"{base}/remove?id={token_id}",
    }
    assert every.items() <= links(desk.look(one)).items()
    reads = desk.group("AccountTokenRead", name="Reads tokens")
    member = desk.stage.membership(CLIENT)
    desk.stage.put(
        replace(member, version=member.version + 1, groups=(*member.groups, reads.id)), member
    )
    assert not every.keys() & links(desk.look(one, CLIENT)).keys()
    desk.stage.authority.rotate(by, holding(desk), token_id, None, Lifetime(microseconds=HOUR))
    assert every.keys() & links(desk.look(one)).keys() == every.keys() - {"Regenerate"}
    desk.stage.authority.revoke.one(by, holding(desk), token_id)
    assert every.keys() & links(desk.look(one)).keys() == {"Copy as new"}


def test_the_family_says_when_an_overlap_ends(desk: Desk):
    by = desk.by(ADMINISTRATOR, "AccountTokenWrite")
    token = organizational(desk)
    assert "none has succeeded it" in text_of(desk.look(path(token)))
    overlap = Lifetime(microseconds=HOUR)
    rotated = desk.stage.authority.rotate(
        by, holding(desk), token.described.token.id, None, overlap
    )
    assert isinstance(rotated, Issued)
    told = text_of(desk.look(path(token)))
    assert "being replaced" in told
    assert "Good beside its successor until Tue 10 Mar 2026 10:00 UTC in 1 h" in told
    hrefs = [attributes.get("href") for tag, attributes in elements(desk.look(path(token)))]
    assert path(rotated) in hrefs
    desk.clock.moment += HOUR
    assert "Replaced by its successor Tue 10 Mar 2026 10:00 UTC" in text_of(desk.look(path(token)))
    assert "The newest." in text_of(desk.look(path(rotated)))


# what it may do


def test_each_permission_has_its_reason(desk: Desk):
    limited = desk.stage.issue_limited(desk.by(CLIENT), "SystemsRead")
    told = text_of(desk.look(path(limited), CLIENT))
    assert "SystemsRead Read systems. List the firm's solar systems" in told
    assert "GET /systems Through the group Client, and the list names it" in told
    assert "1 permission" in told
    assert "more that it may not" in told
    personal = desk.stage.issue_personal(desk.by(CLIENT))
    assert "It may do everything that its holder may" in text_of(desk.look(path(personal), CLIENT))


def test_what_a_token_names_and_has_not_got_is_told_with_the_reason(desk: Desk):
    limited = desk.stage.issue_limited(desk.by(CLIENT), "SystemsRead")
    member = desk.stage.membership(CLIENT)
    desk.stage.put(replace(member, version=member.version + 1, groups=()), member)
    told = text_of(desk.look(path(limited), CLIENT))
    assert "Named, and not given" in told
    assert "No policy group of the holder gives it." in told
    desk.stage.predefine(PredefinedSet(1, "Readers", "", frozenset({"SystemsRead"})))
    follows = desk.stage.issue_limited(desk.by(CLIENT), set_id=1)
    assert "Predefined set Readers" in text_of(desk.look(path(follows), CLIENT))
    desk.stage.predefine()
    told = text_of(desk.look(path(follows), CLIENT))
    assert "the predefined set that it followed was removed" in told


def test_every_lack_and_every_way_through_has_words():
    assert set(rights._LACKS) == set(rights.Lack)
    assert set(rights._THROUGH) == set(rights.Through) - {rights.Through.ALL}


def test_a_token_that_is_not_good_is_not_said_to_be(desk: Desk):
    token = desk.stage.issue(desk.by(ADMINISTRATOR), ("Client",), desk.clock.now() + DAY)
    desk.clock.moment += DAY
    told = text_of(desk.look(path(token)))
    assert "But it is expired: no door takes it for any of this." in told


# how it is used


def test_uses_are_counted_by_outcome_in_a_chart_and_in_a_table(desk: Desk):
    token = organizational(desk)
    told = text_of(desk.look(path(token)))
    assert "Not used in 48 hours" in told
    assert "The same as a table" not in told
    for permission in ("SystemsRead", "SystemsRead", "SystemsWrite"):
        desk.stage.verdict(token.secret, permission)
    desk.stage.parts.usage.write()
    told = text_of(desk.look(path(token)))
    assert "2 accepted 1 not allowed" in told
    assert "10 Mar 2026 09:00 2 1" in told
    assert "Last used Tue 10 Mar 2026 09:00 UTC" in told
    by_day = text_of(desk.look(f"{path(token)}?usage=days"))
    assert "10 Mar 2026 2 1" in by_day
    assert "written every 5 seconds" in by_day
    desk.clock.moment += 3 * DAY
    assert "Not used in 48 hours" in text_of(desk.look(path(token)))
    assert "2 accepted 1 not allowed" in text_of(desk.look(f"{path(token)}?usage=days"))


# what happened


def test_what_happened_is_told_in_words_with_who_and_when(desk: Desk):
    token = organizational(desk)
    by = desk.by(ADMINISTRATOR, "AccountTokenWrite")
    edit = Edit(description="another", expires_at=desk.clock.now() + DAY)
    desk.stage.authority.edit(by, holding(desk), token.described.token.id, edit, None)
    desk.stage.authority.revoke.one(by, holding(desk), token.described.token.id)
    told = text_of(desk.look(path(token))).replace("\u2068", "").replace("\u2069", "")
    events = told[told.index("What happened") :]
    assert events.index("Revoked by you") < events.index("Edited by you") < events.index("Made by")
    assert "Description: “another”, before “a token”" in events
    assert "Expiry: Wed 11 Mar 2026 09:00 UTC, before none" in events
    assert "Tue 10 Mar 2026 09:00 UTC just now Revoked" in events


def test_everything_that_can_happen_to_a_token_has_words():
    named = {name for name in Name if name.startswith("token:")} - {Name.DEPLOYMENT_REVOKED}
    assert named <= set(happening._WORDS)


def test_refusals_are_told_with_their_reason(desk: Desk):
    token = organizational(desk)
    for _ in range(2):
        with pytest.raises(Refused):
            desk.stage.authority.memberships.page(
                caller(token.secret, Spelling.TOKEN, "AccountsUsersRead"), Sought(), Stretch(1)
            )
    desk.stage.authority.notes.write(all_of_them=True)
    told = text_of(desk.look(path(token)))
    assert "Refused at a door of Tokenhouse itself 2 times" in told
    assert "It was not allowed that, at POST /somewhere" in told


def test_older_events_are_behind_a_link(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tokenhouse.operations.explain.MOST_EVENTS", 1)
    token = organizational(desk)
    by = desk.by(ADMINISTRATOR, "AccountTokenWrite")
    edit = Edit(description="another")
    desk.stage.authority.edit(by, holding(desk), token.described.token.id, edit, None)
    page = desk.look(path(token))
    assert "Edited by you" in text_of(page)
    (older,) = [
        attributes["href"] or ""
        for tag, attributes in elements(page)
        if tag == "a" and (attributes["href"] or "").startswith("?before=")
    ]
    following = text_of(desk.look(path(token) + older.partition("#")[0]))
    assert "Edited by you" not in following
    assert "Made by you" in following[following.index("What happened") :]
    for odd in ("x", "-1", "9" * 30, "٣"):
        assert desk.look(f"{path(token)}?before={quote(odd)}").status == 200


# the question


def ask(desk: Desk, token: Issued, may: str, address: str = "", **headers: str) -> tuple[int, str]:
    query = f"?may={quote(may)}&address={quote(address)}"
    reply = desk.look(path(token) + query, **headers)
    return reply.status, text_of(reply)


@pytest.mark.parametrize(
    ("may", "sentence"),
    [
        ("GET /systems", "Yes: GET /systems needs SystemsRead, and the token's own group Client"),
        ("get /systems?all=1", "Yes: GET /systems needs SystemsRead"),
        ("/systems", "Yes: GET /systems needs SystemsRead"),
        ("https://api.example/systems", "Yes: GET /systems needs SystemsRead"),
        ("SystemsRead", "Yes: the token's own group Client gives SystemsRead"),
        ("SystemsWrite", "No: none of the token's groups gives SystemsWrite"),
        ("DELETE /systems/7", "No: DELETE /systems/{id}"),
        ("PUT /nowhere", "No: no permission of the catalogue opens PUT /nowhere"),
    ],
)
def test_a_question_is_answered_in_a_sentence_with_what_decides(
    desk: Desk, may: str, sentence: str
):
    status, told = ask(desk, organizational(desk), may)
    assert status == 200
    assert sentence.replace("/systems/{id}", "/systems/7") in told


def test_what_is_no_question_is_said_at_the_question(desk: Desk):
    token = organizational(desk)
    for may, address, fault in (
        ("FETCH /systems", "", "The method is none of GET, "),
        ("GET systems", "", "The path does not read like /devices/7."),
        ("GET", "", "The path does not read like /devices/7."),
        ("not-a-name!", "", "A permission is not formed like SystemsRead."),
        ("SystemsRead", "nowhere", "The address is no IP address."),
        ("", "192.0.2.1", "Say which request it is about"),
    ):
        status, told = ask(desk, token, may, address)
        assert (status, fault in told) == (422, True), (may, told)


def test_an_address_decides_where_a_token_is_bound_to_some(desk: Desk):
    token = organizational(desk, addresses=("192.0.2.0/24",))
    assert "Yes: " in ask(desk, token, "SystemsRead", "192.0.2.9")[1]
    assert "may be used from 192.0.2.0/24 alone" in ask(desk, token, "SystemsRead", "::1")[1]


def test_a_script_is_answered_with_the_answer_alone(desk: Desk):
    token = organizational(desk)
    reply = desk.look(f"{path(token)}?may=SystemsRead", hx_request="true", hx_target="answer")
    assert text_of(reply).startswith("Yes: ")
    assert "<html" not in reply.body.decode()


def test_a_question_is_no_use_and_leaves_nothing(desk: Desk):
    token = organizational(desk)
    desk.look(path(token))
    head = desk.stage.store.head()[0]
    ask(desk, token, "SystemsRead")
    ask(desk, token, "SystemsWrite")
    desk.stage.parts.usage.write()
    events = desk.stage.store.head()[0] - head
    assert events == 2  # the sign-ins that looked
    assert "Not used in 48 hours" in text_of(desk.look(path(token)))


def test_examples_are_ones_that_the_catalogue_has(desk: Desk):
    page = desk.look(path(organizational(desk)))
    asked = [
        attributes["data-fills"] or ""
        for _, attributes in elements(page)
        if "data-fills" in attributes
    ]
    assert asked == ["GET /systems", "POST /systems"]


# whoever writes names


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_description_harms_nothing(desk: Desk, text: str):
    plain = elements(desk.look(described(desk, "plain")))
    page = desk.look(described(desk, text))
    assert page.status == 200
    read = elements(page)
    assert [tag for tag, _ in read if tag in {"script", "img", "style"}] == [
        tag for tag, _ in plain if tag in {"script", "img", "style"}
    ]
    assert not [name for _, attributes in read for name in attributes if name.startswith("on")]
    assert "".join(text.split()) in "".join(text_of(page).split())


def test_a_token_without_a_description_has_a_word_instead(desk: Desk):
    for text in ("", "  \t", "\u200b\u00a0\ufeff"):
        assert "Untitled token" in text_of(desk.look(described(desk, text)))


def test_hostile_names_and_permissions_harm_nothing(desk: Desk):
    hostile = "<b onclick=alert(1)>" + "\u202e" + "x" * 10_000
    person = desk.stage.person(ADMINISTRATOR)
    desk.stage.put(replace(person, version=person.version + 1, full_name=hostile), person)
    group = desk.group("SystemsRead", name=hostile)
    catalogue = desk.stage.store.catalogue()
    entries = tuple(replace(one, title=hostile, description=hostile) for one in catalogue.entries)
    desk.stage.put(replace(catalogue, version=catalogue.version + 1, entries=entries), catalogue)
    token = organizational(desk, groups=(group.id,))
    page = desk.look(path(token))
    assert page.status == 200
    assert not [
        name for _, attributes in elements(page) for name in attributes if name.startswith("on")
    ]
    assert "b" not in {tag for tag, _ in elements(page)}


def test_what_is_asked_stands_in_the_page_as_text_alone(desk: Desk):
    token = organizational(desk)
    hostile = '"><script>alert(1)</script>'
    reply = desk.look(f"{path(token)}?may={quote(hostile)}&address={quote(hostile)}")
    assert reply.status == 422
    assert all("src" in attributes for tag, attributes in elements(reply) if tag == "script")


def test_removed_groups_are_counted(desk: Desk):
    token = organizational(desk, groups=(UUID(int=7),))
    assert "1 policy group that it names was removed." in text_of(desk.look(path(token)))
