"""What a token may do is answered as the judge would, with the reason, and nothing is counted."""

from itertools import product

import pytest
from msgspec.structs import replace

from operations.curating import IN_MEMORY, STOP, set_id
from stage import ADMINISTRATOR, CLIENT, OPERATOR, Stage, caller, with_demand
from tokenhouse.core.catalogue import PredefinedSet
from tokenhouse.core.explaining import Lack
from tokenhouse.core.judge import Demand, Reason
from tokenhouse.core.kind import Asker, Door, Spelling
from tokenhouse.core.moment import DAY
from tokenhouse.core.permission import Operation, Permission
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.holding import Holding
from tokenhouse.operations.issue import Draft, Issued
from tokenhouse.operations.memberships import MembershipEdit
from tokenhouse.operations.simulating import Question, Simulated

PERSON = Demand(Door.MANAGEMENT, asker=Asker.PERSON)
READS = Demand(Door.MANAGEMENT, frozenset({"AccountTokenRead"}))
READ, CHANGE = Question(method="GET", path="/systems"), Question(method="POST", path="/systems")


def may(stage: Stage, by: Caller, issued: Issued, question: Question) -> Simulated:
    authority, token = stage.authority, issued.described.token
    holding = Holding((authority.personal, authority.limited))
    if token.kind == stage.organizational.name:
        return authority.explain.may(
            with_demand(by, READS), Holding((stage.organizational,)), token.id, question
        )
    return authority.explain.may(with_demand(by, PERSON), holding, token.id, question)


def issue(stage: Stage, by: Caller, draft: Draft) -> Issued:
    return stage.authority.issue(by, stage.organizational, draft)


def test_a_request_is_answered_by_the_permission_that_it_needs_and_who_gives_it(stage: Stage):
    by = stage.session(CLIENT)
    issued = stage.issue_personal(by)
    told = may(stage, by, issued, READ)
    assert told.allowed
    assert told.sentences == (
        "Yes: GET /systems needs SystemsRead, and Carl Moen's group Client gives it.",
    )
    assert [one.name for one in told.demanded] == ["SystemsRead"]
    assert [str(one.operation) for one in told.opened] == ["GET /systems"]
    told = may(stage, by, issued, Question(method="DELETE", path="/systems/7?now=1#top"))
    assert (told.allowed, told.otherwise, told.reason) == (False, False, Reason.INSUFFICIENT)
    assert told.sentences == (
        "No: DELETE /systems/7 needs SystemsWrite, and Carl Moen does not hold it.",
    )
    assert [(one.permission.name, one.lack) for one in told.lacking] == [
        ("SystemsWrite", Lack.NOT_HELD)
    ]
    assert [str(one.operation) for one in told.opened] == ["DELETE /systems/{id}"]


def test_a_permission_is_answered_by_its_name(stage: Stage):
    by = stage.session(CLIENT)
    issued = stage.issue_personal(by)
    told = may(stage, by, issued, Question(permission="SystemsRead"))
    assert told.sentences == ("Yes: Carl Moen's group Client gives SystemsRead.",)
    for name, sentence in (
        ("SystemsWrite", "No: Carl Moen does not hold SystemsWrite."),
        ("Nothing", "No: the catalogue does not have Nothing."),
        ("KeysRead", "No: KeysRead is an operator's, and only a session carries those."),
    ):
        assert may(stage, by, issued, Question(permission=name)).sentences == (sentence,)


def test_what_a_list_or_a_set_holds_back_is_told(stage: Stage):
    by = stage.session(ADMINISTRATOR)
    listed = stage.issue_limited(by, "SystemsRead")
    told = may(stage, by, listed, CHANGE)
    assert told.reason is Reason.NOT_LISTED
    assert told.sentences == (
        "No: POST /systems needs SystemsWrite, and the token's list does not name it.",
    )
    assert may(stage, by, listed, READ).sentences == (
        (
            "Yes: GET /systems needs SystemsRead, and Anna Lind's group Administrator gives it, and"
            " the token's list names it."
        ),
    )
    followed = stage.issue_limited(by, set_id=set_id(stage, "IDE Plugins"))
    assert may(stage, by, followed, READ).sentences == (
        (
            "No: GET /systems needs SystemsRead, and the predefined set that the token follows does"
            " not name it."
        ),
    )
    managing = Question(permission="AccountTokenWrite")
    assert may(stage, by, listed, managing).sentences == (
        "No: AccountTokenWrite manages access, which no limited token carries.",
    )
    stage.predefine()
    assert may(stage, by, followed, READ).sentences == (
        (
            "No: GET /systems needs SystemsRead, and the predefined set that the token followed was"
            " removed."
        ),
    )


def test_an_organizational_token_is_answered_by_its_own_groups(stage: Stage):
    by = stage.session()
    issued = stage.issue(by, ("Client", "Metering"))
    assert may(stage, by, issued, READ).sentences == (
        (
            "Yes: GET /systems needs SystemsRead, and the token's own groups Client and Metering"
            " give it."
        ),
    )
    assert may(stage, by, issued, CHANGE).sentences == (
        "No: POST /systems needs SystemsWrite, and none of the token's groups gives it.",
    )


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        (
            Question(method="PUT", path="/devices/7"),
            "No: no permission of the catalogue opens PUT /devices/7.",
        ),
        (
            Question(method="PUT", path="/systems/7"),
            "No: no permission of the catalogue opens PUT /systems/7, which has DELETE and PATCH.",
        ),
        (
            Question(method="HEAD", path="/systems"),
            "No: no permission of the catalogue opens HEAD /systems, which has GET and POST.",
        ),
    ],
)
@IN_MEMORY
def test_what_no_permission_opens_is_told(stage: Stage, question: Question, sentence: str):
    by = stage.session()
    told = may(stage, by, stage.issue_personal(by), question)
    assert (told.allowed, told.reason, told.sentences) == (False, None, (sentence,))


@IN_MEMORY
def test_a_whole_url_is_answered_by_its_path(stage: Stage):
    by = stage.session()
    question = Question(method="GET", path="https://api.example/systems?page=2")
    assert may(stage, by, stage.issue_personal(by), question).allowed


@IN_MEMORY
def test_where_nothing_tells_which_permission_a_request_needs_all_of_them_are_needed(stage: Stage):
    before = stage.store.catalogue()
    doubtful = (
        Permission("One", operations=(Operation("GET", "/a{x}"),)),
        Permission("Two", operations=(Operation("GET", "/{x}b"),)),
    )
    after = replace(before, version=before.version + 1, entries=(*before.entries, *doubtful))
    stage.put(after, before)
    by, question = stage.session(), Question(method="GET", path="/a-b")
    assert may(stage, by, stage.issue_personal(by), question).sentences == (
        "Yes: GET /a-b needs One and Two, and Anna Lind's group Administrator gives One and Two.",
    )
    assert may(stage, by, stage.issue_limited(by, "One"), question).sentences == (
        "No: GET /a-b needs One and Two, and the token's list does not name Two.",
    )


def test_a_token_that_is_over_is_told_so_first_and_then_what_it_would_be(stage: Stage):
    by = stage.session()
    issued = stage.issue(by, ("Client",), stage.clock.now() + DAY)
    told = may(stage, by, issued, replace(READ, at=stage.clock.now() + DAY))
    assert (told.allowed, told.otherwise, told.reason) == (False, True, Reason.EXPIRED)
    assert told.sentences == (
        "No: the token has expired, at 2026-03-11T09:00:00Z.",
        "Otherwise yes: GET /systems needs SystemsRead, and the token's own group Client gives it.",
    )
    told = may(stage, by, issued, replace(CHANGE, at=stage.clock.now() + DAY))
    assert (told.allowed, told.otherwise) == (False, False)
    assert told.sentences[1].startswith("Otherwise no: POST /systems needs SystemsWrite, and")
    assert may(stage, by, issued, READ).allowed, "no moment is now"
    stage.authority.revoke.one(by, Holding((stage.organizational,)), issued.described.token.id)
    assert may(stage, by, issued, READ).sentences[0] == (
        "No: the token was revoked, at 2026-03-10T09:00:00Z."
    )


def test_a_suspended_holder_is_told_first(stage: Stage):
    issued = stage.issue_personal(stage.session(CLIENT))
    by = stage.session(ADMINISTRATOR)
    member = stage.membership(CLIENT).id
    stage.authority.memberships.edit(by, member, None, MembershipEdit(suspended=True))
    seen = with_demand(by, Demand(Door.MANAGEMENT, frozenset({"AccountsUsersRead"})))
    holding = Holding((stage.authority.personal,), member)
    told = stage.authority.explain.may(seen, holding, issued.described.token.id, READ)
    assert told.reason is Reason.HOLDER_SUSPENDED
    assert told.sentences[0] == "No: the holder of the token is suspended, or was removed."
    assert told.otherwise


def test_where_a_request_comes_from_counts_where_it_is_said(stage: Stage):
    by = stage.session()
    client = (stage.group("Client").id,)
    networks = ("10.0.0.0/8", "192.0.2.0/24")
    issued = issue(stage, by, Draft("bound", None, client, addresses=networks))
    assert may(stage, by, issued, replace(READ, address="192.0.2.9")).allowed
    told = may(stage, by, issued, replace(READ, address="198.51.100.1"))
    assert told.reason is Reason.WRONG_ADDRESS
    assert told.sentences == ("No: the token may be used from 10.0.0.0/8 or 192.0.2.0/24 alone.",)
    (sentence,) = may(stage, by, issued, READ).sentences
    assert sentence.startswith("Yes: ")
    assert sentence.endswith(", from 10.0.0.0/8 or 192.0.2.0/24.")


@IN_MEMORY
def test_another_api_than_the_one_it_is_meant_for_is_told(stage: Stage):
    by = stage.session()
    client, here = (stage.group("Client").id,), "https://api.example"
    issued = issue(stage, by, Draft("for one", None, client, audience=here))
    assert may(stage, by, issued, READ).allowed
    told = may(stage, by, issued, replace(READ, audience="https://other.example"))
    assert told.sentences == (f"No: the token is meant for {here} alone.",)


@pytest.mark.parametrize(
    ("question", "field"),
    [
        (Question(), "method"),
        (Question(permission="two words"), "permission"),
        (Question(permission="SystemsRead", method="GET", path="/"), "permission"),
        (Question(method="BREW", path="/systems"), "method"),
        (Question(method="get", path="/systems"), "method"),
        (Question(method="GET", path="systems"), "path"),
        (Question(method="GET", path="/" + "a" * 2_000), "path"),
        (Question(method="GET", path="/a\nb"), "path"),
        (Question(method="GET", path="http://[/a"), "path"),
        (replace(READ, address="here"), "address"),
    ],
)
@IN_MEMORY
def test_what_is_no_question_is_refused(stage: Stage, question: Question, field: str):
    by = stage.session()
    with pytest.raises(Refused) as refused:
        may(stage, by, stage.issue_personal(by), question)
    assert refused.value.code is Code.MALFORMED
    assert field in {one.field for one in refused.value.problems}


@IN_MEMORY
def test_the_answer_is_the_verdict_that_the_token_would_get(stage: Stage):
    stage.predefine(PredefinedSet(1, "Readers", "", frozenset({"SystemsRead", STOP})))
    names = ("SystemsRead", "SystemsWrite", STOP, "EventsRead", "AccountTokenWrite", "KeysRead")
    asked = 0
    for email, at in product((ADMINISTRATOR, CLIENT, OPERATOR), (0, DAY)):
        by, until = stage.session(email), stage.clock.now() + DAY
        tokens = [
            stage.issue_personal(by, until),
            stage.issue_limited(by, "SystemsRead", expires_at=until),
            stage.issue_limited(by, set_id=1, expires_at=until),
        ]
        moment = stage.clock.moment
        for issued, name in product(tokens, names):
            told = may(stage, by, issued, Question(permission=name, at=moment + at))
            stage.clock.moment = moment + at
            verdict = stage.verdict(issued.secret, name)
            stage.clock.moment = moment
            assert (told.allowed, told.reason) == (verdict.allowed, verdict.reason)
            assert told.sentences[0].startswith("Yes: " if verdict.allowed else "No: ")
            asked += 1
    assert asked == 108


def test_asking_writes_nothing_and_counts_nothing(stage: Stage):
    by = stage.session()
    issued = stage.issue(by, ("Client",))
    stage.parts.usage.write()
    head = stage.store.head()
    for question in (READ, CHANGE, Question(method="PUT", path="/devices/7")):
        may(stage, by, issued, question)
    stage.parts.usage.write()
    assert stage.store.head() == head
    assert not stage.parts.usage.store.last_used((issued.described.token.id,))


def test_a_token_of_somebody_else_is_answered_to_nobody(stage: Stage):
    issued = stage.issue_personal(stage.session(CLIENT))
    with pytest.raises(Refused) as refused:
        may(stage, stage.session(), issued, READ)
    assert refused.value.code is Code.NOT_FOUND


@IN_MEMORY
def test_an_operators_session_is_answered_by_his_rank(stage: Stage):
    signed_in = stage.sign_in(OPERATOR)
    by = caller(signed_in.secret, Spelling.BEARER, demand=PERSON)
    holding = Holding((stage.authority.session,))
    for name, sentence in (
        ("KeysWrite", "Yes: Olga Berg has KeysWrite as an operator."),
        ("SystemsRead", "Yes: Olga Berg's group Administrator gives SystemsRead."),
    ):
        question = Question(permission=name)
        told = stage.authority.explain.may(by, holding, signed_in.token.id, question)
        assert told.sentences == (sentence,)
