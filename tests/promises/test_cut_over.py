"""A cut-over has one winner, and what is marked ends everywhere, whoever issues meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from stage import ADMINISTRATOR, CLIENT, OPERATOR, Stage
from tokenhouse.core.judge import Reason
from tokenhouse.core.moment import Lifetime
from tokenhouse.core.refusal import Code, Refused, Unavailable
from tokenhouse.operations.holding import Holding
from tokenhouse.operations.issue import Issued

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


def test_a_marked_organization_or_deployment_has_nothing_left(stage: Stage):
    for whole in ("organization", "deployment"):
        by = stage.session(OPERATOR, "OrganizationsWrite")
        held = [
            stage.issue(by).secret,
            stage.issue_personal(stage.session(CLIENT)).secret,
            stage.issue_personal(by).secret,
        ]
        if whole == "organization":
            stage.authority.revoke.all_of_organization(by, stage.organization_id)
        else:
            stage.authority.revoke.all_of_deployment(by)
        assert {stage.verdict(one).reason for one in held} == {Reason.REVOKED}
        assert stage.verdict(stage.issue(stage.session()).secret).allowed
