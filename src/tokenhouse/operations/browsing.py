"""What the console's cookie is, when it ends because nobody browses, and whose form was sent.

Nothing is written when somebody looks at a page. So the cookie says itself when it was last seen,
with a tag that only the master key can make: whoever has a cookie cannot make it younger.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from typing import Final

import msgspec

from tokenhouse.core.credential import Secret, fingerprint
from tokenhouse.core.moment import MINUTE
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.operations.challenges import sealing_key
from tokenhouse.operations.ports import Clock, Store, Vault

IDLE_FOR: Final = 30 * MINUTE
"""A sign-in in a browser ends this long after its last request, to the minute that it fell in."""

_COOKIE: Final = b"cookie"
_FORM: Final = b"form"
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_SEALED: Final = re.compile(
    r"(?P<text>[0-9A-Za-z_]{1,64})\.(?P<stamp>[1-9a-z][0-9a-z]{0,9})\.(?P<tag>[0-9A-Za-z_-]{43})",
    re.ASCII,
)


class Opened(msgspec.Struct, frozen=True):
    """A cookie of ours that is in use; `stale` is to be sealed again, so that it stays so."""

    secret: Secret
    stale: bool


class Browsing:
    """Seals what a browser keeps, and knows it again."""

    def __init__(self, store: Store, vault: Vault, clock: Clock) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock

    def seal(self, secret: Secret) -> str:
        """The cookie of a sign-in that is in use now."""
        stamp = _shortened(self._clock.now() // MINUTE)
        return f"{secret.reveal()}.{stamp}.{self._tag(_COOKIE, secret, stamp)}"

    def open(self, value: str) -> Opened | None:
        """What a cookie holds; None for none of ours, whether its sign-in is good or not.

        Raises Refused(UNAUTHENTICATED) where nobody browsed for IDLE_FOR.
        """
        if (match := _SEALED.fullmatch(value)) is None:
            return None
        secret, stamp = Secret(match["text"]), match["stamp"]
        if not hmac.compare_digest(match["tag"], self._tag(_COOKIE, secret, stamp)):
            return None
        age = self._clock.now() - int(stamp, 36) * MINUTE
        if age < -MINUTE:
            return None
        if age > IDLE_FOR:
            raise Refused(
                Code.UNAUTHENTICATED,
                f"Nothing was done here for {IDLE_FOR // MINUTE} minutes: sign in again.",
            )
        return Opened(secret, stale=age >= MINUTE)

    def form_token(self, secret: Secret) -> str:
        """What the forms of this sign-in carry, which no other site can know."""
        return self._tag(_FORM, secret)

    def is_form_token(self, secret: Secret, token: str) -> bool:
        """Tell whether a form is of this sign-in."""
        return hmac.compare_digest(token.encode(), self.form_token(secret).encode())

    def _tag(self, purpose: bytes, secret: Secret, stamp: str = "") -> str:
        """Begins with the purpose: no challenge does, whose first part is as long as no purpose."""
        said = (purpose, fingerprint(secret.reveal()), stamp.encode())
        message = b"".join(len(part).to_bytes(4, "big") + part for part in said)
        tag = self._vault.tag(message, sealing_key(self._store).master_key_id)
        return urlsafe_b64encode(tag).rstrip(b"=").decode()


def _shortened(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits
