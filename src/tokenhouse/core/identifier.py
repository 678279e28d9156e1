"""Public ids: UUID version 7 (RFC 9562), which sort by the moment they were made; and numbers."""

from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.core.moment import Moment

ID_BYTES: Final = 10
"""Random bytes that one id takes."""

PENDING: Final = -1
"""Stands in a record for a feed sequence, number or status index that only the commit knows."""


NUMBERS_END: Final = 2**31
"""Numbers and status indexes stay below this: dialects give them to 32-bit readers."""


def first_id(moment: Moment) -> UUID:
    """What every id made at this moment or later is greater than."""
    return UUID(int=(moment // 1000) << 80)


def made_at(made: UUID) -> Moment:
    """The moment by which an id was made, to the millisecond."""
    return (made.int >> 80) * 1000


def uuid7(moment: Moment, random: bytes) -> UUID:
    """Make an id from a moment and ID_BYTES of randomness."""
    if len(random) != ID_BYTES:
        raise ValueError(f"an id takes {ID_BYTES} random bytes")
    number = (moment // 1000) << 80 | int.from_bytes(random, "big")
    number = number & ~(0xF << 76) | 0x7 << 76
    number = number & ~(0x3 << 62) | 0x2 << 62
    return msgspec.convert(number.to_bytes(16, "big"), UUID)  # faster than the constructor
