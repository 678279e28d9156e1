"""How tokens are asked for and given."""

from typing import Final

import msgspec
from msgspec.structs import replace

from tokenhouse.boundary import Answer, Object, Request, answered
from tokenhouse.boundary.sorts import SecretText, Text
from tokenhouse.core.credential import MAX_CHARACTERS, Secret
from tokenhouse.operations.device_terms import MAX_PROOF
from tokenhouse.operations.renew import Renewal
from tokenhouse.operations.second_factor import Presented
from tokenhouse.operations.sign_in import Credentials

MAX_USERNAME: Final = 320
MAX_PASSWORD: Final = 1024
MAX_CODE: Final = 64


class _Typed(msgspec.Struct, frozen=True):
    username: str
    password: Secret
    code: Secret | None = None


class _Presented(msgspec.Struct, frozen=True):
    cpu_id: Secret
    uuid: Secret
    token: Secret


CREDENTIALS: Final = Object(
    _Typed,
    {
        "username": Text(MAX_USERNAME),
        "password": SecretText(MAX_PASSWORD),
        "code": SecretText(MAX_CODE),
    },
    required=("username", "password"),
)
RENEWAL: Final = Object(
    _Presented,
    {
        "cpu_id": SecretText(MAX_PROOF),
        "uuid": SecretText(MAX_PROOF),
        "token": SecretText(MAX_CHARACTERS),
    },
    required=("cpu_id", "uuid", "token"),
)


class Token(msgspec.Struct, frozen=True):
    """A token, told this once."""

    token: str


def read_credentials(request: Request) -> Credentials:
    """What to sign in with, and from where."""
    typed = CREDENTIALS.read(request)
    shown = Presented(typed.code)
    return Credentials(typed.username, typed.password, None, request.address, shown)


def read_renewal(request: Request) -> Renewal:
    """What a device presents, and from where."""
    presented = RENEWAL.read(request)
    return Renewal(presented.cpu_id, presented.uuid, presented.token, request.address)


def write_token(status: int, secret: Secret, delay: float) -> Answer:
    """The token, for the only time."""
    return replace(answered(status, Token(secret.reveal())), delay=delay)
