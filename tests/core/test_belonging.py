"""A token that was found with somebody else's records is as good as none."""

from uuid import UUID

import pytest
from msgspec.structs import replace

from core.records import MEMBERSHIP, NOW, ORGANIZATION, PERSON, found_of
from tokenhouse.core.judge import Demand, Reason, judge
from tokenhouse.core.kind import Door, Kind, Spelling
from tokenhouse.core.standing import Found, Standing
from tokenhouse.kinds.organizational import ORGANIZATIONAL
from tokenhouse.kinds.personal import PERSONAL

ELSEWHERE = UUID("018f0000-0000-7000-8000-0000000000ff")


def reason(kind: Kind, found: Found) -> Reason | None:
    return judge(kind, found, Spelling.TOKEN, Demand(Door.RESOURCE), "", NOW).reason


def with_standing(kind: Kind, **changed: object) -> Found:
    found = found_of(kind)
    standing: Standing = replace(found.standing, **changed)
    return replace(found, standing=standing)


@pytest.mark.parametrize("kind", [ORGANIZATIONAL, PERSONAL], ids=lambda kind: kind.name)
def test_records_of_another_organization_make_a_token_unknown(kind: Kind):
    assert reason(kind, found_of(kind)) is None
    foreign = replace(ORGANIZATION, id=ELSEWHERE)
    assert reason(kind, with_standing(kind, organization=foreign)) is Reason.UNKNOWN
    groups = tuple(
        replace(group, organization_id=ELSEWHERE) for group in found_of(kind).standing.groups
    )
    assert groups
    assert reason(kind, with_standing(kind, groups=groups)) is Reason.UNKNOWN


@pytest.mark.parametrize(
    "changed",
    [
        {"membership": replace(MEMBERSHIP, id=ELSEWHERE)},
        {"membership": replace(MEMBERSHIP, organization_id=ELSEWHERE)},
        {"person": replace(PERSON, id=ELSEWHERE)},
    ],
    ids=["another membership", "a membership elsewhere", "another person"],
)
def test_somebody_elses_membership_makes_a_personal_token_unknown(changed: dict[str, object]):
    assert reason(PERSONAL, with_standing(PERSONAL, **changed)) is Reason.UNKNOWN


def test_a_record_of_another_kind_makes_a_token_unknown():
    assert reason(PERSONAL, found_of(ORGANIZATIONAL)) is Reason.UNKNOWN
