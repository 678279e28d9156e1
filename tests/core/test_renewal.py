"""What comes of a device token that is presented again: the twelve hours, and one successor."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from core.records import BOUNDED, DEVICE, FAMILY_END, NOW, ORGANIZATION, found_of
from core.records import DEVICE_ID as OTHERS
from tokenhouse.core.credential import Secret
from tokenhouse.core.device import is_proven
from tokenhouse.core.judge import Reason
from tokenhouse.core.moment import DAY, HOUR, SECOND
from tokenhouse.core.renewal import Again, Fresh, Presented, Renewal, renew
from tokenhouse.core.standing import Found
from tokenhouse.kinds.device import DEVICE as KIND

LIFE = 7 * DAY
SUCCESSOR_ID = UUID("018f0000-0000-7000-8000-0000000000d2")


def _expired(ago: int, **fields: object) -> Found:
    found = found_of(KIND)
    token = replace(found.token, created_at=NOW - ago - LIFE, expires_at=NOW - ago, **fields)
    return replace(found, token=token)


def _standing(found: Found, **fields: object) -> Found:
    return replace(found, standing=replace(found.standing, **fields))


def _successor(left: int, life: int = LIFE, **fields: object) -> Found:
    found = found_of(KIND)
    made = {"id": SUCCESSOR_ID, "created_at": NOW + left - life, "expires_at": NOW + left}
    return replace(found, token=replace(found.token, **{**made, **fields}))


def _renewed(found: Found, successor: Found | None = None, *, proven: bool = True) -> Renewal:
    return renew(KIND, Presented(found, proven, successor), NOW + LIFE, NOW)


@pytest.mark.parametrize(
    ("ago", "renews"),
    [
        (-LIFE + 1, True),
        (0, True),
        (12 * HOUR - SECOND, True),
        (12 * HOUR, True),
        (12 * HOUR + 1, False),
        (12 * HOUR + SECOND, False),
        (400 * DAY, False),
    ],
)
def test_a_token_renews_until_twelve_hours_after_its_expiry_and_no_longer(ago: int, renews: bool):
    renewed = _renewed(_expired(ago))
    if not renews:
        assert renewed is Reason.EXPIRED
        return
    assert isinstance(renewed, Fresh)
    successor = renewed.successor
    assert (successor.expires_at, successor.predecessor) == (NOW + LIFE, None)
    assert successor.family_id == found_of(KIND).token.family_id


@pytest.mark.parametrize(
    ("left", "again"),
    [(LIFE, True), (LIFE // 2 + 1, True), (LIFE // 2, False), (1, False), (0, False)],
)
def test_the_same_successor_is_given_while_more_than_half_of_its_life_is_left(
    left: int, again: bool
):
    successor = _successor(left)
    renewed = _renewed(_expired(HOUR, successor_id=SUCCESSOR_ID), successor)
    assert renewed == Again(successor) if again else isinstance(renewed, Fresh)


def test_a_successor_that_is_good_no_longer_is_not_given_again():
    for ended in ({"revoked_at": NOW - 1}, {"family_id": UUID(int=5)}):
        assert isinstance(_renewed(_expired(HOUR), _successor(LIFE, **ended)), Fresh)


REFUSED = {
    Reason.REVOKED: lambda found: replace(found, token=replace(found.token, revoked_at=NOW - 1)),
    Reason.FAMILY_ENDED: lambda found: _standing(found, family_end=FAMILY_END),
    Reason.ORGANIZATION_SUSPENDED: lambda found: _standing(
        found, organization=replace(ORGANIZATION, suspended=True)
    ),
    Reason.HOLDER_SUSPENDED: lambda found: _standing(found, device=replace(DEVICE, suspended=True)),
}


@pytest.mark.parametrize("reason", REFUSED)
@pytest.mark.parametrize("ago", [-HOUR, HOUR])
def test_what_has_ended_or_is_suspended_renews_neither_live_nor_expired(reason: Reason, ago: int):
    found = REFUSED[reason](_expired(ago))
    assert _renewed(found, _successor(LIFE)) is reason


def test_a_mark_on_the_device_ends_all_that_came_before_it_for_good():
    found = _expired(HOUR)
    marked = _standing(found, device=replace(DEVICE, revoked_before=found.token.sequence))
    assert _renewed(marked) is Reason.REVOKED
    earlier = _standing(found, device=replace(DEVICE, revoked_before=found.token.sequence - 1))
    assert isinstance(_renewed(earlier), Fresh)


def test_a_token_of_a_removed_device_or_of_another_renews_nothing():
    assert _renewed(_standing(_expired(HOUR), device=None)) is Reason.HOLDER_SUSPENDED
    for strange in ({"id": UUID(int=7)}, {"organization_id": UUID(int=7)}):
        other = _standing(_expired(HOUR), device=replace(DEVICE, **strange))
        assert _renewed(other) is Reason.UNKNOWN


@BOUNDED
@given(st.integers(-LIFE + 1, 500 * DAY), st.one_of(st.none(), st.integers(0, LIFE)))
def test_who_does_not_prove_to_be_the_device_is_given_nothing_at_any_time(
    ago: int, left: int | None
):
    successor = None if left is None else _successor(left)
    assert _renewed(_expired(ago), successor, proven=False) is Reason.UNKNOWN


@BOUNDED
@given(st.integers(-LIFE + 1, 12 * HOUR), st.integers(-DAY, LIFE))
def test_whoever_proves_himself_in_time_goes_on_whatever_became_of_the_answer(ago: int, left: int):
    assert isinstance(_renewed(_expired(ago), _successor(left)), Fresh | Again)


@pytest.mark.parametrize(
    ("cpu_id", "uuid", "proven"),
    [
        (DEVICE.cpu_id, DEVICE.uuid, True),
        (DEVICE.cpu_id, DEVICE.uuid.upper(), False),
        (DEVICE.uuid, DEVICE.cpu_id, False),
        (DEVICE.cpu_id, "", False),
        ("", DEVICE.uuid, False),
        ("", "", False),
        (f"{DEVICE.cpu_id} ", DEVICE.uuid, False),
    ],
)
def test_a_device_is_proven_by_both_numbers_exactly(cpu_id: str, uuid: str, proven: bool):
    assert is_proven(DEVICE, Secret(cpu_id), Secret(uuid)) is proven


def test_nothing_proves_a_device_without_a_cpu_id_nor_one_that_is_gone():
    bare = replace(DEVICE, cpu_id=None)
    for device in (bare, replace(bare, uuid=""), None):
        for cpu_id in ("", "None", "\0"):
            assert not is_proven(device, Secret(cpu_id), Secret(DEVICE.uuid))
            assert not is_proven(device, Secret(cpu_id), Secret(""))


def test_no_repr_of_a_device_shows_what_proves_it():
    assert repr(DEVICE) == f"Device(id={OTHERS!r})"
    for proof in (DEVICE.cpu_id, DEVICE.uuid):
        assert str(proof) not in repr((DEVICE, found_of(KIND)))
