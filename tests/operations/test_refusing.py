"""Whatever a verdict says of a token, its bearer is told in a sentence."""

import pytest

from core.records import NOW, found_of
from tokenhouse.core.judge import Demand, Reason, Verdict, judge
from tokenhouse.core.kind import Door, Kind, Spelling
from tokenhouse.core.refusal import Code
from tokenhouse.kinds import ALL
from tokenhouse.kinds.access import ACCESS, CLIENT_ACCESS
from tokenhouse.kinds.refresh import REFRESH
from tokenhouse.operations.refusing import refusal

KINDS = dict.fromkeys((*ALL, ACCESS, CLIENT_ACCESS, REFRESH))
SENT = [one for one in Spelling if one is not Spelling.NAMED]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("spelling", SENT)
def test_a_good_token_at_a_wrong_door_is_told_so_whatever_its_kind(kind: Kind, spelling: Spelling):
    demand = Demand(Door.REDEEM)
    refused = refusal(judge(kind, found_of(kind), spelling, demand, "", NOW), spelling, demand)
    assert refused.code is Code.WRONG_DOOR
    assert kind.title in refused.public


@pytest.mark.parametrize("reason", Reason)
def test_no_reason_is_without_a_sentence_of_its_own(reason: Reason):
    verdict = Verdict(reason, None if reason is Reason.UNKNOWN else found_of(ACCESS), ACCESS)
    demand = Demand(Door.RESOURCE)
    told = refusal(verdict, Spelling.BEARER, demand).public
    others = {
        refusal(Verdict(one, verdict.found, ACCESS), Spelling.BEARER, demand).public
        for one in Reason
        if one is not reason
    }
    assert told
    assert told not in others
