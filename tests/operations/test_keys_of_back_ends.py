"""Back ends of one organization know nothing of each other's idempotency keys."""

from stage import Stage, caller
from tokenhouse.core.moment import Lifetime
from tokenhouse.operations.issue import Draft

MONTH = Lifetime(months=1)


def test_two_back_ends_rotate_themselves_under_the_same_key(stage: Stage):
    expires_at = stage.clock.now() + 10**12
    both = [stage.issue(stage.session(), ("Client",), expires_at) for _ in range(2)]
    for number, one in enumerate(both):
        by_itself = caller(one.secret, key="2026-03", request=f"its own {number}".encode())
        token_id = one.described.token.id
        rotated = stage.authority.rotate(by_itself, stage.organizational, token_id, MONTH)
        assert rotated.described.token.predecessor_id == token_id


def test_two_back_ends_issue_under_the_same_key_and_learn_nothing_of_each_other(stage: Stage):
    both = [stage.issue(stage.session(), ("Automation",)) for _ in range(2)]
    draft = Draft("", None, None)
    issued = [
        stage.authority.issue(caller(one.secret, key="1"), stage.organizational, draft)
        for one in both
    ]
    assert len({one.described.token.id for one in issued}) == 2
