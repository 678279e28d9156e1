"""Recovery, passwords and e-mails: an administrator takes over nobody who is not his alone."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from linking import (
    ADDRESS,
    CHOSEN,
    FOREIGNER,
    NEW,
    OTHER,
    accept,
    administrator,
    carry,
    change_membership,
    change_person,
    invite,
    join,
    new_group,
    operator,
    recover,
    redeem,
    refusal_of,
    signed_in,
    signs_in,
    suspend_organization,
)
from operations.meanwhile import before
from stage import ADMINISTRATOR, CLIENT, OPERATOR, PASSWORD, Stage
from tokenhouse.core.credential import RANDOM_BYTES, Secret, mint
from tokenhouse.core.events import Name
from tokenhouse.core.judge import Reason
from tokenhouse.core.kind import Spelling
from tokenhouse.core.link import LETTER, RECOVERY_GOOD_FOR
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.refusal import Code, Refused, Unavailable
from tokenhouse.operations.accept import Acceptance
from tokenhouse.operations.at_machine import AtMachine
from tokenhouse.operations.change_password import NewPassword
from tokenhouse.operations.changes import Change, Committed, Conflict
from tokenhouse.operations.guessing import PER_PERSON_AND_NETWORK
from tokenhouse.operations.invite import InvitationDraft
from tokenhouse.operations.sign_in import Credentials

pytestmark = pytest.mark.parametrize("stage", ["memory"], indirect=True)

NOBODYS = mint("th", LETTER, bytes(RANDOM_BYTES))


def told(refused: Refused) -> tuple[object, ...]:
    return refused.code, refused.public, refused.problems


def told_events(stage: Stage, email: str) -> list[tuple[str, object]]:
    """The newest first, with the organization that each is told to."""
    listed = stage.store.recent_events_of_person(stage.person(email).id, None, 100)
    return [(event.name, event.organization_id) for event in listed]


def of_both_firms(stage: Stage) -> None:
    """The client belongs to another organization too."""
    stage.found_organization("Südstrom", FOREIGNER)
    made = stage.authority.invite.into(
        operator(stage), stage.membership(FOREIGNER).organization_id, draft(CLIENT)
    )
    accept(stage, made.secret, PASSWORD)


def draft(email: str):
    return InvitationDraft(email, "Somebody", ())


# what a recovery does


def test_it_sets_the_password_ends_all_sessions_and_tells_the_owner(stage: Stage):
    session = stage.session(CLIENT)
    personal = stage.issue_personal(session).secret
    made = recover(stage, CLIENT)
    assert stage.verdict(session.credential, None, Spelling.BEARER).active
    redeem(stage, made.secret)
    assert stage.verdict(session.credential, None, Spelling.BEARER).reason is Reason.REVOKED
    assert stage.verdict(personal).allowed
    assert signs_in(stage, CLIENT, OTHER)
    assert not signs_in(stage, CLIENT, PASSWORD)
    assert told_events(stage, CLIENT)[1:3] == [
        (Name.RECOVERY_USED, stage.organization_id),
        (Name.RECOVERY_CREATED, stage.organization_id),
    ]


def test_personal_tokens_end_where_that_is_ticked(stage: Stage):
    personal = stage.issue_personal(stage.session(CLIENT)).secret
    redeem(stage, recover(stage, CLIENT).secret, everything=True)
    assert stage.verdict(personal).reason is Reason.REVOKED
    later = stage.issue_personal(signed_in(stage, CLIENT, password=OTHER)).secret
    assert stage.verdict(later).allowed


def test_a_session_that_was_spared_once_ends_with_the_next_recovery(stage: Stage):
    spared = signed_in(stage, CLIENT)
    stage.authority.change_password(spared, NewPassword(Secret(PASSWORD), Secret(CHOSEN)))
    assert stage.verdict(spared.credential, None, Spelling.BEARER).active
    redeem(stage, recover(stage, CLIENT).secret)
    assert stage.verdict(spared.credential, None, Spelling.BEARER).reason is Reason.REVOKED


def test_every_organization_of_the_person_is_told(stage: Stage):
    of_both_firms(stage)
    made = stage.authority.recover.of_person(operator(stage), stage.person(CLIENT).id)
    redeem(stage, made.secret)
    firms = {
        stage.membership(OPERATOR).organization_id,
        stage.membership(FOREIGNER).organization_id,
    }
    for name in (Name.RECOVERY_USED, Name.RECOVERY_CREATED):
        told = [where for one, where in told_events(stage, CLIENT) if one == name]
        assert len(told) == 2
        assert set(told) == firms


def test_who_is_in_no_organization_is_told_by_the_deployment(stage: Stage):
    person_id = stage.person(CLIENT).id
    change_membership(stage, CLIENT, ended_at=stage.clock.now())
    redeem(stage, stage.authority.recover.of_person(operator(stage), person_id).secret)
    assert told_events(stage, CLIENT)[0] == (Name.RECOVERY_USED, DEPLOYMENT)


def test_a_recovery_link_is_good_once_and_for_a_day(stage: Stage):
    unknown = told(refusal_of(lambda: redeem(stage, NOBODYS)))
    made = recover(stage, CLIENT)
    stage.clock.moment += RECOVERY_GOOD_FOR
    assert told(refusal_of(lambda: redeem(stage, made.secret))) == unknown
    stage.clock.moment -= 1
    redeem(stage, made.secret)
    assert told(refusal_of(lambda: redeem(stage, made.secret))) == unknown


def test_no_link_does_the_work_of_another_purpose(stage: Stage):
    invitation, recovery = invite(stage), recover(stage, CLIENT)
    assert refusal_of(lambda: redeem(stage, invitation.secret)).code is Code.UNAUTHENTICATED
    assert refusal_of(lambda: accept(stage, recovery.secret, PASSWORD)).code is (
        Code.UNAUTHENTICATED
    )
    by = administrator(stage)
    deed = lambda: stage.authority.invite.withdraw(by, recovery.link.id)  # noqa: E731
    assert refusal_of(deed).code is Code.NOT_FOUND


def test_a_fault_of_the_password_costs_no_link(stage: Stage):
    made = recover(stage, CLIENT)
    for weak in ("short", "nordlicht energie", "carl@nordlicht.example"):
        assert refusal_of(lambda weak=weak: redeem(stage, made.secret, weak)).problems
    redeem(stage, made.secret)


def test_after_a_lost_answer_the_new_password_is_good(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    made, commit = recover(stage, CLIENT), stage.store.commit

    def lost(change: Change, _: object) -> Committed | Conflict:
        commit(change)
        raise Unavailable("nobody knows what became of it")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(stage.store, "commit", lost)
        with pytest.raises(Unavailable):
            redeem(stage, made.secret)
    assert refusal_of(lambda: redeem(stage, made.secret)).code is Code.UNAUTHENTICATED
    assert signs_in(stage, CLIENT, OTHER)


# for whom there is one


def test_nobody_makes_one_for_himself(stage: Stage):
    deeds = (
        lambda: recover(stage, ADMINISTRATOR),
        lambda: stage.authority.recover.of_person(operator(stage), stage.person(OPERATOR).id),
    )
    for deed in deeds:
        refused = refusal_of(deed)
        assert refused.code is Code.FORBIDDEN
        assert "not for your own" in refused.public


def stronger(stage: Stage) -> Callable[[], object]:
    """The client holds what an administrator who is no Administrator does not."""
    new_group(stage, "People", "AccountsUsersWrite", "AccountsUsersRead")
    carry(stage, ADMINISTRATOR, "People")
    return lambda: None


BEYOND: dict[str, Callable[[Stage], object]] = {
    "an operator": lambda stage: change_person(stage, CLIENT, operator=True),
    "a member elsewhere": of_both_firms,
    "somebody stronger": stronger,
}


@pytest.mark.parametrize("deed", BEYOND.values(), ids=BEYOND)
def test_an_administrator_takes_over_nobody_who_is(stage: Stage, deed: Callable[[Stage], object]):
    by, membership = administrator(stage), stage.membership(CLIENT)
    deed(stage)
    refused = [
        refusal_of(lambda: stage.authority.recover.of_member(by, membership.id)),
        refusal_of(
            lambda: stage.authority.change_email(by, membership.id, "mine@attacker.example", None)
        ),
    ]
    assert {one.code for one in refused} == {Code.FORBIDDEN}
    assert len({one.public for one in refused}) == 1
    assert stage.person(CLIENT).email == CLIENT
    stage.authority.notes.write(all_of_them=True)
    (event,) = stage.store.recent_events(None, None, 1)
    assert event.name == Name.MANAGEMENT_REFUSED


def test_all_causes_are_told_in_one_sentence(stage: Stage):
    sentences = set()
    for email in (OPERATOR, CLIENT):
        if email == CLIENT:
            of_both_firms(stage)
        sentences.add(refusal_of(lambda email=email: recover(stage, email)).public)
    assert len(sentences) == 1


def test_a_member_of_another_organization_is_as_good_as_unknown(stage: Stage):
    stage.found_organization("Südstrom", FOREIGNER)
    ours = stage.membership(CLIENT)
    by = administrator(stage, FOREIGNER)
    for deed in (
        lambda one: stage.authority.recover.of_member(by, one),
        lambda one: stage.authority.change_email(by, one, "x@y.example", None),
    ):
        foreign = refusal_of(lambda deed=deed: deed(ours.id))
        unknown = refusal_of(lambda deed=deed: deed(ours.person_id))
        assert told(foreign) == told(unknown)
        assert foreign.code is Code.NOT_FOUND


# what becomes of it meanwhile

_PEOPLE = "AccountsUsersWrite"


def small(stage: Stage) -> None:
    """The administrator who made the link may do less, though still invite."""
    new_group(stage, "People", _PEOPLE)
    carry(stage, ADMINISTRATOR, "People")


def change_own_password(stage: Stage) -> None:
    by = signed_in(stage, CLIENT)
    stage.authority.change_password(by, NewPassword(Secret(PASSWORD), Secret(CHOSEN)))


def more_in_the_group(stage: Stage) -> None:
    """A group of the client's gains what his administrator has lost before."""
    kept = stage.group("Client")
    held = kept.permissions | {"GroupsWrite"}
    stage.put(replace(kept, version=kept.version + 1, permissions=held), kept)


MEANWHILE: dict[str, Callable[[Stage], object]] = {
    "he has become an operator": BEYOND["an operator"],
    "he has joined another organization": of_both_firms,
    "he has gained rights": lambda stage: carry(stage, CLIENT, "Client", "Gateway"),
    "his group has gained rights": more_in_the_group,
    "he has left": lambda stage: change_membership(stage, CLIENT, ended_at=stage.clock.now()),
    "he is suspended": lambda stage: change_person(stage, CLIENT, suspended=True),
    "he has changed his password": change_own_password,
    "his e-mail was changed": lambda stage: change_person(stage, CLIENT, email="c@x.example"),
    "the maker has left": lambda stage: change_membership(
        stage, ADMINISTRATOR, ended_at=stage.clock.now()
    ),
    "the maker is suspended there": lambda stage: change_membership(
        stage, ADMINISTRATOR, suspended=True
    ),
    "the maker is suspended": lambda stage: change_person(stage, ADMINISTRATOR, suspended=True),
    "the maker lost the right": lambda stage: carry(stage, ADMINISTRATOR, "Client"),
    "the maker lost what the person holds": small,
    "the organization is suspended": suspend_organization,
}


@pytest.mark.parametrize("deed", MEANWHILE.values(), ids=MEANWHILE)
@pytest.mark.parametrize("at_commit", [False, True], ids=["before", "at the commit"])
def test_an_administrators_link_is_no_good_once(
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
    deed: Callable[[Stage], object],
    *,
    at_commit: bool,
):
    new_group(stage, "Reception", _PEOPLE, "SystemsRead")
    carry(stage, CLIENT, "Client")
    carry(stage, ADMINISTRATOR, "Reception")
    made = recover(stage, CLIENT)
    person_id = stage.person(CLIENT).id
    if at_commit:
        before(monkeypatch, stage.store, "commit", lambda: deed(stage))
    else:
        deed(stage)
    refused = refusal_of(lambda: redeem(stage, made.secret))
    assert told(refused) == told(refusal_of(lambda: redeem(stage, NOBODYS)))
    record = stage.store.find_person(person_id)
    assert record is not None
    assert record.password is not None
    assert not stage.parts.hasher.matches(record.password.phc, Secret(OTHER))
    names = [event.name for event in stage.store.events(None, 0, 1000)]
    assert Name.RECOVERY_USED not in names


@pytest.mark.parametrize("at_commit", [False, True], ids=["before", "at the commit"])
@pytest.mark.parametrize("field", ["operator", "suspended"])
def test_an_operators_link_is_good_while_he_is_one(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, field: str, *, at_commit: bool
):
    made = stage.authority.recover.of_person(operator(stage), stage.person(ADMINISTRATOR).id)

    def deed() -> None:
        change_person(stage, OPERATOR, **{field: field == "suspended"})

    if at_commit:
        before(monkeypatch, stage.store, "commit", deed)
    else:
        deed()
    assert refusal_of(lambda: redeem(stage, made.secret)).code is Code.UNAUTHENTICATED
    assert signs_in(stage, ADMINISTRATOR, PASSWORD)


@pytest.mark.parametrize("deed", [of_both_firms, BEYOND["an operator"]])
def test_an_operators_link_is_for_anyone(stage: Stage, deed: Callable[[Stage], object]):
    made = stage.authority.recover.of_person(operator(stage), stage.person(CLIENT).id)
    deed(stage)
    redeem(stage, made.secret)
    assert signs_in(stage, CLIENT, OTHER)


def test_at_the_machine_the_last_operator_gets_back_in(stage: Stage):
    asking = AtMachine(DEPLOYMENT, "tokenhouse person recover")
    made = stage.authority.recover.of_person(asking, stage.person(OPERATOR).id)
    redeem(stage, made.secret)
    assert signs_in(stage, OPERATOR, OTHER)
    assert (Name.RECOVERY_CREATED, stage.organization_id) in told_events(stage, OPERATOR)


def test_a_changed_password_ends_every_link(stage: Stage):
    links = [recover(stage, CLIENT), recover(stage, CLIENT)]
    links.append(stage.authority.recover.of_person(operator(stage), stage.person(CLIENT).id))
    redeem(stage, links[0].secret)
    for link in links:
        assert refusal_of(lambda link=link: redeem(stage, link.secret, CHOSEN)).code is (
            Code.UNAUTHENTICATED
        )


# one's own password


def test_it_ends_every_other_session_and_no_personal_token(stage: Stage):
    other, acting = stage.session(CLIENT), signed_in(stage, CLIENT)
    personal = stage.issue_personal(other).secret
    wanted = NewPassword(Secret(PASSWORD), Secret(CHOSEN))
    stage.authority.change_password(acting, wanted)
    assert stage.verdict(other.credential, None, Spelling.BEARER).reason is Reason.REVOKED
    assert stage.verdict(acting.credential, None, Spelling.BEARER).active
    assert stage.verdict(personal).allowed
    assert signs_in(stage, CLIENT, CHOSEN)
    assert not signs_in(stage, CLIENT, PASSWORD)
    assert (Name.PASSWORD_CHANGED, stage.organization_id) in told_events(stage, CLIENT)


def test_it_ends_personal_tokens_where_that_is_ticked_and_spares_the_acting_session(stage: Stage):
    acting = signed_in(stage, CLIENT)
    personal = stage.issue_personal(acting).secret
    wanted = NewPassword(Secret(PASSWORD), Secret(CHOSEN), end_personal_tokens=True)
    stage.authority.change_password(acting, wanted)
    assert stage.verdict(personal).reason is Reason.REVOKED
    assert stage.verdict(acting.credential, None, Spelling.BEARER).active


def test_the_current_password_is_guessed_at_no_faster_than_at_sign_in(stage: Stage):
    acting = signed_in(stage, CLIENT)
    wrong = NewPassword(Secret(OTHER), Secret(CHOSEN))
    refused = [
        refusal_of(lambda: stage.authority.change_password(acting, wrong))
        for _ in range(PER_PERSON_AND_NETWORK.burst + 1)
    ]
    assert {one.code for one in refused[:-1]} == {Code.FORBIDDEN}
    assert refused[-1].code is Code.TOO_MANY
    assert refusal_of(lambda: stage.sign_in(CLIENT)).code is Code.TOO_MANY
    right = NewPassword(Secret(PASSWORD), Secret(CHOSEN))
    assert refusal_of(lambda: stage.authority.change_password(acting, right)).code is Code.TOO_MANY
    assert stage.sign_in(ADMINISTRATOR)


def test_the_rule_is_asked_before_the_current_password(stage: Stage):
    acting = signed_in(stage, CLIENT)
    for current in (PASSWORD, OTHER):
        wanted = NewPassword(Secret(current), Secret("short"))
        refused = refusal_of(lambda wanted=wanted: stage.authority.change_password(acting, wanted))
        assert [one.field for one in refused.problems] == ["new"]
    names = NewPassword(Secret(PASSWORD), Secret("nordlicht energie"))
    assert refusal_of(lambda: stage.authority.change_password(acting, names)).problems


def test_a_sign_in_with_the_old_password_that_is_under_way_starts_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    acting = signed_in(stage, CLIENT)
    wanted = NewPassword(Secret(PASSWORD), Secret(CHOSEN))
    before(
        monkeypatch,
        stage.store,
        "commit",
        lambda: stage.authority.change_password(acting, wanted) and None,
    )
    old = Credentials(CLIENT, Secret(PASSWORD), None, ADDRESS)
    assert refusal_of(lambda: stage.authority.sign_in(old)).code is Code.UNAUTHENTICATED


def test_of_two_changes_at_once_one_wins(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    first, second = signed_in(stage, CLIENT), signed_in(stage, CLIENT)
    before(
        monkeypatch,
        stage.store,
        "commit",
        lambda: (
            stage.authority.change_password(second, NewPassword(Secret(PASSWORD), Secret(OTHER)))
            and None
        ),
    )
    wanted = NewPassword(Secret(PASSWORD), Secret(CHOSEN))
    refused = refusal_of(lambda: stage.authority.change_password(first, wanted))
    assert refused.code is Code.UNAUTHENTICATED
    assert signs_in(stage, CLIENT, OTHER)


# e-mails


def test_a_changed_email_signs_in_and_is_told_with_both(stage: Stage):
    membership = stage.membership(CLIENT)
    member = stage.authority.change_email(
        administrator(stage), membership.id, " Carla@Nordlicht.example", membership.version
    )
    assert member.person.email == "carla@nordlicht.example"
    assert member.membership.version == membership.version + 1
    assert signs_in(stage, "carla@nordlicht.example", PASSWORD)
    assert not signs_in(stage, CLIENT, PASSWORD)
    listed = stage.store.recent_events_of_person(member.person.id, None, 10)
    (event,) = (one for one in listed if one.name == Name.EMAIL_CHANGED)
    for part in ('"email_before":"carl@nordlicht', '"email_after":"carla@', '"person":'):
        assert part in (event.body or "")


def test_an_edit_that_comes_too_late_changes_nothing(stage: Stage):
    by, membership = administrator(stage), stage.membership(CLIENT)
    stage.authority.change_email(by, membership.id, "one@x.example", membership.version)
    deed = lambda: stage.authority.change_email(  # noqa: E731
        by, membership.id, "two@x.example", membership.version
    )
    assert refusal_of(deed).code is Code.STALE
    assert stage.person("one@x.example")


@pytest.mark.parametrize("email", [ADMINISTRATOR, "ANNA@nordlicht.example", "x", "a b@c.example"])
def test_an_email_that_is_taken_or_none_is_refused_with_the_field(stage: Stage, email: str):
    by, membership = administrator(stage), stage.membership(CLIENT)
    refused = refusal_of(lambda: stage.authority.change_email(by, membership.id, email, None))
    assert (refused.code, refused.problems[0].field) == (Code.MALFORMED, "email")
    assert stage.person(CLIENT)


def test_an_email_that_is_taken_meanwhile_is_refused(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    by, membership, made = administrator(stage), stage.membership(CLIENT), invite(stage)
    before(monkeypatch, stage.store, "commit", lambda: accept(stage, made.secret) and None)
    refused = refusal_of(lambda: stage.authority.change_email(by, membership.id, NEW, None))
    assert refused.problems[0].sentence == "is taken by somebody else"


MOVED = {name: MEANWHILE[name] for name in list(MEANWHILE)[:4]}


@pytest.mark.parametrize("deed", MOVED.values(), ids=MOVED)
def test_no_email_is_changed_when_meanwhile(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, deed: Callable[[Stage], object]
):
    new_group(stage, "Reception", _PEOPLE, "SystemsRead")
    carry(stage, CLIENT, "Client")
    carry(stage, ADMINISTRATOR, "Reception")
    by, membership = administrator(stage), stage.membership(CLIENT)
    before(monkeypatch, stage.store, "commit", lambda: deed(stage))
    deed_of_mine = lambda: stage.authority.change_email(  # noqa: E731
        by, membership.id, "mine@x.example", None
    )
    assert refusal_of(deed_of_mine).code is Code.FORBIDDEN
    assert stage.person(CLIENT)


def test_a_recovery_that_is_under_way_ends_with_the_email(stage: Stage):
    made, membership = recover(stage, CLIENT), stage.membership(CLIENT)
    stage.authority.change_email(administrator(stage), membership.id, "c@x.example", None)
    assert refusal_of(lambda: redeem(stage, made.secret)).code is Code.UNAUTHENTICATED


def test_no_event_and_no_record_holds_a_code_or_a_password(stage: Stage):
    made = recover(stage, CLIENT)
    record = stage.store.find_link(made.link.fingerprint)
    redeem(stage, made.secret)
    bodies = "".join(event.body or "" for event in stage.store.events(None, 0, 1000))
    for secret in (made.secret.reveal(), OTHER, PASSWORD, made.link.fingerprint.hex()):
        assert secret not in bodies
        assert secret not in repr(record)
        assert secret not in repr(made)


def test_who_accepted_with_a_wrong_second_typing_has_joined_nothing(stage: Stage):
    made = invite(stage)
    typed = Acceptance(made.secret, Secret(CHOSEN), "", ADDRESS, Secret(""))
    assert refusal_of(lambda: stage.authority.accept(typed)).problems[0].field == "password_again"
    assert stage.store.find_for_sign_in(NEW) is None
    join(stage)
