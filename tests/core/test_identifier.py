"""Public ids: UUIDs of version 7."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.records import BOUNDED
from tokenhouse.core.identifier import ID_BYTES, first_id, made_at, uuid7

MOMENTS = st.integers(0, 253_402_300_799_999_999)
RANDOM = st.binary(min_size=ID_BYTES, max_size=ID_BYTES)


def test_the_example_of_rfc_9562_is_made_exactly() -> None:
    random = (0x0CC3 << 64 | 0x18C4DC0C0C07398F).to_bytes(ID_BYTES, "big")
    made = uuid7(0x017F22E279B0 * 1000, random)
    assert made == UUID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")


@BOUNDED
@given(MOMENTS, RANDOM)
def test_an_id_is_of_version_7_and_tells_its_millisecond(moment: int, random: bytes) -> None:
    made = uuid7(moment, random)
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert made_at(made) == moment // 1000 * 1000
    assert made > first_id(moment)


@BOUNDED
@given(MOMENTS, MOMENTS, RANDOM, RANDOM)
def test_a_later_millisecond_makes_a_greater_id(
    one: int, other: int, random: bytes, more: bytes
) -> None:
    if one // 1000 < other // 1000:
        assert uuid7(one, random) < uuid7(other, more)


@BOUNDED
@given(MOMENTS, st.integers(0, 79))
def test_every_random_bit_but_the_six_of_version_and_variant_counts(moment: int, bit: int) -> None:
    plain = uuid7(moment, bytes(ID_BYTES))
    flipped = uuid7(moment, (1 << bit).to_bytes(ID_BYTES, "big"))
    assert (plain == flipped) is (bit in {62, 63, 76, 77, 78, 79})


@pytest.mark.parametrize("count", [0, ID_BYTES - 1, ID_BYTES + 1])
def test_an_id_is_not_made_from_another_amount_of_randomness(count: int) -> None:
    with pytest.raises(ValueError, match="random bytes"):
        uuid7(0, bytes(count))
