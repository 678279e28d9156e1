"""Refusals say to the caller what is public, and keep the rest to us."""

import pytest

from tokenhouse.core.refusal import Code, Problem, Refused, Unavailable


def test_the_private_detail_of_a_refusal_is_in_none_of_its_texts() -> None:
    refused = Refused(Code.FORBIDDEN, "Not yours.", detail="row 7 of the ledger")
    assert refused.detail == "row 7 of the ledger"
    assert "ledger" not in f"{refused} {refused!r} {refused.args}"


def test_a_refusal_carries_code_sentence_faults_and_both_delays() -> None:
    fault = Problem("groups[0]", "is not a policy group")
    refused = Refused(Code.TOO_MANY, "Wait.", (fault,), retry_after=7, delay=0.5)
    assert (refused.code, refused.public) == (Code.TOO_MANY, "Wait.")
    assert refused.problems == (fault,)
    assert (refused.retry_after, refused.delay) == (7, 0.5)
    assert str(refused) == "too_many_attempts: Wait."


def test_inability_is_no_refusal_and_a_refusal_no_inability() -> None:
    assert not issubclass(Unavailable, Refused)
    assert not issubclass(Refused, Unavailable)
    with pytest.raises(Unavailable, match="store"):
        raise Unavailable("the store did not answer")


def test_the_codes_are_closed_and_their_wire_names_frozen() -> None:
    assert {code.value for code in Code} == {
        "malformed", "too_large", "unauthenticated", "wrong_door", "forbidden", "not_found",
        "method_not_allowed", "not_acceptable", "unsupported_media_type", "unprocessable",
        "not_listed", "already_done", "stale", "precondition_required", "gone",
        "idempotency_key_reused", "too_many_attempts", "invalid_grant", "unauthorized_client",
        "unsupported_grant_type", "invalid_scope", "second_factor_required",
    }  # fmt: skip
