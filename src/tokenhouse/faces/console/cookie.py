"""The cookie of a sign-in: the opaque string of its session, sealed with when it was used last."""

from typing import Final, TypeAlias

from tokenhouse.core.kind import Spelling
from tokenhouse.core.moment import SECOND
from tokenhouse.operations.browsing import IDLE_FOR

Header: TypeAlias = tuple[str, str]

_NAME: Final = Spelling.COOKIE.value.removesuffix("=")
_TERMS: Final = "Path=/; Secure; HttpOnly; SameSite=Lax"


def kept(sealed: str) -> Header:
    """The header that has a browser keep it, as long as a sign-in may lie idle."""
    return "set-cookie", f"{_NAME}={sealed}; {_TERMS}; Max-Age={IDLE_FOR // SECOND}"


def gone() -> Header:
    """The header that has a browser forget it."""
    return "set-cookie", f"{_NAME}=; {_TERMS}; Max-Age=0"
