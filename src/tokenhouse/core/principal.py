"""Who can hold a token: people, organizations and what joins them."""

import re
import unicodedata
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.core.identifier import PENDING
from tokenhouse.core.moment import Moment

DEPLOYMENT: Final = UUID(int=0)
"""Stands where a mutation names an organization but concerns the whole deployment."""


MAX_EMAIL_CHARACTERS: Final = 320
"""Of an address in its canonical form."""
MAX_SHORT_NAME_CHARACTERS: Final = 64
LEAST_PASSWORD_CHARACTERS: Final = 15
"""Of every password: whoever has a second factor may remove it again."""

_EMAIL: Final = re.compile(r"[^@]+@[^@.]+(?:\.[^@.]+)*")


class HolderKind(StrEnum):
    """What sort of thing holds a token."""

    ORGANIZATION = "organization"
    MEMBERSHIP = "membership"
    CLIENT = "client"
    DEVICE = "device"


class Deployment(msgspec.Struct, frozen=True):
    """The one record of the deployment: its name as an issuer, and its mark.

    `revoked_before` is a feed sequence: tokens issued at or before it are revoked.
    """

    id: UUID
    version: int
    issuer: str
    brand: str
    revoked_before: int
    created_at: Moment


class Organization(msgspec.Struct, frozen=True):
    """Owner of people's memberships, policy groups and tokens; the boundary no query crosses.

    Its policies: `longest_lifetimes` gives the microseconds that a token of a kind may live at
    most, by the kind's name, and `expiry_required` forbids tokens that never expire.
    """

    id: UUID
    version: int
    name: str
    suspended: bool
    revoked_before: int
    created_at: Moment
    updated_at: Moment
    longest_lifetimes: dict[str, int] = {}
    expiry_required: bool = False


class Person(msgspec.Struct, frozen=True):
    """A human principal. `email` is canonical and unique in the deployment.

    So is `short_name`, by which he can sign in as well; None: he has none.

    `number` is the integer by which dialects name people; never given out again.

    Marks are feed sequences: `revoked_before` reaches all of the person's tokens,
    `sign_ins_revoked_before` those that a password opened: of them `sessions_revoked_before` his
    own sessions, `grants_revoked_before` what applications were given for the password alone. None
    reaches `spared_token_id`, the session in which the person set them.

    `hotkey` is the single key that copies his session token in the console; None: no key does.
    """

    id: UUID
    version: int
    email: str
    full_name: str
    operator: bool
    suspended: bool
    revoked_before: int
    default_organization_id: UUID
    created_at: Moment
    updated_at: Moment
    sign_ins_revoked_before: int = 0
    spared_token_id: UUID | None = None
    number: int = PENDING
    short_name: str | None = None
    grants_revoked_before: int = 0
    hotkey: str | None = None
    sessions_revoked_before: int = 0


class Password(msgspec.Struct, frozen=True):
    """A person's password as we keep it, under the person's id, apart from every other record."""

    id: UUID
    version: int
    phc: str

    def __repr__(self) -> str:
        return f"Password(id={self.id!r})"


class Membership(msgspec.Struct, frozen=True):
    """Joins a person and an organization, and carries the policy groups."""

    id: UUID
    version: int
    person_id: UUID
    organization_id: UUID
    groups: tuple[UUID, ...]
    suspended: bool
    ended_at: Moment | None
    revoked_before: int
    created_at: Moment
    updated_at: Moment


def canonical_email(text: str) -> str:
    """Give the form under which an e-mail address is unique: NFC, case-folded, no outer space."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text.strip()).casefold())


def canonical_short_name(text: str) -> str:
    """The form under which a short name is unique: as an e-mail's."""
    return canonical_email(text)


def is_short_name(text: str) -> bool:
    """Tell whether text can be a short name: letters, digits and `.-_`, and so never an e-mail."""
    name = canonical_short_name(text)
    formed = 0 < len(name) <= MAX_SHORT_NAME_CHARACTERS
    return formed and all(one.isalnum() or one in ".-_" for one in name)


def is_email(text: str) -> bool:
    """Tell whether text has the form of an e-mail address; whether mail arrives is not asked."""
    address = canonical_email(text)
    formed = len(address) <= MAX_EMAIL_CHARACTERS and _EMAIL.fullmatch(address) is not None
    # neither white space nor control characters, visible or not
    return formed and all(unicodedata.category(one)[0] not in "CZ" for one in address)
