"""Session tokens: the signed token of one sign-in, gridX's "bearer token"."""

from typing import Final

from tokenhouse.core.kind import Door, Kind, Rights, Spelling
from tokenhouse.core.moment import HOUR, Lifetime
from tokenhouse.core.principal import HolderKind

SESSION: Final = Kind(
    name="session",
    title="session token",
    letter=None,
    typ="session+jwt",
    holder=HolderKind.MEMBERSHIP,
    rights=Rights.HOLDER,
    operates=True,
    spellings=frozenset({Spelling.BEARER, Spelling.X_ACCESS_TOKEN}),
    doors=frozenset({Door.RESOURCE, Door.VERIFY, Door.MANAGEMENT}),
    numbered=False,
    lifetime=Lifetime(microseconds=12 * HOUR),
    succession=None,
    ends_with_password=True,
    kept_after_end=HOUR,
)
