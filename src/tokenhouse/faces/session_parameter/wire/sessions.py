"""How sessions are spelled: who signs in, who did, and since when."""

from collections.abc import Iterable
from typing import Final, Literal
from uuid import UUID

import msgspec

from tokenhouse.boundary import Answer, Form, Request
from tokenhouse.boundary.sorts import SecretText, Text
from tokenhouse.core.credential import Secret
from tokenhouse.core.principal import MAX_EMAIL_CHARACTERS, Person
from tokenhouse.core.token import Token
from tokenhouse.faces.session_parameter.wire.moments import write_moment
from tokenhouse.faces.session_parameter.wire.parameters import IGNORED, MAX_CODE, MAX_PASSWORD
from tokenhouse.faces.session_parameter.wire.results import write
from tokenhouse.faces.session_parameter.wire.sorts import SessionIds
from tokenhouse.operations.second_factor import Presented
from tokenhouse.operations.sign_in import Credentials, SignedIn


class _Typed(msgspec.Struct, frozen=True):
    login: str
    password: Secret
    code: Secret | None = None


SIGN_IN: Final = Form(
    _Typed,
    {
        "login": Text(MAX_EMAIL_CHARACTERS, empty=False),
        "password": SecretText(MAX_PASSWORD),
        "code": SecretText(MAX_CODE),
    },
    ("login", "password"),
    ignored=IGNORED,
)


def _ids(ids: tuple[UUID, ...] | str) -> tuple[UUID, ...] | None:
    return None if isinstance(ids, str) else ids


SIGN_OUT: Final = Form(_ids, {"ids": SessionIds()}, ("ids",), ignored=IGNORED)
"""The sessions to end; None: all."""


class Session(msgspec.Struct, frozen=True):
    """A session that began. It is told this once."""

    result: Literal[0]
    session: str
    uid: int
    email: str
    name: str


class Signed(msgspec.Struct, frozen=True, rename={"access_type": "accessType"}):
    """The credential is good. `accessType` says whether it is a session or a token."""

    result: Literal[0]
    uid: int
    access_type: Literal["session", "token"]


class Whose(msgspec.Struct, frozen=True, rename={"display_name": "displayName"}):
    """Whose credential it is."""

    result: Literal[0]
    uid: int
    email: str
    name: str
    display_name: str


class Listed(msgspec.Struct, frozen=True, rename={"expires_at": "expiresAt"}):
    """A session of the caller, without what it is presented by."""

    id: UUID
    created: str
    expires_at: str


class Sessions(msgspec.Struct, frozen=True):
    """The caller's sessions that have not ended."""

    result: Literal[0]
    sessions: list[Listed]


def read_credentials(request: Request) -> Credentials:
    """What to sign in with, and from where."""
    typed = SIGN_IN.read(request)
    shown = Presented(typed.code)
    return Credentials(typed.login, typed.password, None, request.address, shown)


def write_signed_in(signed_in: SignedIn) -> Answer:
    """The session, for the only time."""
    person = signed_in.standing.person
    assert person is not None
    began = Session(0, signed_in.secret.reveal(), person.number, person.email, person.full_name)
    return write(began, signed_in.delay)


def write_signed(person: Person, *, in_session: bool) -> Answer:
    """Whether a session or a token was presented."""
    return write(Signed(0, person.number, "session" if in_session else "token"))


def write_whose(person: Person) -> Answer:
    """Whose credential was presented."""
    name = person.full_name
    return write(Whose(0, person.number, person.email, name, name))


def write_sessions(tokens: Iterable[Token]) -> Answer:
    """Sessions, the newest first."""
    return write(Sessions(0, [_listed(one) for one in tokens]))


def _listed(token: Token) -> Listed:
    assert token.expires_at is not None
    return Listed(token.id, write_moment(token.created_at), write_moment(token.expires_at))
