"""Invitations: what it takes to join, and what a link rests on until it is used."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from linking import (
    ADDRESS,
    CHOSEN,
    FOREIGNER,
    NEW,
    accept,
    administrator,
    carry,
    change_membership,
    change_person,
    invite,
    membership_in,
    operator,
    refusal_of,
    signs_in,
    suspend_organization,
)
from operations.meanwhile import before
from stage import ADMINISTRATOR, CLIENT, OPERATOR, PASSWORD, Stage, caller
from tokenhouse.core.credential import RANDOM_BYTES, Secret, mint
from tokenhouse.core.events import Name
from tokenhouse.core.identifier import PENDING
from tokenhouse.core.link import INVITATION_GOOD_FOR, LETTER
from tokenhouse.core.principal import DEPLOYMENT, Password
from tokenhouse.core.refusal import Code, Refused, Unavailable
from tokenhouse.core.token import Token
from tokenhouse.operations.accept import Acceptance
from tokenhouse.operations.at_machine import AtMachine
from tokenhouse.operations.changes import Change, Committed, Conflict, Guard, Put, Stretch
from tokenhouse.operations.guessing import PER_NETWORK, PER_PERSON_AND_NETWORK
from tokenhouse.operations.invite import InvitationDraft

pytestmark = pytest.mark.parametrize("stage", ["memory"], indirect=True)

NOBODYS = mint("th", LETTER, bytes(RANDOM_BYTES))


def told(refused: Refused) -> tuple[object, ...]:
    return refused.code, refused.public, refused.problems


def names_since(stage: Stage, head: int) -> list[str]:
    return [event.name for event in stage.store.events(None, head, 100)]


def test_somebody_new_chooses_a_password_and_is_a_member_in_one_commit(stage: Stage):
    made = invite(stage, "  Bea@Nordlicht.EXAMPLE ", "Client", "Metering")
    head = stage.store.head()[0]
    accepted = accept(stage, made.secret)
    assert names_since(stage, head) == [
        Name.PERSON_CREATED,
        Name.MEMBERSHIP_CREATED,
        Name.INVITATION_ACCEPTED,
    ]
    assert len(stage.store.feed(head, 10)) == 3
    assert accepted.person.email == NEW
    assert accepted.person.full_name == "Bea Blum"
    assert not accepted.person.operator
    wanted = {stage.group("Client").id, stage.group("Metering").id}
    assert set(stage.membership(NEW).groups) == wanted
    assert signs_in(stage, NEW, CHOSEN)
    told = stage.store.recent_events_of_person(accepted.person.id, None, 10)
    assert {event.name for event in told} >= {Name.INVITATION_ACCEPTED, Name.MEMBERSHIP_CREATED}


def test_a_link_is_good_once(stage: Stage):
    made = invite(stage)
    accept(stage, made.secret)
    again = refusal_of(lambda: accept(stage, made.secret))
    assert told(again) == told(refusal_of(lambda: accept(stage, NOBODYS)))
    assert stage.store.find_link(made.link.fingerprint) is None


def test_making_one_looks_at_the_same_whether_the_email_is_known_or_not(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    by = administrator(stage)
    invite(stage, "warm@nordlicht.example", by=by)  # who invites is known from then on
    asked: list[list[str]] = []
    for email in (NEW, CLIENT, OPERATOR):
        asked.append([])
        with monkeypatch.context() as spied:
            for name in dir(stage.store):
                method = getattr(stage.store, name)
                if name.startswith("_") or not callable(method):
                    continue

                def spy(*arguments: object, name=name, method=method) -> object:
                    asked[-1].append(name)
                    return method(*arguments)

                spied.setattr(stage.store, name, spy)
            invite(stage, email, by=by)
    assert asked[0] == asked[1] == asked[2]
    assert "find_for_sign_in" not in asked[0]


def test_somebody_known_joins_with_the_link_and_his_own_password(stage: Stage):
    foreign = stage.found_organization("Südstrom", FOREIGNER)
    made = invite(stage, FOREIGNER, "Client")
    wrong = refusal_of(lambda: accept(stage, made.secret, CHOSEN))
    assert wrong.code is Code.UNAUTHENTICATED
    assert wrong.problems[0].field == "password"
    assert membership_in(stage, FOREIGNER, stage.organization_id) is None
    accepted = accept(stage, made.secret, PASSWORD)
    assert accepted.membership.groups == (stage.group("Client").id,)
    assert signs_in(stage, FOREIGNER, PASSWORD, stage.organization_id)
    assert signs_in(stage, FOREIGNER, PASSWORD, foreign)
    assert not signs_in(stage, FOREIGNER, CHOSEN)
    person = stage.person(FOREIGNER)
    assert person.default_organization_id == foreign
    assert person.full_name == "Eve"


def test_guessing_at_the_password_of_somebody_known_is_counted_as_signing_in_is(stage: Stage):
    stage.found_organization("Südstrom", FOREIGNER)
    made = invite(stage, FOREIGNER)
    codes = [
        refusal_of(lambda: accept(stage, made.secret, CHOSEN)).code
        for _ in range(PER_PERSON_AND_NETWORK.burst + 1)
    ]
    assert codes == [Code.UNAUTHENTICATED] * PER_PERSON_AND_NETWORK.burst + [Code.TOO_MANY]
    assert refusal_of(lambda: stage.sign_in(FOREIGNER)).code is Code.TOO_MANY
    stage.authority.notes.write(all_of_them=True)
    person = stage.person(FOREIGNER)
    (event,) = stage.store.recent_events_of_person(person.id, None, 1)
    assert event.name == Name.SIGN_IN_FAILED


def test_a_suspended_person_is_refused_as_a_wrong_password_is(stage: Stage):
    stage.found_organization("Südstrom", FOREIGNER)
    made = invite(stage, FOREIGNER)
    wrong = refusal_of(lambda: accept(stage, made.secret, CHOSEN))
    change_person(stage, FOREIGNER, suspended=True)
    right = refusal_of(lambda: accept(stage, made.secret, PASSWORD))
    assert told(right) == told(wrong)
    change_person(stage, FOREIGNER, suspended=False)
    accept(stage, made.secret, PASSWORD)


def test_a_member_is_told_so_and_keeps_his_groups(stage: Stage):
    kept = stage.membership(CLIENT)
    made = invite(stage, CLIENT, "Administrator")
    refused = refusal_of(lambda: accept(stage, made.secret, PASSWORD))
    assert refused.code is Code.ALREADY_DONE
    assert "member" in refused.public
    assert stage.membership(CLIENT) == kept
    change_membership(stage, CLIENT, suspended=True)
    assert refusal_of(lambda: accept(stage, made.secret, PASSWORD)).code is Code.ALREADY_DONE


def test_who_left_comes_back_by_a_new_membership(stage: Stage):
    ended = stage.membership(CLIENT)
    change_membership(stage, CLIENT, ended_at=stage.clock.now())
    again = accept(stage, invite(stage, CLIENT).secret, PASSWORD)
    assert again.membership.id != ended.id
    assert again.membership.groups == ()


@pytest.mark.parametrize("code", ["", "x", "thp_" + "0" * 36, "eyJ.eyJ.x", "\ud800", "thu_" * 2000])
def test_what_is_no_link_gets_the_refusal_of_an_unknown_one(stage: Stage, code: str):
    unknown = refusal_of(lambda: accept(stage, NOBODYS))
    assert told(refusal_of(lambda: accept(stage, Secret(code)))) == told(unknown)


def test_a_link_ends_by_itself_and_when_it_is_withdrawn(stage: Stage):
    unknown = told(refusal_of(lambda: accept(stage, NOBODYS)))
    by, first, second = administrator(stage), invite(stage), invite(stage)
    stage.authority.invite.withdraw(by, first.link.id)
    assert told(refusal_of(lambda: accept(stage, first.secret))) == unknown
    assert refusal_of(lambda: stage.authority.invite.withdraw(by, first.link.id)).code is (
        Code.NOT_FOUND
    )
    stage.clock.moment = second.link.created_at + INVITATION_GOOD_FOR
    assert told(refusal_of(lambda: accept(stage, second.secret))) == unknown
    stage.clock.moment -= 1
    accept(stage, second.secret)


def test_a_link_of_another_organization_is_neither_seen_nor_withdrawn(stage: Stage):
    stage.found_organization("Südstrom", FOREIGNER)
    made, eve = invite(stage), administrator(stage, FOREIGNER)
    assert stage.authority.invite.page(eve, Stretch(10)).rows == ()
    deed = lambda: stage.authority.invite.withdraw(eve, made.link.id)  # noqa: E731
    assert refusal_of(deed).code is Code.NOT_FOUND
    assert [
        link.id for link in stage.authority.invite.page(administrator(stage), Stretch(9)).rows
    ] == [made.link.id]


def test_groups_of_others_are_refused_and_those_that_went_are_left_out(stage: Stage):
    stage.found_organization("Südstrom", FOREIGNER)
    theirs = stage.membership(FOREIGNER).groups
    draft = InvitationDraft(NEW, "", theirs)
    refused = refusal_of(lambda: stage.authority.invite(administrator(stage), draft))
    assert refused.problems[0].field == "groups[0]"
    made, group = invite(stage, NEW, "Client", "Metering"), stage.group("Metering")
    by = stage.session(OPERATOR, "GroupsWrite")
    stage.authority.groups.remove(by, stage.organization_id, group.id)
    assert accept(stage, made.secret).membership.groups == (stage.group("Client").id,)


def test_faults_of_somebody_new_are_told_and_cost_no_link(stage: Stage):
    made = stage.authority.invite(administrator(stage), InvitationDraft(NEW))
    refused = refusal_of(lambda: accept(stage, made.secret, "nordlicht energie"))
    assert refused.code is Code.MALFORMED
    assert [one.field for one in refused.problems] == ["full_name", "password"]
    twice = Acceptance(made.secret, Secret(CHOSEN), "Bea", ADDRESS, Secret("another"))
    assert refusal_of(lambda: stage.authority.accept(twice)).problems[0].field == "password_again"
    stage.authority.accept(replace(twice, password_again=Secret(CHOSEN)))


def test_links_that_are_not_good_are_counted_by_the_network_before_anything_is_looked_at(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    made = invite(stage)
    for _ in range(PER_NETWORK.burst):
        assert refusal_of(lambda: accept(stage, NOBODYS)).code is Code.UNAUTHENTICATED
    with monkeypatch.context() as blind:
        blind.setattr(stage.store, "find_link", None)
        stopped = refusal_of(lambda: accept(stage, made.secret, address="192.0.2.200"))
    assert stopped.code is Code.TOO_MANY
    assert stopped.retry_after is not None
    accept(stage, made.secret, address="198.51.100.1")


def test_one_key_makes_one_link(stage: Stage):
    by = replace(administrator(stage), idempotency_key=Secret("a key"))
    first, again = invite(stage, by=by), invite(stage, by=by)
    assert again.link == first.link
    assert again.secret.reveal() == first.secret.reveal()
    other = replace(by, request_hash=b"another request")
    assert refusal_of(lambda: invite(stage, by=other)).code is Code.KEY_REUSED
    accept(stage, first.secret)
    late = refusal_of(lambda: invite(stage, by=by))
    assert late.code is Code.ALREADY_DONE
    assert late.problems[0].sentence == str(first.link.id)


def test_after_a_lost_answer_the_person_is_there_once_and_signs_in(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    made, commit = invite(stage), stage.store.commit

    def lost(change: Change, _: object) -> Committed | Conflict:
        commit(change)
        raise Unavailable("nobody knows what became of it")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(stage.store, "commit", lost)
        with pytest.raises(Unavailable):
            accept(stage, made.secret)
    again = refusal_of(lambda: accept(stage, made.secret))
    assert "if you used it already, sign in" in again.problems[0].sentence
    assert signs_in(stage, NEW, CHOSEN)


# what a link rests on


def mark(stage: Stage, record) -> None:
    """End everything that rests on a record, before now."""
    stage.put(replace(record, version=record.version + 1, revoked_before=PENDING), record)


def end_maker(stage: Stage) -> None:
    change_membership(stage, ADMINISTRATOR, ended_at=stage.clock.now())


MEMBERS = {
    "ended": end_maker,
    "suspended": lambda stage: change_membership(stage, ADMINISTRATOR, suspended=True),
    "suspended as a person": lambda stage: change_person(stage, ADMINISTRATOR, suspended=True),
    "without the right": lambda stage: carry(stage, ADMINISTRATOR, "Automation"),
    "of a suspended organization": suspend_organization,
    "whose own all was ended": lambda stage: mark(stage, stage.membership(ADMINISTRATOR)),
    "whose all was ended everywhere": lambda stage: mark(stage, stage.person(ADMINISTRATOR)),
    "whose organization's all was ended": lambda stage: mark(
        stage, stage.store.find_organization(stage.organization_id)
    ),
    "in a deployment whose all was ended": lambda stage: mark(stage, stage.store.deployment()),
}


@pytest.mark.parametrize("deed", MEMBERS.values(), ids=MEMBERS)
@pytest.mark.parametrize("at_commit", [False, True], ids=["before", "at the commit"])
def test_a_members_invitation_is_good_while_he_may_invite(
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
    deed: Callable[[Stage], None],
    *,
    at_commit: bool,
):
    made = invite(stage)
    if at_commit:
        before(monkeypatch, stage.store, "commit", lambda: deed(stage))
    else:
        deed(stage)
    refused = refusal_of(lambda: accept(stage, made.secret))
    assert refused.code is Code.UNAUTHENTICATED
    assert stage.store.find_for_sign_in(NEW) is None
    unknown = refusal_of(lambda: accept(stage, NOBODYS, address="198.51.100.1"))
    assert told(refused) == told(unknown)


def test_whoever_may_invite_again_makes_his_links_good_again(stage: Stage):
    made = invite(stage)
    change_membership(stage, ADMINISTRATOR, suspended=True)
    refusal_of(lambda: accept(stage, made.secret))
    change_membership(stage, ADMINISTRATOR, suspended=False)
    accept(stage, made.secret)


def revoke(stage: Stage, token: Token) -> None:
    kept = stage.store.find(token.id)
    assert kept is not None
    later = replace(kept.token, version=kept.token.version + 1, revoked_at=stage.clock.now())
    stage.put(later, kept.token)


def end(stage: Stage, token: Token) -> None:
    kept = stage.store.find(token.id)
    assert kept is not None
    stage.put(
        replace(kept.token, version=kept.token.version + 1, expires_at=stage.clock.now()),
        kept.token,
    )


def weaken(stage: Stage, token: Token) -> None:
    kept = stage.store.find(token.id)
    assert kept is not None
    groups = (stage.group("Client").id,)
    stage.put(replace(kept.token, version=kept.token.version + 1, groups=groups), kept.token)


@pytest.mark.parametrize("deed", [revoke, end, weaken])
@pytest.mark.parametrize("at_commit", [False, True], ids=["before", "at the commit"])
def test_a_back_ends_invitation_is_good_while_its_token_may_invite(
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
    deed: Callable[[Stage, Token], None],
    *,
    at_commit: bool,
):
    issued = stage.issue(stage.session(), ("Administrator",))
    token = issued.described.token
    by = caller(issued.secret)
    accept(stage, stage.authority.invite(by, InvitationDraft("x@y.example", "X")).secret)
    made = stage.authority.invite(by, InvitationDraft(NEW, "Bea"))
    if at_commit:
        before(monkeypatch, stage.store, "commit", lambda: deed(stage, token))
    else:
        deed(stage, token)
    assert refusal_of(lambda: accept(stage, made.secret)).code is Code.UNAUTHENTICATED
    assert stage.store.find_for_sign_in(NEW) is None


@pytest.mark.parametrize("field", ["operator", "suspended"])
@pytest.mark.parametrize("at_commit", [False, True], ids=["before", "at the commit"])
def test_an_operators_invitation_is_good_while_he_is_one(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, field: str, *, at_commit: bool
):
    foreign = stage.found_organization("Südstrom", FOREIGNER)
    made = stage.authority.invite.into(operator(stage), foreign, InvitationDraft(NEW, "Bea"))
    other = stage.authority.invite.into(operator(stage), foreign, InvitationDraft("x@y.example"))

    def deed() -> None:
        change_person(stage, OPERATOR, **{field: field == "suspended"})

    twice = Acceptance(other.secret, Secret(CHOSEN), "Xaver", ADDRESS)
    joined = stage.authority.accept(twice)
    (group_id,) = joined.membership.groups
    assert stage.store.find_groups(foreign, (group_id,))[0].fixed
    if at_commit:
        before(monkeypatch, stage.store, "commit", deed)
    else:
        deed()
    assert refusal_of(lambda: accept(stage, made.secret)).code is Code.UNAUTHENTICATED
    assert stage.store.find_for_sign_in(NEW) is None


def test_an_unknown_organization_gets_no_invitation(stage: Stage):
    by = operator(stage)
    deed = lambda: stage.authority.invite.into(by, DEPLOYMENT, InvitationDraft(NEW))  # noqa: E731
    assert refusal_of(deed).code is Code.NOT_FOUND


def test_an_invitation_made_at_the_machine_rests_on_nobody(stage: Stage):
    asking = AtMachine(stage.organization_id, "tokenhouse person invite")
    draft = InvitationDraft(NEW, "Bea", (stage.group("Client").id,))
    made = stage.authority.invite(asking, draft)
    end_maker(stage)
    assert accept(stage, made.secret).membership.groups == draft.groups


# what happens between the look and the commit of somebody who is known


def new_password(stage: Stage) -> None:
    record = stage.store.find_for_sign_in(FOREIGNER)
    assert record is not None
    assert record.password is not None
    kept = record.password
    stage.put(Password(kept.id, kept.version + 1, stage.parts.hasher.hash(Secret(CHOSEN))), kept)


def withdraw_all(stage: Stage) -> None:
    by = administrator(stage, OPERATOR)
    for link in stage.authority.invite.page(by, Stretch(10)).rows:
        stage.authority.invite.withdraw(by, link.id)


KNOWN = {
    "the password is changed": new_password,
    "the person is suspended": lambda stage: change_person(stage, FOREIGNER, suspended=True),
    "the link is withdrawn": withdraw_all,
    "the organization is suspended": suspend_organization,
}


@pytest.mark.parametrize("deed", KNOWN.values(), ids=KNOWN)
def test_somebody_known_joins_nothing_when_meanwhile(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, deed: Callable[[Stage], None]
):
    stage.found_organization("Südstrom", FOREIGNER)
    made = invite(stage, FOREIGNER)
    before(monkeypatch, stage.store, "commit", lambda: deed(stage))
    refused = refusal_of(lambda: accept(stage, made.secret, PASSWORD))
    assert refused.code is Code.UNAUTHENTICATED
    assert membership_in(stage, FOREIGNER, stage.membership(OPERATOR).organization_id) is None


def test_two_invitations_of_one_email_make_one_person(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    first, second = invite(stage), invite(stage)
    before(monkeypatch, stage.store, "commit", lambda: accept(stage, second.secret) and None)
    refused = refusal_of(lambda: accept(stage, first.secret, "oyster trellis marmalade"))
    assert refused.code is Code.UNAUTHENTICATED
    assert signs_in(stage, NEW, CHOSEN)
    assert not signs_in(stage, NEW, "oyster trellis marmalade")


def test_no_event_and_no_record_holds_a_code_or_a_password(stage: Stage):
    made = invite(stage, NEW, "Client")
    assert made.secret.reveal() not in repr(made)
    record = stage.store.find_link(made.link.fingerprint)
    accept(stage, made.secret)
    bodies = "".join(event.body or "" for event in stage.store.events(None, 0, 1000))
    for secret in (made.secret.reveal(), CHOSEN, made.link.fingerprint.hex()):
        assert secret not in bodies
        assert secret not in repr(record)


def test_guards_name_the_link_itself(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    """Or two could use one; the races try it too, but only sometimes."""
    made, commit = invite(stage), stage.store.commit
    seen: list[Change] = []

    def spy(change: Change, _: object) -> Committed | Conflict:
        seen.append(change)
        return commit(change)

    monkeypatch.setattr(stage.store, "commit", spy)
    join_change = accept(stage, made.secret)
    assert Guard(type(made.link), made.link.id, 1) in seen[-1].guards
    assert Put(join_change.membership) in seen[-1].writes
