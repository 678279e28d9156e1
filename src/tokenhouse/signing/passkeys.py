"""Passkeys (WebAuthn level 3): what a browser answers to a challenge is read and checked."""

import ipaddress
import json
from collections.abc import Callable
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from tokenhouse.core.credential import Secret
from tokenhouse.core.second_factor import Passkey
from tokenhouse.operations.ports import Registered

T = TypeVar("T")

MAX_CREDENTIAL_ID_BYTES: Final = 1023
"""Longer ones are to be refused (WebAuthn, section 7.1)."""


class WebAuthn:
    """Fulfils `Ceremonies` for one public URL. Users have to verify themselves to their device."""

    def __init__(self, issuer: str) -> None:
        self._origin = issuer
        self._host = urlsplit(issuer).hostname or ""

    @property
    def rp_id(self) -> str | None:
        """The name that passkeys are bound to; None where the public URL has none."""
        try:
            ipaddress.ip_address(self._host)
        except ValueError:
            return self._host
        return None

    def challenge(self, credential: Secret) -> bytes | None:
        """The challenge that an answer names, of which nothing is believed yet."""
        from webauthn.helpers import base64url_to_bytes

        def read() -> bytes:
            response = _read(credential)["response"]
            named = json.loads(base64url_to_bytes(response["clientDataJSON"]))["challenge"]
            return base64url_to_bytes(named)

        return _or_none(read)

    def credential_id(self, credential: Secret) -> bytes | None:
        """The id of the passkey that an answer names."""
        from webauthn.helpers import base64url_to_bytes

        return _or_none(lambda: base64url_to_bytes(_read(credential)["rawId"]))

    def registered(self, credential: Secret, challenge: bytes) -> Registered | None:
        """The new passkey of an answer to this challenge; None for anything else."""
        from webauthn import verify_registration_response

        def verify() -> Registered | None:
            done = verify_registration_response(
                credential=_read(credential),
                expected_challenge=challenge,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                require_user_verification=True,
            )
            if len(done.credential_id) > MAX_CREDENTIAL_ID_BYTES:
                return None
            return Registered(done.credential_id, done.credential_public_key, done.sign_count)

        return _or_none(verify)

    def asserted(self, credential: Secret, challenge: bytes, passkey: Passkey) -> int | None:
        """The new count of a passkey that answered this challenge; None for anything else."""
        from webauthn import verify_authentication_response

        def verify() -> int | None:
            read = _read(credential)
            if not _is_of(read, passkey):
                return None
            done = verify_authentication_response(
                credential=read,
                expected_challenge=challenge,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=True,
            )
            return done.new_sign_count

        return _or_none(verify)


def _is_of(read: dict[str, Any], passkey: Passkey) -> bool:
    """Whether the user whom an answer names, where it names one, is the passkey's."""
    from webauthn.helpers import base64url_to_bytes

    named = read["response"].get("userHandle")
    return not named or base64url_to_bytes(named) == passkey.person_id.bytes


def _read(credential: Secret) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(credential.reveal())
    return read


def _or_none(verify: Callable[[], T | None]) -> T | None:
    try:
        return verify()
    except Exception:  # noqa: BLE001 -- it asks nothing outside: whatever it raises is of the bytes
        return None
