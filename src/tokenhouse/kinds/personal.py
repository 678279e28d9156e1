"""Personal tokens: one person's convenience, with all that the membership may do now (gridX)."""

from typing import Final

from tokenhouse.core.kind import Door, Kind, Numbering, Rights, Spelling
from tokenhouse.core.moment import DAY
from tokenhouse.core.principal import HolderKind

PERSONAL: Final = Kind(
    name="personal",
    title="personal token",
    letter="p",
    typ=None,
    holder=HolderKind.MEMBERSHIP,
    rights=Rights.HOLDER,
    operates=False,
    spellings=frozenset({Spelling.TOKEN, Spelling.X_ACCESS_TOKEN, Spelling.SESSION}),
    doors=frozenset({Door.RESOURCE, Door.VERIFY, Door.MANAGEMENT, Door.DEVICES}),
    numbering=Numbering.NONE,
    lifetime=None,
    succession=None,
    ends_with_password=False,
    kept_after_end=400 * DAY,
)
