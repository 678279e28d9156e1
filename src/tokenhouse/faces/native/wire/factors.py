"""How second factors are spelled: what somebody has, what he shows, what is made for him."""

from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.boundary import Answer, Object, Request, Time, answered, time
from tokenhouse.boundary.sorts import SecretText
from tokenhouse.core.credential import Secret
from tokenhouse.core.second_factor import Factors, Passkey
from tokenhouse.faces.native.wire.sessions import CODE, MAX_PASSWORD, PASSKEY
from tokenhouse.operations.confirming import Evidence
from tokenhouse.operations.factors import Codes, NewTotp
from tokenhouse.operations.second_factor import Presented


class _Confirmed(msgspec.Struct, frozen=True):
    password: Secret
    code: Secret | None = None
    passkey: Secret | None = None


CONFIRMED: Final = Object(
    _Confirmed,
    {"password": SecretText(MAX_PASSWORD), "code": CODE, "passkey": PASSKEY},
    required=("password",),
)
"""The password, and a second factor where there is one."""
HOW: Final = (
    " Confirm it with your password, and with a factor if you have one: `code`, or `passkey` with"
    " the answer to a challenge for this request."
)


class _Shown(msgspec.Struct, frozen=True):
    code: Secret


SHOWN: Final = Object(_Shown, {"code": CODE}, required=("code",))
"""What the app shows now."""


class App(msgspec.Struct, frozen=True):
    """The authenticator app that counts."""

    since: Time


class KeptPasskey(msgspec.Struct, frozen=True):
    """A passkey, by what its owner calls it."""

    id: UUID
    label: str
    created_at: Time
    last_used_at: Time | None


class CodesLeft(msgspec.Struct, frozen=True):
    """How many recovery codes were not used yet."""

    left: int
    created_at: Time


class Mine(msgspec.Struct, frozen=True):
    """What somebody has. `required`: he has to show one of them beside his password."""

    required: bool
    totp: App | None
    passkeys: list[KeptPasskey]
    recovery_codes: CodesLeft | None


class Prepared(msgspec.Struct, frozen=True):
    """What an authenticator app is given, told this once: `uri` is what its QR code says."""

    secret: str
    uri: str


class Recovering(msgspec.Struct, frozen=True):
    """New recovery codes, told this once; none where there are some already."""

    recovery_codes: list[str]


def deed_of(request: Request) -> str:
    """What a challenge is asked for, by the request that its answer stands in."""
    return f"{request.method} {request.path}"


def read_evidence(request: Request) -> Evidence:
    """What the caller confirms with."""
    sent = CONFIRMED.read(request)
    shown = Presented(sent.code, sent.passkey, deed=deed_of(request))
    return Evidence(sent.password, shown)


def write_factors(factors: Factors) -> Answer:
    """What somebody has."""
    return answered(200, shown(factors))


def shown(factors: Factors) -> Mine:
    """The same as a value."""
    app, codes = factors.active_totp, factors.recovery_codes
    return Mine(
        factors.owed,
        None if app is None else App(time(app.confirmed_at or app.created_at)),
        [kept_passkey(one) for one in factors.passkeys],
        None if codes is None else CodesLeft(len(codes.digests), time(codes.created_at)),
    )


def write_app(made: NewTotp) -> Answer:
    """201 with the secret, for the only time."""
    told = Prepared(made.secret.reveal(), made.uri.reveal())
    return replace(answered(201, told), delay=made.delay)


def write_codes(status: int, codes: Codes) -> Answer:
    """New recovery codes, for the only time."""
    return replace(answered(status, Recovering(texts(codes))), delay=codes.delay)


def kept_passkey(passkey: Passkey) -> KeptPasskey:
    """A passkey as it is listed."""
    used = passkey.last_used_at
    return KeptPasskey(
        passkey.id,
        passkey.label,
        time(passkey.created_at),
        None if used is None else time(used),
    )


def texts(codes: Codes) -> list[str]:
    """The codes as they are told, once."""
    return [code.reveal() for code in codes.codes]
