"""How a changed password or e-mail is spelled."""

from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.boundary import Answer, Object, Request, answered
from tokenhouse.boundary.precondition import entity_tag
from tokenhouse.boundary.sorts import Flag, SecretText, Text
from tokenhouse.core.credential import Secret
from tokenhouse.core.principal import MAX_EMAIL_CHARACTERS
from tokenhouse.faces.native.wire.factors import deed_of
from tokenhouse.faces.native.wire.sessions import CODE, MAX_PASSWORD, PASSKEY, Person, named
from tokenhouse.operations.change_password import NewPassword
from tokenhouse.operations.changes import Member
from tokenhouse.operations.second_factor import Presented


class _Changed(msgspec.Struct, frozen=True):
    current: Secret
    new: Secret
    end_personal_tokens: bool = False
    code: Secret | None = None
    passkey: Secret | None = None


PASSWORD: Final = Object(
    _Changed,
    {
        "current": SecretText(MAX_PASSWORD),
        "new": SecretText(MAX_PASSWORD),
        "end_personal_tokens": Flag(),
        "code": CODE,
        "passkey": PASSKEY,
    },
    required=("current", "new"),
)


class _Address(msgspec.Struct, frozen=True):
    email: str


EMAIL: Final = Object(
    _Address,
    {"email": Text(MAX_EMAIL_CHARACTERS, empty=False, format="email")},
    required=("email",),
)


class Reachable(msgspec.Struct, frozen=True):
    """Whose e-mail it is, by the membership; as it is kept now."""

    membership: UUID
    person: Person


def read_password(request: Request) -> NewPassword:
    """The password that somebody has and the one that he wants."""
    sent = PASSWORD.read(request)
    shown = Presented(sent.code, sent.passkey, deed=deed_of(request))
    return NewPassword(sent.current, sent.new, sent.end_personal_tokens, shown)


def write_member(member: Member) -> Answer:
    """200 with the version of the membership, which rose."""
    person, membership = member.person, member.membership
    told = Reachable(membership.id, named(person))
    return answered(200, told, (entity_tag(membership.version),))
