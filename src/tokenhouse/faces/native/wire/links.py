"""How invitations and recovery links are spelled, and what is sent to use one."""

from typing import Final
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from tokenhouse.boundary import Answer, Object, Query, Request, Time, answered, time
from tokenhouse.boundary.cursor import SLICE, Slice, write_slice
from tokenhouse.boundary.lists import Ids
from tokenhouse.boundary.sorts import Flag, SecretText, Text
from tokenhouse.core.credential import MAX_CHARACTERS, Secret
from tokenhouse.core.link import Link, address
from tokenhouse.core.principal import MAX_EMAIL_CHARACTERS
from tokenhouse.faces.native.wire.sessions import (
    CODE,
    MAX_PASSWORD,
    PASSKEY,
    Organization,
    Person,
    named,
)
from tokenhouse.operations.accept import Acceptance, Accepted
from tokenhouse.operations.changes import Stretch
from tokenhouse.operations.found import MAX_FULL_NAME
from tokenhouse.operations.invite import InvitationDraft
from tokenhouse.operations.links import Made
from tokenhouse.operations.recover import Redemption
from tokenhouse.operations.second_factor import Presented
from tokenhouse.operations.sliced import Sliced

DRAFT: Final = Object(
    InvitationDraft,
    {
        "email": Text(MAX_EMAIL_CHARACTERS, empty=False, format="email"),
        "full_name": Text(MAX_FULL_NAME),
        "groups": Ids(),
    },
    required=("email",),
)
"""Whom to invite, and the ids of the groups that he gets."""


class _Accepting(msgspec.Struct, frozen=True):
    code: Secret
    password: Secret
    full_name: str = ""
    factor_code: Secret | None = None
    passkey: Secret | None = None


ACCEPTANCE: Final = Object(
    _Accepting,
    {
        "code": SecretText(MAX_CHARACTERS),
        "password": SecretText(MAX_PASSWORD),
        "full_name": Text(MAX_FULL_NAME),
        "factor_code": CODE,
        "passkey": PASSKEY,
    },
    required=("code", "password"),
)
"""What stands behind `#` in the link, and a password."""


class _Redeeming(msgspec.Struct, frozen=True):
    code: Secret
    password: Secret
    end_personal_tokens: bool = False
    factor_code: Secret | None = None
    passkey: Secret | None = None


REDEMPTION: Final = Object(
    _Redeeming,
    {
        "code": SecretText(MAX_CHARACTERS),
        "password": SecretText(MAX_PASSWORD),
        "end_personal_tokens": Flag(),
        "factor_code": CODE,
        "passkey": PASSKEY,
    },
    required=("code", "password"),
)

INVITATIONS: Final = Query(Slice, SLICE, into={"cursor": "after"})
"""Which stretch of the invitations."""


class Invitation(msgspec.Struct, frozen=True):
    """An invitation that nobody has used. `link` stands in the answer that makes it alone."""

    id: UUID
    email: str
    full_name: str
    groups: list[UUID]
    created_at: Time
    expires_at: Time
    link: str | UnsetType = UNSET


class Recovery(msgspec.Struct, frozen=True):
    """A recovery link, told this once."""

    id: UUID
    link: str
    expires_at: Time


class Joined(msgspec.Struct, frozen=True):
    """Who has joined which organization, by which membership."""

    membership: UUID
    person: Person
    organization: Organization


class Recovered(msgspec.Struct, frozen=True):
    """Whose password was set."""

    person: Person


def invitation_with_link(issuer: str, made: Made) -> Invitation:
    """An invitation as it is told once."""
    link = address(issuer, made.link.purpose, made.secret).reveal()
    return msgspec.structs.replace(_invitation(made.link), link=link)


def recovery_with_link(issuer: str, made: Made) -> Recovery:
    """A recovery link as it is told once."""
    link = address(issuer, made.link.purpose, made.secret).reveal()
    return Recovery(made.link.id, link, time(made.link.expires_at))


def write_invited(issuer: str, made: Made) -> Answer:
    """201 with the link, for the only time."""
    return answered(201, invitation_with_link(issuer, made))


def write_recovery(issuer: str, made: Made) -> Answer:
    """201 with the link, for the only time."""
    return answered(201, recovery_with_link(issuer, made))


def read_stretch(request: Request) -> Stretch:
    """Which rows are asked for, the newest first."""
    wanted = INVITATIONS.read(request)
    return Stretch(wanted.limit, wanted.after, descending=True)


def write_invitations(request: Request, listed: Sliced[Link]) -> Answer:
    """A slice of the list."""
    return write_slice(request, [_invitation(link) for link in listed.rows], listed.after)


def read_acceptance(request: Request) -> Acceptance:
    """What to accept with, and from where."""
    typed = ACCEPTANCE.read(request)
    return Acceptance(
        code=typed.code,
        password=typed.password,
        full_name=typed.full_name,
        address=request.address,
        shown=_shown(typed),
    )


def read_redemption(request: Request) -> Redemption:
    """What to recover with, and from where."""
    typed = REDEMPTION.read(request)
    return Redemption(
        code=typed.code,
        password=typed.password,
        address=request.address,
        end_personal_tokens=typed.end_personal_tokens,
        shown=_shown(typed),
    )


def _shown(typed: _Accepting | _Redeeming) -> Presented:
    """The factor beside a link, whose own code is called `code`."""
    return Presented(typed.factor_code, typed.passkey, field="factor_code")


def write_joined(accepted: Accepted) -> Answer:
    """201 with the membership."""
    person, organization = accepted.person, accepted.organization
    joined = Joined(
        accepted.membership.id,
        named(person),
        Organization(organization.id, organization.name),
    )
    return msgspec.structs.replace(answered(201, joined), delay=accepted.delay)


def _invitation(link: Link) -> Invitation:
    return Invitation(
        id=link.id,
        email=link.email,
        full_name=link.full_name,
        groups=[*link.groups],
        created_at=time(link.created_at),
        expires_at=time(link.expires_at),
    )
