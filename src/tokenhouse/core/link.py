"""One-time links: how people are invited, and how they recover. Each is good at one door, once."""

from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.core.credential import Secret
from tokenhouse.core.moment import DAY, Moment

LETTER: Final = "u"
"""Stands where a token string names its kind. It is no kind's: a link opens nothing else."""


class Purpose(StrEnum):
    """What a link is for."""

    INVITATION = "invitation"
    RECOVERY = "recovery"


INVITATION_GOOD_FOR: Final = 7 * DAY
"""How long somebody has to accept an invitation, in microseconds."""
RECOVERY_GOOD_FOR: Final = DAY
"""The same for a recovery."""


PAGES: Final = {
    Purpose.INVITATION: "/console/invitation",
    Purpose.RECOVERY: "/console/recovery",
}
"""The page that takes the links of a purpose."""


class MakerKind(StrEnum):
    """Whose right a link rests on. It is looked at again when the link is used."""

    MEMBERSHIP = "membership"
    TOKEN = "token"
    """An organizational token."""
    OPERATOR = "operator"
    MACHINE = "machine"
    """Somebody at the machine itself, whose right cannot end."""


class Link(msgspec.Struct, frozen=True):
    """What a one-time link does when it is used; never its string. Used or withdrawn, it is gone.

    An invitation names the `email` that it was made for and the `groups` that the new membership
    carries; a recovery the person, and the `email` and `password_version` that he has: whichever
    is changed meanwhile ends the link. `maker_id` is the membership's, token's or person's id.
    `sequence` is the feed sequence of its making, by which markers reach it.
    """

    id: UUID
    version: int
    purpose: Purpose
    organization_id: UUID
    fingerprint: bytes
    email: str
    full_name: str
    groups: tuple[UUID, ...]
    person_id: UUID | None
    password_version: int
    maker_kind: MakerKind
    maker_id: UUID | None
    sequence: int
    created_at: Moment
    expires_at: Moment


def address(issuer: str, purpose: Purpose, code: Secret) -> Secret:
    """Where a link is taken, its string behind `#`, which browsers send nowhere."""
    return Secret(f"{issuer}{PAGES[purpose]}#{code.reveal()}")
