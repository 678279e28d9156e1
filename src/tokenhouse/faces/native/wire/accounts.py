"""How a changed password or e-mail is spelled."""

from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.boundary import Answer, Object, answered
from tokenhouse.boundary.precondition import entity_tag
from tokenhouse.boundary.sorts import Flag, SecretText, Text
from tokenhouse.core.principal import MAX_EMAIL_CHARACTERS
from tokenhouse.faces.native.wire.sessions import MAX_PASSWORD, Person
from tokenhouse.operations.change_password import NewPassword
from tokenhouse.operations.changes import Member

PASSWORD: Final = Object(
    NewPassword,
    {
        "current": SecretText(MAX_PASSWORD),
        "new": SecretText(MAX_PASSWORD),
        "end_personal_tokens": Flag(),
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


def write_member(member: Member) -> Answer:
    """200 with the version of the membership, which rose."""
    person, membership = member.person, member.membership
    told = Reachable(membership.id, Person(person.id, person.email, person.full_name))
    return answered(200, told, (entity_tag(membership.version),))
