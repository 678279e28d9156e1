"""Second factors on a stage: an authenticator app, and an authenticator that holds passkeys."""

import base64
import hashlib
import json
import os
from typing import Any, Final

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

from stage import ADMINISTRATOR, PASSWORD, Stage, caller
from tokenhouse.core.credential import Secret
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Asker, Door, Spelling
from tokenhouse.core.totp import code_at, step_of
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.confirming import Evidence
from tokenhouse.operations.second_factor import NOTHING, Presented
from tokenhouse.operations.sign_in import Credentials, SignedIn

ADDRESS: Final = "192.0.2.1"
RP_ID: Final = "localhost"
ORIGIN: Final = "http://localhost:8080"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class App:
    """An authenticator app that was turned on, with the recovery codes that came with it."""

    def __init__(self, stage: Stage, secret: str) -> None:
        self._stage = stage
        self.secret = base64.b32decode(secret + "=" * (-len(secret) % 8))
        self.codes: tuple[str, ...] = ()

    def code(self, ahead: int = 0) -> str:
        """What it shows now, or so many steps ahead."""
        return code_at(self.secret, step_of(self._stage.clock.now()) + ahead)

    def next(self) -> str:
        """What it shows once the step before is over."""
        self._stage.clock.moment += 30_000_000
        return self.code()


class Authenticator:
    """Holds one passkey and does what a browser and a device do together (WebAuthn level 3)."""

    def __init__(self, *, counts: bool = True, origin: str = ORIGIN, rp_id: str = RP_ID) -> None:
        self.id = os.urandom(16)
        self.user = b""
        self.flags = PRESENT | VERIFIED
        self.origin = origin
        self.rp_id = rp_id
        self.count = 0
        self._counts = counts
        self._key = generate_private_key(SECP256R1())

    def create(self, challenge: bytes, user: bytes) -> Secret:
        """What `navigator.credentials.create()` gives."""
        self.user = user
        numbers = self._key.public_key().public_numbers()
        public = cbor2.dumps(
            {
                1: 2,
                3: -7,
                -1: 1,
                -2: numbers.x.to_bytes(32, "big"),
                -3: numbers.y.to_bytes(32, "big"),
            }
        )
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + public
        data = self._data(self.flags | ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        said = self._client_data("webauthn.create", challenge)
        return self._answer({"clientDataJSON": said, "attestationObject": attestation})

    def get(self, challenge: bytes) -> Secret:
        """What `navigator.credentials.get()` gives."""
        if self._counts:
            self.count += 1
        said, data = self._client_data("webauthn.get", challenge), self._data(self.flags)
        signed = self._key.sign(data + hashlib.sha256(said).digest(), ECDSA(SHA256()))
        return self._answer(
            {
                "clientDataJSON": said,
                "authenticatorData": data,
                "signature": signed,
                "userHandle": self.user,
            }
        )

    def _data(self, flags: int) -> bytes:
        about = hashlib.sha256(self.rp_id.encode()).digest()
        return about + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client_data(self, type_: str, challenge: bytes) -> bytes:
        said = {"type": type_, "challenge": text(challenge), "origin": self.origin}
        return json.dumps(said).encode()

    def _answer(self, response: dict[str, bytes]) -> Secret:
        answer: dict[str, Any] = {
            "id": text(self.id),
            "rawId": text(self.id),
            "type": "public-key",
            "response": {name: text(value) for name, value in response.items()},
            "clientExtensionResults": {},
        }
        return Secret(json.dumps(answer))


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


# what people do


def own(stage: Stage, email: str = ADMINISTRATOR, shown: Presented = NOTHING) -> Caller:
    """Somebody who signed in, at a route of his own account."""
    demand = Demand(Door.MANAGEMENT, asker=Asker.SIGNED_IN)
    return caller(sign_in(stage, email, shown).secret, Spelling.BEARER, demand=demand)


def sign_in(stage: Stage, email: str = ADMINISTRATOR, shown: Presented = NOTHING) -> SignedIn:
    credentials = Credentials(email, Secret(PASSWORD), None, ADDRESS, shown)
    return stage.authority.sign_in(credentials)


def code(typed: str) -> Presented:
    return Presented(Secret(typed))


def by_password(shown: Presented = NOTHING) -> Evidence:
    return Evidence(Secret(PASSWORD), shown)


def turn_app_on(stage: Stage, email: str = ADMINISTRATOR, by: Caller | None = None) -> App:
    """An app, whose step now is used up."""
    by = by or own(stage, email)
    factors = stage.authority.my_factors
    app = App(stage, factors.begin_totp(by, by_password()).secret.reveal())
    made = factors.confirm_totp(by, Secret(app.code()))
    app.codes = tuple(one.reveal() for one in made.codes)
    return app


def add_passkey(
    stage: Stage,
    email: str = ADMINISTRATOR,
    by: Caller | None = None,
    shown: Presented = NOTHING,
    **kind: Any,
) -> Authenticator:
    by = by or own(stage, email)
    creating = stage.authority.passkeys.begin(by, by_password(shown))
    holder = Authenticator(**kind)
    made = holder.create(creating.asked.challenge, creating.person.id.bytes)
    stage.authority.passkeys.finish(by, "a key", made)
    return holder


def answered(stage: Stage, holder: Authenticator) -> Presented:
    """A passkey's answer to a new challenge for signing in."""
    return Presented(passkey=holder.get(stage.authority.passkeys.challenge().challenge))
