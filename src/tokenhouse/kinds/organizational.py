"""Organizational tokens: back end to back end, following their policy groups (gridX)."""

from typing import Final

from tokenhouse.core.kind import Door, Kind, Numbering, Rights, Spelling
from tokenhouse.core.moment import DAY
from tokenhouse.core.principal import HolderKind
from tokenhouse.core.succession import Fate, Terms

ORGANIZATIONAL: Final = Kind(
    name="organizational",
    title="organizational token",
    letter="o",
    typ=None,
    holder=HolderKind.ORGANIZATION,
    rights=Rights.GROUPS,
    operates=False,
    spellings=frozenset({Spelling.TOKEN}),
    doors=frozenset({Door.RESOURCE, Door.VERIFY, Door.MANAGEMENT, Door.ASKING}),
    numbering=Numbering.EACH,
    lifetime=None,
    succession=Terms(Fate.LIVES),
    ends_with_password=False,
    kept_after_end=400 * DAY,
)
