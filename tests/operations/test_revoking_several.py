"""Several tokens end in one commit, or none does."""

import json
import os
from threading import Thread
from uuid import UUID

import pytest
from msgspec.structs import replace

from operations.meanwhile import before
from stage import ADMINISTRATOR, CLIENT, PASSWORD, Stage, with_demand
from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Event, Name
from tokenhouse.core.judge import Demand, Reason
from tokenhouse.core.kind import Asker, Door, Kind
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.core.token import Token
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.changes import Change, Committed, Put
from tokenhouse.operations.confirm import Confirmation
from tokenhouse.operations.holding import Holding
from tokenhouse.operations.mint import Mint, Owner, presented_as
from tokenhouse.operations.revoke import MOST_AT_ONCE

MANY = 213
SIGNED_IN = Demand(Door.MANAGEMENT, asker=Asker.SIGNED_IN)
REVOKED, FAMILY_ENDED = Reason.REVOKED, Reason.FAMILY_ENDED

Given = list[tuple[Token, Secret]]


def session(stage: Stage, email: str = ADMINISTRATOR) -> Caller:
    return with_demand(stage.session(email), SIGNED_IN)


def own(stage: Stage) -> Holding:
    of = stage.authority
    return Holding((of.personal, of.limited, of.session))


def given(stage: Stage, count: int, *kinds: Kind) -> Given:
    """So many tokens of the administrator, of these kinds in turn, past every operation."""
    mint, member = Mint(os.urandom, "th"), stage.membership(ADMINISTRATOR)
    owner, made = Owner(member.organization_id, member.id, member.person_id), []
    for place in range(count):
        kind = kinds[place % len(kinds)]
        secret = mint.string(kind)
        named = frozenset({"SystemsRead"}) if kind is stage.authority.limited else None
        token = replace(mint.token(kind, owner, stage.clock.now()), permissions=named)
        made.append((presented_as(token, secret), secret))
    writes = tuple(Put(token) for token, _ in made)
    event = Event(Name.MEMBERSHIP_CHANGED, member.organization_id, None, None, member.id)
    assert isinstance(
        stage.store.commit(Change(member.organization_id, (), writes, (event,))), Committed
    )
    return made


def ids_of(made: Given) -> tuple[UUID, ...]:
    return tuple(token.id for token, _ in made)


def reasons(stage: Stage, made: Given) -> list[Reason | None]:
    return [stage.verdict(secret).reason for _, secret in made]


def told(stage: Stage, since: int) -> list[tuple[str, UUID]]:
    """Which events there were since, and of what."""
    events = stage.store.events(stage.organization_id, since, 2000)
    return [(one.name, UUID(json.loads(one.body or "")["subject"])) for one in events]


def test_hundreds_of_two_kinds_end_each_as_one_would_with_its_own_event(stage: Stage):
    of, by = stage.authority, session(stage)
    made = given(stage, MANY + 2, of.personal, of.limited)
    kept, ended = made[:2], made[2:]
    since, _ = stage.store.head()
    of.revoke.several(by, own(stage), ids_of(ended))
    assert reasons(stage, kept) == [None, None]
    expected = {"personal": REVOKED, "limited_personal": FAMILY_ENDED}
    assert reasons(stage, ended) == [expected[token.kind] for token, _ in ended]
    names = {"personal": Name.TOKEN_REVOKED, "limited_personal": Name.FAMILY_REVOKED}
    assert sorted(told(stage, since)) == sorted((names[t.kind], t.id) for t, _ in ended)
    since, _ = stage.store.head()
    of.revoke.several(by, own(stage), ids_of(ended))
    assert told(stage, since) == []


def test_they_end_in_one_commit(stage: Stage):
    of, by = stage.authority, session(stage)
    made = given(stage, MOST_AT_ONCE, of.personal, of.limited)
    since, _ = stage.store.head()
    of.revoke.several(by, own(stage), ids_of(made))
    assert None not in reasons(stage, made)
    assert len({one.operation_id for one in stage.store.feed(since, 1000)}) == 1


@pytest.mark.parametrize("which", ["unknown", "another's", "of a kind that is not meant"])
def test_one_that_is_not_among_them_lets_none_end(stage: Stage, which: str):
    of, by = stage.authority, session(stage)
    made = given(stage, 3, of.personal, of.limited)
    signed_in = with_demand(stage.session(CLIENT), SIGNED_IN)
    strangers = {
        "unknown": UUID(int=7),
        "another's": stage.issue_personal(signed_in).described.token.id,
        "of a kind that is not meant": stage.issue(stage.session()).described.token.id,
    }
    since, _ = stage.store.head()
    with pytest.raises(Refused) as refused:
        of.revoke.several(by, own(stage), (*ids_of(made), strangers[which]))
    assert refused.value.code is Code.NOT_FOUND
    assert reasons(stage, made) == [None] * 3
    assert stage.store.head()[0] == since


def test_more_than_end_at_once_are_refused_unread(stage: Stage):
    ids = tuple(UUID(int=place) for place in range(MOST_AT_ONCE + 1))
    with pytest.raises(Refused) as refused:
        stage.authority.revoke.several(session(stage), own(stage), ids)
    assert refused.value.code is Code.MALFORMED
    assert str(MOST_AT_ONCE) in refused.value.public
    stage.authority.revoke.several(session(stage), own(stage), ())


def test_a_family_that_is_named_by_two_of_its_tokens_ends_once(stage: Stage):
    of, by = stage.authority, session(stage)
    first = stage.issue_limited(by, "SystemsRead")
    old = first.described.token
    new = of.rotate(by, own(stage), old.id, None).described.token
    since, _ = stage.store.head()
    of.revoke.several(by, own(stage), (new.id, old.id, new.id))
    assert told(stage, since) == [(Name.FAMILY_REVOKED, old.family_id)]


def test_whoever_ends_the_session_that_he_asks_with_ends_it(stage: Stage):
    of, by = stage.authority, session(stage)
    made = given(stage, 2, of.personal)
    verdict = of.verify(by.credential, by.spelling, by.demand, by.address)
    assert verdict.found is not None
    of.revoke.several(by, own(stage), (*ids_of(made), verdict.found.token.id))
    assert reasons(stage, made) == [REVOKED, REVOKED]
    again = of.verify(by.credential, by.spelling, by.demand, by.address)
    assert again.reason is REVOKED


def test_one_that_somebody_else_revokes_meanwhile_keeps_none_from_ending(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    of, by = stage.authority, session(stage)
    made = given(stage, MANY, of.personal, of.limited)
    other, since = session(stage), stage.store.head()[0]

    def meanwhile() -> None:
        for token in (made[0][0], made[1][0]):
            of.revoke.one(other, own(stage), token.id)

    before(monkeypatch, stage.store, "commit", meanwhile)
    of.revoke.several(by, own(stage), ids_of(made))
    assert None not in reasons(stage, made)
    subjects = [subject for _, subject in told(stage, since)]
    assert sorted(subjects) == sorted(ids_of(made)), "each is told of once"


def test_two_who_end_the_same_hundreds_at_once_both_succeed(stage: Stage):
    of, failed = stage.authority, []
    made = given(stage, MANY, of.personal, of.limited)
    callers, since = [session(stage) for _ in range(2)], stage.store.head()[0]

    def end(by: Caller) -> None:
        try:
            of.revoke.several(by, own(stage), ids_of(made))
        except Exception as error:  # noqa: BLE001 -- told below, in the thread of the test
            failed.append(error)

    threads = [Thread(target=end, args=(by,)) for by in callers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert None not in reasons(stage, made)
    assert sorted(subject for _, subject in told(stage, since)) == sorted(ids_of(made))


def test_who_is_suspended_meanwhile_ends_none(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    of, by = stage.authority, session(stage)
    made = given(stage, 3, of.personal)
    kept = stage.membership(ADMINISTRATOR)
    suspended = replace(kept, version=kept.version + 1, suspended=True)
    before(monkeypatch, stage.store, "commit", lambda: stage.put(suspended, kept))
    with pytest.raises(Refused):
        of.revoke.several(by, own(stage), ids_of(made))
    found = stage.store.find_tokens(stage.organization_id, ids_of(made))
    assert [one.token.revoked_at for one in found] == [None] * 3


def test_hundreds_are_confirmed_by_one_password_and_by_no_other(stage: Stage):
    of = stage.authority
    made = given(stage, MANY, of.personal)
    asked = with_demand(session(stage), replace(SIGNED_IN, confirmed=True))
    for password, code in ((None, Code.MALFORMED), ("wrong", Code.FORBIDDEN)):
        shown = None if password is None else Confirmation(Secret(password))
        with pytest.raises(Refused) as refused:
            of.revoke.several(replace(asked, confirmation=shown), own(stage), ids_of(made))
        assert refused.value.code is code
    assert reasons(stage, made) == [None] * MANY
    confirmed = replace(asked, confirmation=Confirmation(Secret(PASSWORD)))
    of.revoke.several(confirmed, own(stage), ids_of(made))
    assert reasons(stage, made) == [REVOKED] * MANY


def test_a_members_tokens_are_ended_by_whoever_manages_them_and_he_is_told(stage: Stage):
    of, carl = stage.authority, session(stage, CLIENT)
    theirs = stage.issue_personal(carl).described.token
    holding = Holding((of.personal,), stage.membership(CLIENT).id)
    of.revoke.several(session(stage), holding, (theirs.id,))
    person_id = stage.person(CLIENT).id
    (event, *_) = stage.store.recent_events_of_person(person_id, None, 1)
    assert (event.name, event.person_id) == (Name.TOKEN_REVOKED, person_id)
