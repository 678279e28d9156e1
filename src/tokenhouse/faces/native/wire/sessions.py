"""How a sign-in is spelled."""

from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tokenhouse.boundary import Answer, Object, Request, Time, answered, time
from tokenhouse.boundary.nested import Handed
from tokenhouse.boundary.sorts import Id, SecretText, Text
from tokenhouse.core import principal
from tokenhouse.core.credential import Secret
from tokenhouse.core.moment import SECOND
from tokenhouse.operations.second_factor import Presented
from tokenhouse.operations.sign_in import Credentials, SignedIn

MAX_EMAIL: Final = 320
MAX_PASSWORD: Final = 1024


MAX_CODE: Final = 64
"""Characters of a code, as it may be typed."""
MAX_ASSERTION: Final = 16_384
"""Characters of what a browser says of a passkey that answered."""
CODE: Final = SecretText(MAX_CODE)
"""What an authenticator app shows, or a recovery code."""
PASSKEY: Final = Handed(
    MAX_ASSERTION, "What `navigator.credentials.get()` gave for a challenge, by its `toJSON()`."
)


class _Typed(msgspec.Struct, frozen=True):
    email: str
    password: Secret
    organization: UUID | None = None
    code: Secret | None = None
    passkey: Secret | None = None


CREDENTIALS: Final = Object(
    _Typed,
    {
        "email": Text(MAX_EMAIL, format="email"),
        "password": SecretText(MAX_PASSWORD),
        "organization": Id(),
        "code": CODE,
        "passkey": PASSKEY,
    },
    required=("email", "password"),
)
"""E-mail, password, the id of the organization to sign in to if wanted, a second factor if owed."""


class Person(msgspec.Struct, frozen=True):
    """Who signed in."""

    id: UUID
    email: str
    full_name: str


class Organization(msgspec.Struct, frozen=True):
    """Where the session is good."""

    id: UUID
    name: str


class Session(msgspec.Struct, frozen=True):
    """A session that began. `token` is told this once; `expires_in` is in seconds."""

    id: UUID
    token: str
    token_type: Literal["Bearer"]
    expires_at: Time
    expires_in: Annotated[int, Meta(ge=0)]
    person: Person
    organization: Organization


def named(person: principal.Person) -> Person:
    """Somebody where no more is told of him."""
    return Person(person.id, person.email, person.full_name)


def read_credentials(request: Request) -> Credentials:
    """What to sign in with, and from where."""
    typed = CREDENTIALS.read(request)
    shown = Presented(typed.code, typed.passkey)
    return Credentials(typed.email, typed.password, typed.organization, request.address, shown)


def write_signed_in(signed_in: SignedIn) -> Answer:
    """201 with the session token, for the only time."""
    token, standing = signed_in.token, signed_in.standing
    person, organization = standing.person, standing.organization
    assert token.expires_at is not None
    assert person is not None
    session = Session(
        id=token.id,
        token=signed_in.secret.reveal(),
        token_type="Bearer",  # noqa: S106 -- a word of RFC 6750
        expires_at=time(token.expires_at),
        expires_in=token.expires_at // SECOND - token.created_at // SECOND,
        person=named(person),
        organization=Organization(organization.id, organization.name),
    )
    return msgspec.structs.replace(answered(201, session), delay=signed_in.delay)
