"""How passkeys are spelled: what a browser is given, as WebAuthn has it, and what it gives."""

import base64
from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from tokenhouse.boundary import Answer, Object, answered
from tokenhouse.boundary.nested import Handed
from tokenhouse.boundary.sorts import Text
from tokenhouse.core.credential import Secret
from tokenhouse.core.moment import SECOND
from tokenhouse.core.second_factor import CHALLENGE_GOOD_FOR, MAX_LABEL
from tokenhouse.faces.native.wire.factors import KeptPasskey, kept_passkey, texts
from tokenhouse.operations.passkeys import Asked, Creating, Made

MAX_CREDENTIAL: Final = 32_768
"""Characters of what a browser says of a new passkey."""
_ALGORITHMS: Final = (-8, -7, -257)
"""Ed25519, ES256, RS256 by their numbers in COSE, the preferred one first."""


class _Finished(msgspec.Struct, frozen=True):
    label: str
    credential: Secret


FINISHED: Final = Object(
    _Finished,
    {
        "label": Text(MAX_LABEL, empty=False),
        "credential": Handed(
            MAX_CREDENTIAL, "What `navigator.credentials.create()` gave, by its `toJSON()`."
        ),
    },
    required=("label", "credential"),
)
"""What the browser made, and what its owner calls it."""


class _Deed(msgspec.Struct, frozen=True):
    deed: str


MAX_DEED: Final = 200
DEED: Final = Object(
    _Deed, {"for": Text(MAX_DEED, empty=False)}, required=("for",), into={"for": "deed"}
)
"""Method and path of the request that the passkey's answer is to confirm."""


class Added(msgspec.Struct, frozen=True):
    """A new passkey, and the recovery codes that the first factor brings."""

    passkey: KeptPasskey
    recovery_codes: list[str]


class RequestOptions(msgspec.Struct, frozen=True, rename="camel"):
    """`PublicKeyCredentialRequestOptionsJSON` of WebAuthn."""

    challenge: str
    rp_id: str
    timeout: int
    user_verification: Literal["required"] = "required"
    allow_credentials: list[str] = []
    """Empty: which passkeys there are is told to nobody."""


class Challenge(msgspec.Struct, frozen=True, rename="camel"):
    """What `navigator.credentials.get()` is given, once its parts are read from JSON."""

    public_key: RequestOptions


class Party(msgspec.Struct, frozen=True):
    """Whom the passkey is for."""

    id: str
    name: str


class User(msgspec.Struct, frozen=True, rename="camel"):
    """Whose it is."""

    id: str
    name: str
    display_name: str


class Algorithm(msgspec.Struct, frozen=True):
    """What a passkey may sign with, by its number in COSE."""

    alg: int
    type: Literal["public-key"] = "public-key"


class Named(msgspec.Struct, frozen=True):
    """A passkey that is there already."""

    id: str
    type: Literal["public-key"] = "public-key"


class Selection(msgspec.Struct, frozen=True, rename="camel"):
    """It has to know its user, and to verify him."""

    resident_key: Literal["required"] = "required"
    require_resident_key: bool = True
    user_verification: Literal["required"] = "required"


class CreationOptions(msgspec.Struct, frozen=True, rename="camel"):
    """`PublicKeyCredentialCreationOptionsJSON` of WebAuthn."""

    challenge: str
    rp: Party
    user: User
    pub_key_cred_params: list[Algorithm]
    timeout: int
    exclude_credentials: list[Named]
    authenticator_selection: Selection = Selection()
    attestation: Literal["none"] = "none"


class Creation(msgspec.Struct, frozen=True, rename="camel"):
    """What `navigator.credentials.create()` is given, once its parts are read from JSON."""

    public_key: CreationOptions


def write_challenge(asked: Asked) -> Answer:
    """A challenge for a passkey."""
    options = RequestOptions(_text(asked.challenge), asked.rp_id, _timeout())
    return answered(200, Challenge(options))


def write_creation(creating: Creating) -> Answer:
    """What a passkey is made from."""
    person, asked = creating.person, creating.asked
    options = CreationOptions(
        _text(asked.challenge),
        Party(asked.rp_id, asked.rp_id),
        User(_text(person.id.bytes), person.email, person.full_name),
        [Algorithm(number) for number in _ALGORITHMS],
        _timeout(),
        [Named(_text(one)) for one in creating.others],
    )
    return replace(answered(200, Creation(options)), delay=creating.delay)


def write_made(made: Made) -> Answer:
    """201 with the passkey."""
    return answered(201, Added(kept_passkey(made.passkey), texts(made.codes)))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _timeout() -> int:
    return CHALLENGE_GOOD_FOR * 1000 // SECOND
