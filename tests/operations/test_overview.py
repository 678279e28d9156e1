"""An overview shows what somebody manages, of thousands of tokens too, and nothing of others."""

from dataclasses import dataclass
from uuid import UUID

import pytest
from msgspec.structs import replace

from operations.meanwhile import after
from stage import ADMINISTRATOR, CLIENT, START, Stage, with_demand
from tokenhouse.core.credential import Secret, mint
from tokenhouse.core.judge import Demand, Reason
from tokenhouse.core.kind import Asker, Door
from tokenhouse.core.moment import DAY, HOUR, SECOND, Moment
from tokenhouse.core.overview import Filter, Order
from tokenhouse.core.principal import HolderKind
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.core.token import Token
from tokenhouse.core.usage import RECENT_DAYS, Outcome, day_of
from tokenhouse.operations import overview
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.holding import Holding
from tokenhouse.operations.issue import Draft, Issued
from tokenhouse.operations.overview import Shown, View
from tokenhouse.operations.revoke import MOST_AT_ONCE

MILLISECOND = SECOND // 1000
SIGNED_IN = Demand(Door.MANAGEMENT, asker=Asker.SIGNED_IN)


def session(stage: Stage, email: str = ADMINISTRATOR) -> Caller:
    return with_demand(stage.session(email), SIGNED_IN)


def own(stage: Stage) -> Holding:
    return Holding((stage.authority.personal, stage.authority.limited))


def issue(stage: Stage, by: Caller, name: str, expires_at: Moment | None = None) -> Issued:
    stage.clock.moment += MILLISECOND  # by which their ids, too, are in the order of their making
    return stage.authority.issue(by, stage.authority.personal, Draft(name, expires_at, None))


def issue_limited(stage: Stage, by: Caller) -> Issued:
    stage.clock.moment += MILLISECOND
    return stage.issue_limited(by, "SystemsRead")


def shown(stage: Stage, by: Caller, holding: Holding | None = None, **view: object) -> Shown:
    return stage.authority.overview(by, holding or own(stage), View(**view))


def names(page: Shown) -> list[str]:
    return [row.described.token.description for row in page.rows]


def used(stage: Stage, token: Token, *moments: Moment, outcome: Outcome = Outcome.ACCEPTED) -> None:
    usage = stage.authority.usage
    for moment in moments:
        usage.count(token, outcome, moment)
    usage.write()


def test_each_filter_is_counted_and_shows_as_many(stage: Stage):
    by = session(stage)
    issue(stage, by, "never")
    issue(stage, by, "later", START + 300 * DAY)
    issue(stage, by, "soon", START + 101 * DAY)
    issue(stage, by, "over", START + DAY)
    gone = issue(stage, by, "gone").described.token
    stage.authority.revoke.one(by, own(stage), gone.id)
    limited = issue_limited(stage, by)
    stage.authority.rotate(by, own(stage), limited.described.token.id, None)
    stage.clock.moment += 100 * DAY
    by = session(stage)
    issue(stage, by, "new")
    expected = {
        Filter.CURRENT: ["new", "limited", "over", "soon", "later", "never"],
        Filter.ACTIVE: ["new", "limited", "soon", "later", "never"],
        Filter.EXPIRING: ["soon"],
        Filter.UNUSED: ["limited", "soon", "later", "never"],
        Filter.EXPIRED: ["over"],
        Filter.REVOKED: ["limited", "gone"],
        Filter.NEVER: ["new", "limited", "never"],
    }
    for part, listed in expected.items():
        page = shown(stage, by, filter=part)
        assert names(page) == listed
        assert (page.matching, page.pages, page.seen, page.more) == (len(listed), 1, 8, False)
        assert page.counts == {one: len(rows) for one, rows in expected.items()}
    reasons = [row.described.reason for row in shown(stage, by, filter=Filter.REVOKED).rows]
    assert reasons == [Reason.SUPERSEDED, Reason.REVOKED]


def test_a_token_that_is_used_is_no_longer_unused_and_is_sorted_by_its_use(stage: Stage):
    by = session(stage)
    tokens = [issue(stage, by, name).described.token for name in "abc"]
    stage.clock.moment += 100 * DAY
    by, now = session(stage), stage.clock.moment
    used(stage, tokens[0], now - DAY)
    used(stage, tokens[1], now - HOUR)
    used(stage, tokens[2], now, outcome=Outcome.ENDED)
    page = shown(stage, by, order=Order.LAST_USED)
    assert names(page) == ["b", "a", "c"]
    assert [row.described.last_used_at for row in page.rows] == [now - HOUR, now - DAY, None]
    assert names(shown(stage, by, order=Order.LAST_USED, descending=False)) == ["c", "a", "b"]
    used(stage, issue(stage, by, "young").described.token, now - 2 * HOUR)
    assert names(shown(stage, by, order=Order.LAST_USED)) == ["b", "young", "a", "c"]
    assert names(shown(stage, by, filter=Filter.UNUSED)) == ["c"]
    assert shown(stage, by).counts[Filter.UNUSED] == 1
    told = [row.described.last_used_at for row in shown(stage, by).rows]
    assert told == [now - 2 * HOUR, None, now - HOUR, now - DAY]


def test_each_row_tells_how_much_it_was_used_in_the_last_days(stage: Stage):
    by = session(stage)
    one, other = (issue(stage, by, name).described.token for name in "ab")
    today = day_of(START)
    used(stage, one, START, START - HOUR, START - 13 * DAY, START - 14 * DAY)
    used(stage, one, START, outcome=Outcome.EXPIRED)
    used(stage, one, START, outcome=Outcome.INSUFFICIENT)
    unused, row = shown(stage, by).rows
    assert (row.described.token, unused.described.token) == (one, other)
    told = {(day.since - today) // DAY: (day.accepted, day.refused) for day in row.days}
    assert [*told] == [*range(1 - RECENT_DAYS, 1)]
    assert {day: uses for day, uses in told.items() if uses != (0, 0)} == {-13: (1, 0), 0: (2, 2)}
    assert {(day.accepted, day.refused) for day in unused.days} == {(0, 0)}


def test_a_whole_token_finds_its_own_row_whatever_is_filtered(stage: Stage):
    by = session(stage)
    issued = [issue(stage, by, f"token {place}") for place in range(3)]
    wanted = issued[1]
    stage.authority.revoke.one(by, own(stage), wanted.described.token.id)
    for fields in ({}, {"filter": Filter.EXPIRED, "kind": "limited_personal", "page": 3}):
        page = shown(stage, by, search=wanted.secret, **fields)
        assert names(page) == ["token 1"]
        assert page.presented == wanted.described.token.id
        assert (page.matching, page.page) == (1, 1)
        assert {part for part, count in page.counts.items() if count} == {Filter.REVOKED}
    padded = Secret(f" {wanted.secret.reveal()}\n")
    assert shown(stage, by, search=padded).presented == wanted.described.token.id
    assert wanted.secret.reveal() not in repr(View(search=wanted.secret))


def test_the_string_of_a_session_finds_its_row_in_both_forms(stage: Stage):
    holding = Holding((stage.authority.session,))
    by = session(stage)
    opaque = stage.sign_in(opaque=True)
    for secret in (by.credential, opaque.secret):
        page = shown(stage, by, holding, search=secret)
        assert len(page.rows) == 1
        assert page.presented == page.rows[0].described.token.id
    assert shown(stage, by, holding).matching == 2
    assert shown(stage, by, search=opaque.secret).rows == (), "it is none of those of this list"


def test_whoever_searches_for_anothers_string_learns_nothing_of_it(stage: Stage):
    theirs = issue(stage, session(stage, CLIENT), "theirs")
    unknown = mint("th", "p", bytes(32))
    by = session(stage)
    issue(stage, by, "mine")
    assert shown(stage, by, search=theirs.secret) == shown(stage, by, search=unknown)
    assert shown(stage, by, search=unknown).matching == 0


def test_a_search_counts_in_every_filter_and_goes_by_the_prefix_as_shown(stage: Stage):
    by = session(stage)
    first = issue(stage, by, "Deploy to Köln")
    issue(stage, by, "backup")
    stage.authority.revoke.one(by, own(stage), first.described.token.id)
    limited = issue_limited(stage, by).described.token
    page = shown(stage, by, search=Secret("köLN"))
    assert (page.rows, page.seen) == ((), 3)
    assert (page.counts[Filter.CURRENT], page.counts[Filter.REVOKED]) == (0, 1)
    assert names(shown(stage, by, search=Secret("thl_"))) == ["limited"]
    assert names(shown(stage, by, search=Secret(f"thl_…{limited.hint}"))) == ["limited"]
    assert names(shown(stage, by, search=Secret("  "))) == ["limited", "backup"]


def test_a_kind_is_chosen_among_those_of_the_holding(stage: Stage):
    by = session(stage)
    issue(stage, by, "personal")
    issue_limited(stage, by)
    assert names(shown(stage, by)) == ["limited", "personal"]
    page = shown(stage, by, kind="personal")
    assert (names(page), page.seen, page.counts[Filter.ACTIVE]) == (["personal"], 1, 1)
    assert shown(stage, by, kind="session").rows == ()
    assert shown(stage, by, kind="session").seen == 0


def test_pages_cut_the_list_without_a_gap_and_none_lies_behind_the_last(stage: Stage):
    by = session(stage)
    for place in range(7):
        issue(stage, by, f"{place}")
    pages = [
        shown(stage, by, order=Order.DESCRIPTION, descending=False, size=3, page=page)
        for page in (1, 2, 3, 4, 0)
    ]
    assert [names(page) for page in pages] == [[*"012"], [*"345"], ["6"], ["6"], [*"012"]]
    assert [page.page for page in pages] == [1, 2, 3, 3, 1]
    assert {(page.matching, page.pages) for page in pages} == {(7, 3)}
    assert shown(stage, session(stage, CLIENT)).pages == 1


def test_there_are_more_than_are_looked_at(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    by = session(stage)
    for place in range(3):
        issue(stage, by, f"{place}")
    monkeypatch.setattr(overview, "MOST_OUTLINED", 3)
    assert not shown(stage, by).more
    monkeypatch.setattr(overview, "MOST_OUTLINED", 2)
    page = shown(stage, by)
    assert (names(page), page.more, page.seen) == (["2", "1"], True, 2)


@dataclass
class Cast:
    """Who asks for whose tokens."""

    stage: Stage

    def of_member(self, email: str) -> Holding:
        kinds = (self.stage.authority.personal, self.stage.authority.session)
        return Holding(kinds, self.stage.membership(email).id)

    def of_organization(self) -> Holding:
        return Holding((self.stage.organizational,))


def test_whoever_may_sees_a_members_tokens_and_the_organizations_and_of_each_its_own(
    stage: Stage,
):
    cast, by, carl = Cast(stage), session(stage), session(stage, CLIENT)
    issue(stage, carl, "carl's")
    issue(stage, by, "anna's")
    back_end = stage.issue(stage.session(ADMINISTRATOR)).described.token
    page = shown(stage, by, cast.of_member(CLIENT))
    kinds = [row.described.token.kind for row in page.rows]
    assert kinds == ["personal", "session"]
    assert {row.described.person for row in page.rows} == {stage.person(CLIENT)}
    (row,) = shown(stage, by, cast.of_organization()).rows
    assert (row.described.token, row.described.person) == (back_end, None)
    assert names(shown(stage, carl)) == ["carl's"]
    with pytest.raises(Refused) as refused:
        shown(stage, by, Holding((stage.authority.personal,), UUID(int=7)))
    assert refused.value.code is Code.NOT_FOUND


def test_who_holds_nothing_of_a_kind_is_shown_nothing(stage: Stage):
    other = stage.found_organization("Other", "eve@other.example")
    eve = session(stage, "eve@other.example")
    issue(stage, session(stage), "anna's")
    stage.issue(stage.session(ADMINISTRATOR))
    assert stage.membership("eve@other.example").organization_id == other
    assert shown(stage, eve).seen == 0
    assert shown(stage, eve, Cast(stage).of_organization()).seen == 0
    with pytest.raises(Refused):
        shown(stage, eve, Cast(stage).of_member(ADMINISTRATOR))


def test_whoever_is_not_admitted_is_shown_nothing(stage: Stage):
    denied = with_demand(session(stage, CLIENT), Demand(Door.MANAGEMENT, frozenset({"KeysWrite"})))
    for ask in (
        lambda: shown(stage, denied),
        lambda: stage.authority.overview.matching(denied, own(stage), View()),
        lambda: stage.authority.overview.chosen(denied, own(stage), ()),
    ):
        with pytest.raises(Refused) as refused:
            ask()
        assert refused.value.code is Code.FORBIDDEN


def test_a_token_that_goes_while_the_page_is_made_is_left_out_or_shown_as_it_is(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    by = session(stage)
    token = issue(stage, by, "a").described.token
    revoked = replace(token, version=2, revoked_at=START)
    after(monkeypatch, stage.store, "outline_tokens", lambda: stage.put(revoked, token))
    (row,) = shown(stage, by).rows
    assert row.described.reason is Reason.REVOKED
    assert shown(stage, by).rows == ()


def test_all_that_matches_is_named_in_its_order_and_no_more_than_can_be_revoked(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    by = session(stage)
    tokens = {name: issue(stage, by, name).described.token.id for name in "bca"}
    view = View(order=Order.DESCRIPTION, descending=False, size=1)
    matching = stage.authority.overview.matching(by, own(stage), view)
    assert matching == tuple(tokens[name] for name in "abc")
    monkeypatch.setattr(overview, "MOST_AT_ONCE", 2)
    assert stage.authority.overview.matching(by, own(stage), view) == matching[:2]
    assert MOST_AT_ONCE == 500


def test_what_was_chosen_is_shown_as_far_as_it_is_in_the_holding(stage: Stage):
    by = session(stage)
    mine = [issue(stage, by, name).described.token.id for name in "ab"]
    theirs = issue(stage, session(stage, CLIENT), "theirs").described.token.id
    back_end = stage.issue(stage.session(ADMINISTRATOR)).described.token
    assert back_end.holder_kind is HolderKind.ORGANIZATION
    ids = (mine[0], theirs, back_end.id, UUID(int=9), mine[1])
    rows = stage.authority.overview.chosen(by, own(stage), ids)
    assert [row.described.token.id for row in rows] == mine
