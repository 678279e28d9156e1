"""The first run: whoever has the code from the console founds the deployment, once."""

import hashlib
import hmac
from collections.abc import Callable
from threading import Lock
from typing import Final

from tokenhouse.core.credential import RANDOM_BYTES, Secret, mint
from tokenhouse.core.moment import HOUR
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.operations.found import Found, Founded, Founding
from tokenhouse.operations.ports import Clock, Entropy

GOOD_FOR: Final = HOUR
"""How long a code is good, in microseconds."""
MAX_WRONG: Final = 100
"""Wrong codes in the life of one process; after these no code is good any more."""
LETTER: Final = "f"
"""Stands where a token string names its kind. It is no kind's: the code opens nothing else."""

_AGAIN: Final = "Start the server again for a new one."


class FirstRun:
    """Keeps one code, in memory and as a hash only, and founds for whoever presents it.

    It has the form of our opaque strings, so that a log hides it and a mistyped one is noticed.
    `begin` is called once the deployment is founded, before anyone is told.
    """

    def __init__(
        self,
        found: Found,
        clock: Clock,
        entropy: Entropy,
        brand: str,
        begin: Callable[[], object] = lambda: None,
    ) -> None:
        self._found = found
        self._clock = clock
        self._entropy = entropy
        self._brand = brand
        self._begin = begin
        self._kept = Lock()
        self._founding = Lock()
        self._digest: bytes | None = None
        self._good_until = 0
        self._wrong = 0

    @property
    def issuer(self) -> str:
        """The public URL that the deployment will have."""
        return self._found.issuer

    def start(self) -> Secret:
        """Make a code, for the console alone; the one before is good no longer."""
        code = mint(self._brand, LETTER, self._entropy(RANDOM_BYTES))
        with self._kept:
            self._digest = _digest(code)
            self._good_until = self._clock.now() + GOOD_FOR
        return code

    def is_over(self) -> bool:
        """Tell whether the deployment is set up, here or by another process."""
        return self._found.is_done()

    def __call__(self, code: Secret, founding: Founding) -> Founded:
        """Found the deployment.

        Raises Refused(UNAUTHENTICATED) for a code that is not good, before anything else is looked
        at, and Refused(TOO_MANY) after too many of them. A code is used up by success alone.
        """
        self._check(code)
        with self._founding:  # one after another: a second one finds it done, and not half done
            founded = self._found(founding)
            with self._kept:
                self._digest = None
            self._begin()
        return founded

    def _check(self, code: Secret) -> None:
        digest, now = _digest(code), self._clock.now()
        with self._kept:
            if self._wrong >= MAX_WRONG:
                raise Refused(Code.TOO_MANY, f"Too many wrong codes were tried. {_AGAIN}")
            kept = self._digest if now < self._good_until else None
            if kept is None or not hmac.compare_digest(kept, digest):
                self._wrong += 1
                raise Refused(
                    Code.UNAUTHENTICATED,
                    "This code is wrong, or no longer good: it lives for one hour, and in the"
                    f" server that printed it. {_AGAIN}",
                )


def _digest(code: Secret) -> bytes:
    return hashlib.sha256(code.reveal().encode("utf-8", "surrogatepass")).digest()
