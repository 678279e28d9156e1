"""Session tokens: the signed token of one sign-in, gridX's "bearer token", and its opaque twin."""

from typing import Final

from msgspec.structs import replace

from tokenhouse.core.kind import Door, Kind, Numbering, Rights, Spelling
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
    spellings=frozenset({Spelling.BEARER, Spelling.X_ACCESS_TOKEN, Spelling.SESSION}),
    doors=frozenset({Door.RESOURCE, Door.VERIFY, Door.MANAGEMENT, Door.DEVICES, Door.MQTT}),
    numbering=Numbering.NONE,
    lifetime=Lifetime(microseconds=12 * HOUR),
    succession=None,
    ends_with_password=True,
    kept_after_end=HOUR,
)

SESSION_ID: Final = replace(
    SESSION,
    letter="s",
    typ=None,
    doors=SESSION.doors - {Door.MQTT},
    spellings=frozenset({Spelling.SESSION, Spelling.COOKIE}),
)
"""The same sign-in as an opaque string: for the dialect whose `session` travels as a parameter, and
for the console's cookie."""
