"""Removing tokens over the wire: many with one confirmation, all or none."""

import re
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock

import pytest

from conformance.wire import Reply
from listed import MINE, ORGANIZATIONS, Site, Visitor, ids, names, text_of
from stage import CLIENT, PASSWORD
from tokenhouse.core.events import Name
from tokenhouse.core.judge import Reason
from tokenhouse.operations.issue import Issued
from tokenhouse.operations.revoke import MOST_AT_ONCE

MANY = 213
READS = frozenset({"SystemsRead"})


@pytest.fixture(params=["memory", "sqlite"])
def site(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Site]:
    built = Site(tmp_path, request.getfixturevalue, request.param)
    yield built
    built.close()


def living(site: Site, *issued: Issued) -> int:
    return sum(site.stage.verdict(one.secret).active for one in issued)


def said(reply: Reply) -> str:
    return " ".join(re.findall(r'role="alert">(.*?)</p>', text_of(reply)))


def asked_for(reply: Reply) -> set[str]:
    """The tokens that a question names, in its form."""
    return set(re.findall(r'name="id" value="([^"]+)"', text_of(reply)))


def test_213_end_with_one_confirmation_in_one_commit(site: Site, monkeypatch: pytest.MonkeyPatch):
    made = [site.issue(f"script {number:03}", 90) for number in range(MANY)]
    kept = site.issue("another", 90)
    anna = site.visitor()
    question = anna.post(f"{MINE}/chosen", ("do", "remove"), ("all", "1"), ("q", "script"))
    assert "Remove these 213 tokens?" in text_of(question)
    assert "And 193 more." in text_of(question)
    assert asked_for(question) == {str(one) for one in ids(*made)}
    before, commit = site.stage.store.head()[0], Mock(wraps=site.stage.store.commit)
    monkeypatch.setattr(site.stage.store, "commit", commit)
    done = anna.remove(*ids(*made), q="script", show="active")
    assert (done.status, done.header("location")) == (
        303,
        f"{MINE}?show=active&q=script&removed=213",
    )
    assert living(site, *made, kept) == 1
    events = site.stage.store.events(site.stage.organization_id, before, 1_000)
    assert sum(event.name == Name.TOKEN_REVOKED for event in events) == MANY
    assert commit.call_count == 1
    again = anna.get(f"{MINE}?removed=213")
    assert names(again) == ["another"]
    assert "Removed: 213." in text_of(again)


@pytest.mark.parametrize(
    ("other", "status", "sentence"),
    [
        ({"password": "wrong password here"}, 403, "password"),
        ({"password": ""}, 403, "password"),
        ({"count": "7"}, 422, "Type 8, the number of tokens, first."),
        ({"count": ""}, 422, "Type 8, the number of tokens, first."),
        ({"count": "8 of them"}, 422, "Type 8, the number of tokens, first."),
    ],
)
def test_nothing_ends_that_is_not_confirmed(
    site: Site, other: dict[str, str], status: int, sentence: str
):
    made = [site.issue(f"script {number}") for number in range(8)]
    anna = site.visitor()
    reply = anna.remove(*ids(*made), **other)
    assert reply.status == status
    assert sentence in said(reply)
    assert asked_for(reply) == {str(one) for one in ids(*made)}
    assert PASSWORD not in text_of(reply)
    assert "wrong password here" not in text_of(reply)
    assert living(site, *made) == 8


def test_few_need_no_count(site: Site):
    made = [site.issue(f"script {number}") for number in range(5)]
    anna = site.visitor()
    question = anna.post(f"{MINE}/chosen", ("do", "remove"), *fields(*made))
    assert 'name="count"' not in text_of(question)
    assert anna.remove(*ids(*made), count="").status == 303
    assert living(site, *made) == 0


def fields(*issued: Issued) -> list[tuple[str, str]]:
    return [("id", str(one)) for one in ids(*issued)]


def test_a_stray_token_among_them_ends_none(site: Site):
    made = [site.issue(f"script {number}") for number in range(3)]
    organizations = site.issue_for_all("back end", 60, "Metering")
    carls = site.stage.issue_personal(site.stage.session(CLIENT))
    anna = site.visitor()
    for stray in (organizations, carls):
        reply = anna.remove(*ids(*made, stray))
        assert reply.status == 404
        assert living(site, *made, stray) == 4
        question = anna.post(f"{MINE}/chosen", ("do", "remove"), *fields(*made, stray))
        assert asked_for(question) == {str(one) for one in ids(*made)}
    for nonsense in ("", "x", "../../", "0" * 36):
        assert anna.post(f"{MINE}/chosen", ("do", "remove"), ("id", nonsense)).status == 404


def test_what_another_tab_removed_meanwhile_is_passed_over(site: Site):
    made = [site.issue(f"script {number}") for number in range(8)]
    first, second = site.visitor(), site.visitor()
    site.revoke(made[0])
    before = site.stage.store.head()[0]
    assert first.remove(*ids(*made)).status == 303
    assert living(site, *made) == 0
    events = site.stage.store.events(site.stage.organization_id, before, 100)
    assert sum(event.name == Name.TOKEN_REVOKED for event in events) == 7
    before = site.stage.store.head()[0]
    assert second.remove(*ids(*made)).status == 303
    assert site.stage.store.events(site.stage.organization_id, before, 100) == ()
    question = second.post(f"{MINE}/chosen", ("do", "remove"), *fields(made[0]))
    assert "removed already" in text_of(question)


def test_more_than_can_end_at_once_are_refused_and_the_first_are_offered(site: Site):
    made = [site.issue(f"script {number}") for number in range(MOST_AT_ONCE + 1)]
    anna = site.visitor()
    assert f'data-matching="{MOST_AT_ONCE}"' in text_of(anna.get(MINE))
    assert "Choose the first 500 that match" in text_of(anna.get(MINE))
    question = anna.post(f"{MINE}/chosen", ("do", "remove"), ("all", "1"))
    assert asked_for(question) == {str(one) for one in ids(*made[1:])}
    assert anna.remove(*ids(*made)).status == 400
    assert living(site, made[0], made[-1]) == 2
    assert anna.remove(*ids(*made[1:])).status == 303
    assert living(site, *made) == 1


def rotated(site: Site) -> tuple[Issued, Issued]:
    first = site.issue_for_all("back end", 60, "Metering")
    return first, site.rotate(first)


def test_a_successor_that_lives_on_is_named_and_ends_if_that_is_ticked(site: Site):
    first, second = rotated(site)
    anna = site.visitor()
    question = anna.post(f"{ORGANIZATIONS}/chosen", ("do", "remove"), *fields(first))
    assert "1 other of its family lives on" in text_of(question)
    assert 'name="families" value="yes">' in text_of(question)
    wrong = anna.remove(
        *ids(first), where=ORGANIZATIONS, password="no such password", families="yes"
    )
    assert 'name="families" value="yes" checked>' in text_of(wrong)
    assert anna.remove(*ids(first), where=ORGANIZATIONS).status == 303
    assert (living(site, first), living(site, second)) == (0, 1)
    third = site.rotate(second)
    assert anna.remove(*ids(second), where=ORGANIZATIONS, families="yes").status == 303
    assert living(site, second, third) == 0


def test_who_is_chosen_as_well_does_not_live_on(site: Site):
    first, second = rotated(site)
    anna = site.visitor()
    question = anna.post(f"{ORGANIZATIONS}/chosen", ("do", "remove"), *fields(first, second))
    assert "of its family" not in text_of(question)
    assert 'name="families"' not in text_of(question)


def test_the_values_of_a_limited_token_end_together_and_that_is_said(site: Site):
    first = site.issue("reads roofs", 60, READS)
    second = site.rotate(first, 1)
    anna = site.visitor()
    question = anna.post(f"{MINE}/chosen", ("do", "remove"), *fields(first))
    assert "1 other value of it ends as well" in text_of(question)
    assert anna.remove(*ids(first)).status == 303
    assert living(site, first, second) == 0


def test_the_question_says_how_much_a_token_is_used(site: Site):
    used, unused = site.issue("busy"), site.issue("idle")
    site.use(used, 12)
    anna = site.visitor()
    question = text_of(anna.post(f"{MINE}/chosen", ("do", "remove"), *fields(used, unused)))
    assert "last used just now, 12 times in 14 days" in question
    assert "never used" in question


def test_what_needs_one_token_is_not_done_to_two_or_to_a_path(site: Site):
    made = [site.issue(f"script {number}") for number in range(2)]
    anna = site.visitor()
    for wanted in ("edit", "regenerate", "copy", "nonsense"):
        reply = anna.post(f"{MINE}/chosen", ("do", wanted), ("sort", "expires"), *fields(*made))
        assert "Choose one token for that." in text_of(reply)
        assert 'name="sort" value="expires"' in text_of(reply)
    one = str(made[0].described.token.id)
    assert anna.post(f"{MINE}/chosen", ("do", "edit"), ("id", one)).header("location") == (
        f"{MINE}/{one}/edit"
    )
    for path in ("../settings", "//evil.example", "x/y", "ä"):
        went = anna.post(f"{MINE}/chosen", ("do", "edit"), ("id", path))
        assert path not in (went.header("location") or "")


def test_a_form_of_another_sign_in_or_site_removes_nothing(site: Site):
    made = site.issue("script")
    anna, again = site.visitor(), site.visitor()
    token = site.stage.authority.browsing.form_token(again.secret)
    for headers, form_token in (
        ([("sec-fetch-site", "cross-site")], None),
        ([("origin", "https://evil.example")], None),
        ([], token),
    ):
        assert _sent(anna, made, headers, form_token).status == 403
    assert living(site, made) == 1


def _sent(
    anna: Visitor, made: Issued, headers: list[tuple[str, str]], form_token: str | None
) -> Reply:
    more = [("password", PASSWORD)]
    return anna.post(f"{MINE}/remove", *fields(made), *more, headers=headers, token=form_token)


def test_why_a_removed_token_is_refused_is_told_to_nobody_who_has_it(site: Site):
    made = site.issue("script")
    assert site.visitor().remove(*ids(made)).status == 303
    assert site.stage.verdict(made.secret).reason is Reason.REVOKED
