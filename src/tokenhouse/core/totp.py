"""One-time codes by time (RFC 6238): SHA-1, six digits, a step of 30 seconds."""

import base64
import hashlib
import hmac
import re
from typing import Final
from urllib.parse import quote, urlencode

from tokenhouse.core.moment import SECOND, Moment

STEP_SECONDS: Final = 30
DIGITS: Final = 6
DRIFT_STEPS: Final = 1
"""So many steps a clock may go before or behind ours."""
SECRET_BYTES: Final = 20
"""As long as what SHA-1 gives (RFC 4226, section 4)."""
NO_STEP: Final = -1
"""Stands where no step was accepted yet."""

_CODE: Final = re.compile(r"[0-9]{6}", re.ASCII)


def step_of(moment: Moment) -> int:
    """The step that a moment lies in."""
    return moment // (STEP_SECONDS * SECOND)


def code_at(secret: bytes, step: int) -> str:
    """The code of a step (RFC 4226, section 5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), hashlib.sha1)
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def is_code(text: str) -> bool:
    """Tell whether text has the form of a code; spaces within are how some apps show it."""
    return _CODE.fullmatch(_bare(text)) is not None


def accepted_step(secret: bytes, text: str, now: Moment, last_step: int) -> int | None:
    """The step whose code this is; None where it is none, or none behind the last one accepted.

    Each step is accepted once, however its code is written: whoever saw it typed must not use it.
    """
    if not is_code(text):
        return None
    typed, current = _bare(text), step_of(now)
    steps = range(current - DRIFT_STEPS, current + DRIFT_STEPS + 1)
    # Every step is compared, so that the time taken tells nothing of which was near.
    matching = [step for step in steps if hmac.compare_digest(code_at(secret, step), typed)]
    return next((step for step in matching if step > last_step), None)


def secret_text(secret: bytes) -> str:
    """A secret as authenticator apps take it by hand: base32 without padding."""
    return base64.b32encode(secret).decode().rstrip("=")


def key_uri(issuer: str, account: str, secret: bytes) -> str:
    """What the QR code says that an authenticator app reads."""
    label = f"{quote(issuer, safe='')}:{quote(account, safe='@')}"
    query = urlencode(
        {
            "secret": secret_text(secret),
            "issuer": issuer,
            "algorithm": "SHA1",
            "digits": DIGITS,
            "period": STEP_SECONDS,
        },
        quote_via=quote,
    )
    return f"otpauth://totp/{label}?{query}"


def _bare(text: str) -> str:
    return text.replace(" ", "")
