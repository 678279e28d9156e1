"""The questions that every kind of token answers, and the doors they open."""

from enum import StrEnum
from typing import Final

import msgspec

from tokenhouse.core.moment import Lifetime
from tokenhouse.core.principal import HolderKind
from tokenhouse.core.succession import Terms


class Spelling(StrEnum):
    """Where a request carries the token string; the value is how people write it."""

    BEARER = "Authorization: Bearer"
    TOKEN = "Authorization: Token"
    X_ACCESS_TOKEN = "x-access-token"
    SESSION = "session="
    """A parameter of the query or of a form (Virtuozzo)."""
    COOKIE = "__Host-tokenhouse="
    """What a browser keeps of a sign-in in the console, and sends there by itself."""
    NAMED = "named in a body"
    """The string is what is asked about or given away, not the proof of who asks."""


class Door(StrEnum):
    """What a presented token is offered for."""

    RESOURCE = "resource"
    """A protected API of a customer, or of the demo."""
    VERIFY = "verify"
    """Asking whether the presented token itself is good."""
    MANAGEMENT = "management"
    """Changing or listing what Tokenhouse keeps."""
    DEVICES = "devices"
    """What Tokenhouse keeps of devices, in the dialect in which a device may look at itself."""
    ASKING = "asking"
    """Asking about somebody else's token."""
    MQTT = "mqtt"
    """Connecting to a broker: its user name, or its password."""
    REDEEM = "redeem"
    """Giving a refresh token away for new tokens."""


class Asker(StrEnum):
    """Who has to stand behind the credential, beyond its permissions."""

    ANYONE = "anyone"
    PERSON = "person"
    SIGNED_IN = "signed in"
    """A person in a session: what mints tokens for people is never done by such a token."""
    DEVICE = "device"
    """A device, and nobody in its place: what is the device's own needs no permission."""


class Rights(StrEnum):
    """Where a token's permissions come from."""

    HOLDER = "holder"
    """All that the membership may do now."""
    GROUPS = "groups"
    """What the groups named in the record hold now."""
    LIMITED = "limited"
    """Of what the membership may do now, what the record's list or predefined set names."""
    DELEGATED = "delegated"
    """Of what the membership may do now, what the client is allowed and the record's list names."""
    CLIENT = "client"
    """Of what the client is allowed, what the record's list names."""
    NONE = "none"
    """No permission: a device's token opens what is the device's own."""


OF_CLIENTS: Final = frozenset({Rights.DELEGATED, Rights.CLIENT})
"""The rights that a client bounds: a token with one of these was issued at a client."""


class Numbering(StrEnum):
    """Which integer stands for a token in the dialects that want one."""

    NONE = "none"
    EACH = "each"
    """Each token has its own."""
    FAMILY = "family"
    """One for a family: its last token has it, and hands it on to its successor."""


class Kind(msgspec.Struct, frozen=True):
    """A sort of token, as data: its form, its holder, the doors it opens, how it is succeeded.

    Exactly one of `letter` (opaque strings) and `typ` (the JWT header of signed ones) is set. A
    token that has both forms has a kind of the same name for each, and so has one that two sorts
    of holders can have.
    `lifetime` is what a token lives when nobody says; None means as asked, or for ever.
    """

    name: str
    title: str
    letter: str | None
    typ: str | None
    holder: HolderKind
    rights: Rights
    operates: bool
    """Whether an operator's deployment permissions count in it."""
    spellings: frozenset[Spelling]
    doors: frozenset[Door]
    numbering: Numbering
    lifetime: Lifetime | None
    succession: Terms | None
    ends_with_password: bool
    """Whether a changed password of its person ends it: what a password opened."""
    kept_after_end: int
    """Microseconds that a record outlives its end."""
    ends_with_family: bool = False
    """Whether revoking one ends its family: else a predecessor could bring it back."""


_NAMED_AT: Final = frozenset({Door.RESOURCE, Door.VERIFY, Door.MQTT, Door.REDEEM})
"""Where a string may be named in a body: asked about, or redeemed; none so manages anything."""


def opens(kind: Kind, spelling: Spelling, door: Door) -> bool:
    """Tell whether a token of this kind, sent in this spelling, is taken at a door."""
    if door not in kind.doors:
        return False
    if spelling is Spelling.NAMED:
        return door in _NAMED_AT
    return spelling in kind.spellings
