"""Access tokens: what an application shows to APIs, for an hour (RFC 9068)."""

from typing import Final

from msgspec.structs import replace

from tokenhouse.core.kind import Door, Kind, Numbering, Rights, Spelling
from tokenhouse.core.moment import HOUR, Lifetime
from tokenhouse.core.principal import HolderKind

ACCESS: Final = Kind(
    name="access",
    title="access token",
    letter=None,
    typ="at+jwt",
    holder=HolderKind.MEMBERSHIP,
    rights=Rights.DELEGATED,
    operates=False,
    spellings=frozenset({Spelling.BEARER}),
    doors=frozenset({Door.RESOURCE, Door.VERIFY}),
    numbering=Numbering.NONE,
    lifetime=Lifetime(microseconds=HOUR),
    succession=None,
    ends_with_password=True,
    kept_after_end=HOUR,
)

CLIENT_ACCESS: Final = replace(
    ACCESS,
    holder=HolderKind.CLIENT,
    rights=Rights.CLIENT,
    doors=ACCESS.doors | {Door.ASKING},
    ends_with_password=False,
)
"""The same that a client asked for in its own name, with which it asks about tokens of others."""
