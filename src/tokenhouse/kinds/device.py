"""Device tokens: what a machine shows, signed, renewed by the machine itself (Spoke Zone)."""

from typing import Final

from tokenhouse.core.kind import Door, Kind, Numbering, Rights, Spelling
from tokenhouse.core.moment import DAY, Lifetime
from tokenhouse.core.principal import HolderKind
from tokenhouse.core.signing_key import RENEWAL_GRACE
from tokenhouse.core.succession import Fate, Terms

DEVICE: Final = Kind(
    name="device",
    title="device token",
    letter=None,
    typ="device+jwt",
    holder=HolderKind.DEVICE,
    rights=Rights.NONE,
    operates=False,
    spellings=frozenset({Spelling.X_ACCESS_TOKEN}),
    doors=frozenset({Door.RESOURCE, Door.VERIFY, Door.DEVICES, Door.MQTT}),
    numbering=Numbering.NONE,
    lifetime=Lifetime(microseconds=7 * DAY),
    succession=Terms(Fate.LIVES, grace=RENEWAL_GRACE),
    ends_with_password=False,
    kept_after_end=400 * DAY,
    ends_with_family=True,
)
