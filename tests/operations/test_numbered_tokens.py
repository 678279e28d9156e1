"""A family of limited tokens is one number and one row: who succeeds whom, and what ends."""

import pytest

from stage import ADMINISTRATOR, CLIENT, START, Stage, with_demand
from tokenhouse.core.events import Name
from tokenhouse.core.judge import Demand, Reason
from tokenhouse.core.kind import Asker, Door
from tokenhouse.core.moment import DAY, HOUR, Lifetime, Moment
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.core.succession import Expiry, Until
from tokenhouse.operations import numbered
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.edit import Edit
from tokenhouse.operations.holding import Holding
from tokenhouse.operations.issue import Issued

SIGNED_IN = Demand(Door.MANAGEMENT, asker=Asker.SIGNED_IN)
A_DAY_ON = START + DAY


def session(stage: Stage, email: str = ADMINISTRATOR) -> Caller:
    return with_demand(stage.session(email), SIGNED_IN)


def number_of(issued: Issued) -> int:
    number = issued.described.token.number
    assert number is not None
    return number


def regenerated(stage: Stage, by: Caller, number: int, expiry: Expiry = None) -> Issued:
    return stage.authority.rotate(by, stage.authority.limited, number, expiry)


def rows(stage: Stage, by: Caller) -> list[tuple[int | None, Reason | None]]:
    listed = stage.authority.tokens.rows(by, stage.authority.limited)
    return [(one.token.number, one.reason) for one in listed]


def refusal(stage: Stage, by: Caller, number: int, expiry: Expiry = None) -> Refused:
    with pytest.raises(Refused) as refused:
        regenerated(stage, by, number, expiry)
    return refused.value


def expire(stage: Stage, moment: Moment) -> Caller:
    stage.clock.moment = moment
    return session(stage)


def test_a_regenerated_token_keeps_its_number_and_all_that_it_was_given(stage: Stage):
    by = session(stage)
    first = stage.issue_limited(by, "SystemsRead", expires_at=A_DAY_ON)
    second = regenerated(stage, by, number_of(first))
    old, new = first.described.token, second.described.token
    assert (new.number, new.family_id, new.predecessor_id) == (old.number, old.family_id, old.id)
    assert (new.description, new.expires_at) == (old.description, old.expires_at)
    assert (new.permissions, new.set_id) == (old.permissions, None)
    assert stage.verdict(first.secret).reason is Reason.SUPERSEDED
    assert stage.verdict(second.secret, "SystemsRead").allowed
    assert rows(stage, by) == [(old.number, None)]
    assert number_of(stage.issue_limited(by, "EventsRead")) == number_of(first) + 1


def test_only_the_last_value_of_a_family_can_be_succeeded(stage: Stage):
    by = session(stage)
    first = stage.issue_limited(by, "SystemsRead")
    holding = Holding((stage.authority.limited,))
    overlap = Lifetime(microseconds=HOUR)
    second = stage.authority.rotate(by, holding, first.described.token.id, None, overlap)
    assert stage.verdict(first.secret).allowed
    with pytest.raises(Refused) as refused:
        stage.authority.rotate(by, holding, first.described.token.id, None)
    assert refused.value.code is Code.UNPROCESSABLE
    assert "superseded" in refused.value.problems[0].sentence
    third = regenerated(stage, by, number_of(first))
    assert third.described.token.predecessor_id == second.described.token.id
    assert rows(stage, by) == [(number_of(first), None)]


def test_an_expired_token_is_still_a_row_and_a_regenerate_says_that_it_needs_an_expiry(
    stage: Stage,
):
    number = number_of(stage.issue_limited(session(stage), "SystemsRead", expires_at=A_DAY_ON))
    by = expire(stage, A_DAY_ON)
    assert rows(stage, by) == [(number, Reason.EXPIRED)]
    assert "has to come along" in refusal(stage, by, number).problems[0].sentence
    past = refusal(stage, by, number, Until(A_DAY_ON))
    assert (past.code, past.problems[0].field) == (Code.UNPROCESSABLE, "expires_at")
    again = regenerated(stage, by, number, Until(A_DAY_ON + 1))
    assert stage.verdict(again.secret).allowed
    assert rows(stage, by) == [(number, None)]


def test_an_edit_that_moves_the_expiry_of_an_expired_token_revives_no_string(stage: Stage):
    limited = stage.authority.limited
    first = stage.issue_limited(session(stage), "SystemsRead", expires_at=A_DAY_ON)
    number, old_id = number_of(first), first.described.token.id
    by = expire(stage, A_DAY_ON)
    head = stage.store.head()[0]
    edit = Edit(
        description="longer", expires_at=A_DAY_ON + HOUR, permissions=frozenset({"EventsRead"})
    )
    edited = stage.authority.edit.numbered(by, limited, number, edit).token
    assert (edited.number, edited.description) == (number, "longer")
    assert (edited.fingerprint, edited.hint) == (None, "")
    assert stage.verdict(first.secret).reason is Reason.SUPERSEDED
    names = [event.name for event in stage.store.events(stage.organization_id, head, 10)]
    assert names == [Name.TOKEN_ROTATED, Name.TOKEN_CHANGED]
    found = stage.store.find_token(stage.organization_id, old_id)
    assert found is not None
    assert (found.token.number, found.token.expires_at) == (None, A_DAY_ON)
    assert rows(stage, by) == [(number, None)]
    second = regenerated(stage, by, number)
    assert second.described.token.expires_at == A_DAY_ON + HOUR
    assert stage.verdict(second.secret, "EventsRead").allowed
    assert stage.verdict(first.secret).reason is Reason.SUPERSEDED


def test_an_edit_of_an_expired_token_that_leaves_its_expiry_makes_no_successor(stage: Stage):
    limited = stage.authority.limited
    first = stage.issue_limited(session(stage), "SystemsRead", expires_at=A_DAY_ON)
    by = expire(stage, A_DAY_ON)
    edited = stage.authority.edit.numbered(by, limited, number_of(first), Edit(description="x"))
    assert edited.token.id == first.described.token.id
    assert edited.reason is Reason.EXPIRED
    for expires_at in (A_DAY_ON, 1):
        edit = Edit(expires_at=expires_at)
        with pytest.raises(Refused) as refused:
            stage.authority.edit.numbered(by, limited, number_of(first), edit)
        assert refused.value.code is Code.MALFORMED
    edit = Edit(expires_at=A_DAY_ON + 1)
    with pytest.raises(Refused) as refused:
        stage.authority.edit(by, limited, number_of(first), edit)
    assert refused.value.code is Code.MALFORMED


def test_an_edit_of_an_expired_token_gives_nothing_that_is_not_held(stage: Stage):
    limited = stage.authority.limited
    first = stage.issue_limited(session(stage, CLIENT), "SystemsRead", expires_at=A_DAY_ON)
    stage.clock.moment = A_DAY_ON
    edit = Edit(expires_at=None, permissions=frozenset({"SystemsRead", "EventsRead"}))
    with pytest.raises(Refused) as refused:
        stage.authority.edit.numbered(session(stage, CLIENT), limited, number_of(first), edit)
    assert refused.value.code is Code.FORBIDDEN


def test_an_edit_by_number_moves_the_expiry_of_a_live_token_in_its_place(stage: Stage):
    by, limited = session(stage), stage.authority.limited
    first = stage.issue_limited(by, "SystemsRead", expires_at=A_DAY_ON)
    edit = Edit(expires_at=A_DAY_ON + DAY)
    edited = stage.authority.edit.numbered(by, limited, number_of(first), edit)
    assert edited.token.id == first.described.token.id
    assert stage.verdict(first.secret).allowed


@pytest.mark.parametrize("number", [0, -1, 2, 2**31, 2**70])
def test_a_number_that_is_not_ones_own_is_no_token(stage: Stage, number: int):
    by, limited = session(stage, CLIENT), stage.authority.limited
    assert number_of(stage.issue_limited(by, "SystemsRead")) == 1
    assert number_of(stage.issue_limited(session(stage), "SystemsRead")) == 2
    deeds = (
        lambda: stage.authority.rotate(by, limited, number, None),
        lambda: stage.authority.edit(by, limited, number, Edit(description="x")),
        lambda: stage.authority.edit.numbered(by, limited, number, Edit(expires_at=None)),
        lambda: stage.authority.revoke.one(by, limited, number),
        lambda: stage.authority.revoke.family(by, limited, number),
        lambda: stage.authority.revoke.families(by, limited, (1, number)),
        lambda: stage.authority.tokens.one(by, Holding((limited,)), number),
    )
    for deed in deeds:
        with pytest.raises(Refused) as refused:
            deed()
        assert refused.value.code is Code.NOT_FOUND
    assert rows(stage, by) == [(1, None)]


def test_removing_a_limited_token_ends_every_value_of_its_family(stage: Stage):
    by, limited = session(stage), stage.authority.limited
    overlap = Lifetime(microseconds=HOUR)
    for whose in (limited, Holding((limited,))):
        first = stage.issue_limited(by, "SystemsRead")
        second = stage.authority.rotate(by, whose, number_of(first), None, overlap)
        stage.authority.revoke.one(by, whose, second.described.token.id)
        assert stage.verdict(first.secret).reason is Reason.FAMILY_ENDED
        assert stage.verdict(second.secret).reason is Reason.FAMILY_ENDED
    assert rows(stage, by) == []


def test_several_families_end_in_one_commit_each_with_its_event(stage: Stage):
    by, limited = session(stage), stage.authority.limited
    issued = [stage.issue_limited(by, "SystemsRead") for _ in range(3)]
    head = stage.store.head()[0]
    named = (number_of(issued[0]), issued[2].described.token.id, number_of(issued[0]))
    stage.authority.revoke.families(by, limited, named)
    events = stage.store.events(stage.organization_id, head, 10)
    assert [event.name for event in events] == [Name.FAMILY_REVOKED] * 2
    assert rows(stage, by) == [(number_of(issued[1]), None)]
    for unknown in (number_of(issued[0]), 7):
        with pytest.raises(Refused) as refused:
            stage.authority.revoke.families(by, limited, (number_of(issued[1]), unknown))
        assert refused.value.code is Code.NOT_FOUND
    assert rows(stage, by) == [(number_of(issued[1]), None)]


def test_all_of_ones_own_families_end_and_nobody_elses(stage: Stage):
    by, client, limited = session(stage), session(stage, CLIENT), stage.authority.limited
    mine = [stage.issue_limited(by, "SystemsRead", expires_at=A_DAY_ON) for _ in range(3)]
    regenerated(stage, by, number_of(mine[1]))
    theirs = stage.issue_limited(client, "SystemsRead", expires_at=A_DAY_ON)
    other = stage.issue_personal(by)
    by = expire(stage, A_DAY_ON)
    stage.authority.revoke.families(by, limited, None)
    assert rows(stage, by) == []
    assert rows(stage, session(stage, CLIENT)) == [(number_of(theirs), Reason.EXPIRED)]
    assert stage.verdict(other.secret).active
    head = stage.store.head()
    stage.authority.revoke.families(by, limited, None)
    assert stage.store.head() == head


def test_what_a_mark_ended_is_no_row(stage: Stage):
    by = session(stage)
    stage.issue_limited(by, "SystemsRead")
    stage.authority.revoke_all.own(by)
    assert rows(stage, session(stage)) == []


def test_nobody_has_more_families_than_are_listed_and_removing_one_makes_room(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(numbered, "MOST_NUMBERED", 2)
    by = session(stage)
    first = stage.issue_limited(by, "SystemsRead")
    stage.issue_limited(by, "SystemsRead", expires_at=A_DAY_ON)
    regenerated(stage, by, number_of(first))
    by = expire(stage, A_DAY_ON)
    with pytest.raises(Refused) as refused:
        stage.issue_limited(by, "SystemsRead")
    assert refused.value.code is Code.UNPROCESSABLE
    assert refused.value.public == (
        "You have 2 tokens of this kind, as many as there may be: remove some first."
    )
    regenerated(stage, by, number_of(first))
    stage.issue_limited(session(stage, CLIENT), "SystemsRead")
    stage.authority.revoke.one(by, stage.authority.limited, number_of(first))
    stage.issue_limited(by, "SystemsRead")
    assert len(rows(stage, by)) == 2


def test_more_families_than_anybody_has_are_not_looked_at(stage: Stage):
    by = session(stage)
    named = tuple(range(1, numbered.MOST_NUMBERED + 2))
    with pytest.raises(Refused) as refused:
        stage.authority.revoke.families(by, stage.authority.limited, named)
    assert refused.value.code is Code.MALFORMED
