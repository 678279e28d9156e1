"""Refresh tokens: what an application keeps instead of a password, good for new tokens alone."""

from typing import Final

from tokenhouse.core.client import REFRESH_LIFETIME
from tokenhouse.core.kind import Door, Kind, Numbering, Rights
from tokenhouse.core.moment import DAY, Lifetime
from tokenhouse.core.principal import HolderKind
from tokenhouse.core.succession import CUT_OVER

REFRESH: Final = Kind(
    name="refresh",
    title="refresh token",
    letter="r",
    typ=None,
    holder=HolderKind.MEMBERSHIP,
    rights=Rights.DELEGATED,
    operates=False,
    spellings=frozenset(),
    doors=frozenset({Door.REDEEM}),
    numbering=Numbering.NONE,
    lifetime=Lifetime(microseconds=REFRESH_LIFETIME),
    succession=CUT_OVER,
    ends_with_password=True,
    kept_after_end=DAY,
    ends_with_family=True,
)
