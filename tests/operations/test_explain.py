"""Whoever manages a token is told what it may do and why, of its family, and what happened."""

from uuid import UUID

import pytest
from msgspec.structs import replace

from operations.curating import IN_MEMORY
from stage import ADMINISTRATOR, CLIENT, Stage, caller, with_demand
from tokenhouse.core.events import Name
from tokenhouse.core.explaining import Through
from tokenhouse.core.judge import Demand, Reason
from tokenhouse.core.kind import Asker, Door, Spelling
from tokenhouse.core.lineage import Became
from tokenhouse.core.moment import DAY, HOUR, Lifetime
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.operations import explain as module
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.explain import Explained
from tokenhouse.operations.holding import Holding
from tokenhouse.operations.issue import Issued
from tokenhouse.operations.trail import Part, Wanted

PERSON = Demand(Door.MANAGEMENT, asker=Asker.PERSON)
READS_TOKENS = Demand(Door.MANAGEMENT, frozenset({"AccountTokenRead"}))


def own(stage: Stage) -> Holding:
    return Holding((stage.authority.personal, stage.authority.limited, stage.authority.session))


def of_organization(stage: Stage) -> Holding:
    return Holding((stage.organizational,))


def explained(stage: Stage, by: Caller, issued: Issued) -> Explained:
    token = issued.described.token
    holding = own(stage)
    if token.kind == stage.organizational.name:
        holding = of_organization(stage)
    return stage.authority.explain(by, holding, token.id)


def rotate(stage: Stage, by: Caller, token_id: UUID, overlap: Lifetime | None = None) -> Issued:
    rotated = stage.authority.rotate(by, of_organization(stage), token_id, None, overlap)
    assert isinstance(rotated, Issued)
    return rotated


def names(part: Part | None) -> list[str]:
    assert part is not None
    return [one.event.name for one in part.events]


def test_a_token_is_explained_by_what_the_next_question_goes_by(stage: Stage):
    by = stage.session(CLIENT)
    for issued in (stage.issue_personal(by), stage.issue_limited(by, "SystemsRead")):
        told = explained(stage, with_demand(by, PERSON), issued)
        assert told.explanation.held == stage.verdict(issued.secret).permissions
        assert told.found.token == issued.described.token
        (systems,) = [one for one in told.explanation.given if one.permission.name == "SystemsRead"]
        assert [group.name for group in systems.groups] == ["Client"]
        assert systems.permission.title == "Read systems"
        assert [str(one) for one in systems.permission.operations] == ["GET /systems"]
    assert systems.through is Through.LIST
    assert "environment.control.StopEnv" in told.explanation.held_back


def test_a_token_that_is_not_good_is_explained_with_its_reason(stage: Stage):
    by = with_demand(stage.session(), READS_TOKENS)
    issued = stage.issue(by, ("Client",), stage.clock.now() + DAY)
    assert explained(stage, by, issued).reason is None
    stage.clock.moment += DAY
    told = explained(stage, with_demand(stage.session(), READS_TOKENS), issued)
    assert (told.reason, told.explanation.held) == (Reason.EXPIRED, {"SystemsRead"})
    assert told.as_of == stage.clock.now()


def test_a_token_of_somebody_else_is_explained_to_nobody(stage: Stage):
    issued = stage.issue_personal(stage.session(CLIENT))
    by, token_id = with_demand(stage.session(), PERSON), issued.described.token.id
    for ask in (
        lambda: stage.authority.explain(by, own(stage), token_id),
        lambda: stage.authority.explain.events(by, own(stage), token_id),
    ):
        with pytest.raises(Refused) as refused:
            ask()
        assert refused.value.code is Code.NOT_FOUND


def test_an_administrator_is_explained_a_members_token(stage: Stage):
    issued = stage.issue_personal(stage.session(CLIENT))
    holding = replace(own(stage), member_id=stage.membership(CLIENT).id)
    by = with_demand(stage.session(), Demand(Door.MANAGEMENT, frozenset({"AccountsUsersRead"})))
    told = stage.authority.explain(by, holding, issued.described.token.id)
    assert "SystemsRead" in told.explanation.held
    assert names(told.events) == [Name.TOKEN_ISSUED]


def test_a_family_is_told_in_order_with_what_became_of_each(stage: Stage):
    by = stage.session()
    first = stage.issue(by, ("Client",), stage.clock.now() + DAY)
    second = rotate(stage, by, first.described.token.id)
    third = rotate(stage, by, second.described.token.id, Lifetime(microseconds=HOUR))
    told = explained(stage, with_demand(by, READS_TOKENS), first).lineage
    assert [(one.token.id, one.became, one.until) for one in told.generations] == [
        (first.described.token.id, Became.LIVES_ON, first.described.token.expires_at),
        (second.described.token.id, Became.OVERLAPS, stage.clock.now() + HOUR),
        (third.described.token.id, Became.NEWEST, None),
    ]
    assert not told.has_earlier
    stage.clock.moment += HOUR
    told = explained(stage, with_demand(by, READS_TOKENS), third).lineage
    assert [one.became for one in told.generations][1] is Became.REPLACED


def test_of_a_long_family_the_newest_are_told_and_the_one_asked_about(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "MOST_GENERATIONS", 2)
    by, issued = stage.session(), []
    issued.append(stage.issue(by, ("Client",)))
    for _ in range(3):
        stage.clock.moment += HOUR
        issued.append(rotate(stage, by, issued[-1].described.token.id))
    ids = [one.described.token.id for one in issued]
    for asked, expected in ((0, [0, 2, 3]), (1, [1, 2, 3]), (2, [2, 3]), (3, [2, 3])):
        told = explained(stage, with_demand(by, READS_TOKENS), issued[asked]).lineage
        assert [one.token.id for one in told.generations] == [ids[place] for place in expected]
        assert told.has_earlier


def test_what_happened_to_a_family_is_told_newest_first_and_nothing_else(stage: Stage):
    by = stage.session()
    other = stage.issue(by, ("Client",))
    first = stage.issue(by, ("Client",))
    second = rotate(stage, by, first.described.token.id)
    stage.authority.revoke.one(by, of_organization(stage), other.described.token.id)
    stage.authority.revoke.one(by, of_organization(stage), first.described.token.id)
    told = explained(stage, with_demand(by, READS_TOKENS), second)
    assert names(told.events) == [Name.TOKEN_REVOKED, Name.TOKEN_ROTATED, Name.TOKEN_ISSUED]
    assert told.events is not None
    assert told.events.following is None
    subjects = [one.told.subject for one in told.events.events if one.told is not None]
    both = (first.described.token.id, second.described.token.id)
    assert subjects == [both[0], both[1], both[0]]


def test_that_everything_was_revoked_at_once_is_told_of_what_was_there_before(stage: Stage):
    by = with_demand(stage.session(), READS_TOKENS)
    before = stage.issue(by, ("Client",))
    stage.authority.revoke_all.of_organization(by)
    by = with_demand(stage.session(), READS_TOKENS)
    after = stage.issue(by, ("Client",))
    told = explained(stage, by, before)
    assert told.reason is Reason.REVOKED
    assert names(told.events) == [Name.ORGANIZATION_REVOKED, Name.TOKEN_ISSUED]
    assert names(explained(stage, by, after).events) == [Name.TOKEN_ISSUED]


def test_a_person_sees_what_happened_to_his_own_tokens_as_in_his_own_list(stage: Stage):
    by = with_demand(stage.session(CLIENT), PERSON)
    issued = stage.issue_personal(by)
    holding = replace(own(stage), member_id=stage.membership(CLIENT).id)
    administrator = stage.session()
    stage.authority.revoke.one(administrator, holding, issued.described.token.id)
    told = explained(stage, by, issued).events
    assert names(told) == [Name.TOKEN_REVOKED, Name.TOKEN_ISSUED]
    mine = stage.authority.trail.of_me(by, None, 100)
    assert told is not None
    assert [one for one in mine.events if one in told.events] == list(told.events)
    (revoked, _) = told.events
    assert revoked.told is not None
    assert revoked.told.through is None, "by which token of hers is not his to know"


def test_who_may_read_all_events_sees_them_as_they_are_listed(stage: Stage):
    by = with_demand(stage.session(), READS_TOKENS)
    told = explained(stage, by, stage.issue(by, ("Client",))).events
    assert told is not None
    listed = stage.authority.trail.page(by, Wanted(name="token"), None, 1)
    assert told.events == listed.events


def test_without_the_right_to_read_events_only_what_one_did_oneself_is_told(stage: Stage):
    administrator = stage.session()
    issued = stage.issue(administrator, ("Client",))
    automation = stage.issue(administrator, ("Automation",))
    by = caller(automation.secret, Spelling.TOKEN, demand=READS_TOKENS)
    assert explained(stage, by, issued).events is None, "no person stands behind this token"


@IN_MEMORY
def test_a_limited_token_sees_no_events_that_its_list_does_not_name(stage: Stage):
    by = stage.session()
    issued = stage.issue(by, ("Client",))
    for listed, expected in (
        (("AccountTokenRead",), None),
        (("AccountTokenRead", "EventsRead"), [Name.TOKEN_ISSUED]),
    ):
        limited = stage.issue_limited(by, *listed)
        told = explained(stage, caller(limited.secret, demand=READS_TOKENS), issued).events
        assert (None if told is None else names(told)) == expected


@IN_MEMORY
def test_events_go_on_where_they_were_cut_off(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MOST_EVENTS", 2)
    by = with_demand(stage.session(), READS_TOKENS)
    first = stage.issue(by, ("Client",))
    token_id = first.described.token.id
    for _ in range(4):
        rotate(stage, by, token_id)
    seen, before = 0, None
    while True:
        part = stage.authority.explain.events(by, of_organization(stage), token_id, before)
        assert part is not None
        seen += len(part.events)
        before = part.following
        if before is None:
            break
    assert seen == 5


@IN_MEMORY
def test_a_refused_caller_is_told_nothing(stage: Stage):
    issued = stage.issue(stage.session(), ("Client",))
    with pytest.raises(Refused) as refused:
        explained(stage, with_demand(stage.session(CLIENT), READS_TOKENS), issued)
    assert refused.value.code is Code.FORBIDDEN


def test_explaining_writes_nothing_and_counts_nothing(stage: Stage):
    by = with_demand(stage.session(ADMINISTRATOR), READS_TOKENS)
    issued = stage.issue(by, ("Client",))
    stage.parts.usage.write()
    head = stage.store.head()
    explained(stage, by, issued)
    stage.parts.usage.write()
    assert stage.store.head() == head
    token_id = issued.described.token.id
    assert not stage.parts.usage.store.last_used((token_id,))
