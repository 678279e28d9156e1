"""A cut-over has one winner, and what is marked ends everywhere, whoever issues meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier

from stage import ADMINISTRATOR, CLIENT, OPERATOR, START, Stage, with_demand
from tokenhouse.core.judge import Demand, Reason
from tokenhouse.core.kind import Asker, Door
from tokenhouse.core.moment import HOUR, Lifetime
from tokenhouse.core.refusal import Code, Refused, Unavailable
from tokenhouse.core.succession import Until
from tokenhouse.operations.edit import Edit
from tokenhouse.operations.holding import Holding
from tokenhouse.operations.issue import Issued
from tokenhouse.operations.tokens import Sought

THREADS = 16


def test_of_many_cut_overs_at_once_one_makes_a_successor(stage: Stage):
    by = stage.session(ADMINISTRATOR, "AccountTokenWrite")
    first = stage.issue(by, ("Client",))
    token_id, holding = first.described.token.id, Holding((stage.organizational,))
    barrier = Barrier(THREADS)

    def cut_over() -> Issued | Code:
        barrier.wait()
        while True:
            try:
                return stage.authority.rotate(by, holding, token_id, None, Lifetime())
            except Refused as refused:
                return refused.code
            except Unavailable:
                continue

    with ThreadPoolExecutor(THREADS) as pool:
        answers = [one.result() for one in [pool.submit(cut_over) for _ in range(THREADS)]]
    (successor,) = (one for one in answers if isinstance(one, Issued))
    assert answers.count(Code.UNPROCESSABLE) == THREADS - 1
    assert stage.verdict(successor.secret).allowed
    assert stage.verdict(first.secret).reason is Reason.SUPERSEDED


def test_of_many_regenerates_at_once_each_makes_one_successor_and_the_number_stands_once(
    stage: Stage,
):
    limited = stage.authority.limited
    by = with_demand(stage.session(), Demand(Door.MANAGEMENT, asker=Asker.SIGNED_IN))
    first = stage.issue_limited(by, "SystemsRead")
    number, barrier = first.described.token.number, Barrier(THREADS)
    assert number is not None

    def regenerate() -> Issued:
        barrier.wait()
        while True:
            with suppress(Unavailable):
                return stage.authority.rotate(by, limited, number, None)

    with ThreadPoolExecutor(THREADS) as pool:
        answers = [one.result() for one in [pool.submit(regenerate) for _ in range(THREADS)]]
    values = [first, *answers]
    predecessors = {one.described.token.predecessor_id for one in answers}
    assert len(predecessors) == THREADS
    live = [one for one in values if stage.verdict(one.secret).allowed]
    assert len(live) == 1
    assert live[0].described.token.id not in predecessors
    holding, family_id = Holding((limited,)), first.described.token.family_id
    listed = stage.authority.tokens.page(by, holding, Sought(100, family_id=family_id)).rows
    assert len(listed) == THREADS + 1
    numbered = [one.token.id for one in listed if one.token.number is not None]
    assert numbered == [live[0].described.token.id]
    (row,) = stage.authority.tokens.rows(by, limited)
    assert (row.token.id, row.token.number) == (numbered[0], number)


def test_of_an_edit_that_gives_an_expired_token_a_new_expiry_and_a_regenerate_no_string_revives(
    stage: Stage,
):
    limited = stage.authority.limited
    signed_in = Demand(Door.MANAGEMENT, asker=Asker.SIGNED_IN)
    first = stage.issue_limited(stage.session(), "SystemsRead", expires_at=START + 1)
    number = first.described.token.number
    assert number is not None
    stage.clock.moment = START + 1
    by, later, barrier = with_demand(stage.session(), signed_in), START + HOUR, Barrier(THREADS)

    def prolong(regenerates: bool) -> Issued | None:
        barrier.wait()
        while True:
            with suppress(Unavailable):
                if regenerates:
                    return stage.authority.rotate(by, limited, number, Until(later))
                stage.authority.edit.numbered(by, limited, number, Edit(expires_at=later))
                return None

    with ThreadPoolExecutor(THREADS) as pool:
        turns = [pool.submit(prolong, place % 2 == 0) for place in range(THREADS)]
        issued = [one for turn in turns if (one := turn.result()) is not None]
    assert stage.verdict(first.secret).reason is Reason.SUPERSEDED
    (row,) = stage.authority.tokens.rows(by, limited)
    assert (row.token.number, row.token.expires_at, row.reason) == (number, later, None)
    live = [one.described.token.id for one in issued if stage.verdict(one.secret).active]
    assert live == [row.token.id]


def test_a_marked_organization_or_deployment_has_nothing_left(stage: Stage):
    for whole in ("organization", "deployment"):
        by = stage.session(OPERATOR, "OrganizationsWrite")
        held = [
            stage.issue(by).secret,
            stage.issue_personal(stage.session(CLIENT)).secret,
            stage.issue_personal(by).secret,
        ]
        if whole == "organization":
            stage.authority.revoke_all.of_organization(by, stage.organization_id)
        else:
            stage.authority.revoke_all.of_deployment(by)
        assert {stage.verdict(one).reason for one in held} == {Reason.REVOKED}
        assert stage.verdict(stage.issue(stage.session()).secret).allowed
