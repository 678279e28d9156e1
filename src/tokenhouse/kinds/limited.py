"""Limited personal tokens: a person's rights, cut down to a list of API methods (Virtuozzo)."""

from typing import Final

from tokenhouse.core.kind import Door, Kind, Numbering, Rights, Spelling
from tokenhouse.core.moment import DAY
from tokenhouse.core.principal import HolderKind
from tokenhouse.core.succession import CUT_OVER

LIMITED: Final = Kind(
    name="limited_personal",
    title="limited personal token",
    letter="l",
    typ=None,
    holder=HolderKind.MEMBERSHIP,
    rights=Rights.LIMITED,
    operates=False,
    spellings=frozenset({Spelling.TOKEN, Spelling.X_ACCESS_TOKEN, Spelling.SESSION}),
    doors=frozenset({Door.RESOURCE, Door.VERIFY, Door.MANAGEMENT, Door.DEVICES}),
    numbering=Numbering.FAMILY,
    lifetime=None,
    succession=CUT_OVER,
    ends_with_password=False,
    kept_after_end=400 * DAY,
    ends_with_family=True,
)
