"""Where in a request the caller's own credential stands."""

import re
from typing import Final

from tokenhouse.boundary.parameters import read_parameters
from tokenhouse.boundary.request import Request
from tokenhouse.core.credential import Secret
from tokenhouse.core.kind import Spelling
from tokenhouse.core.refusal import Code, Refused

_SCHEMES: Final = {"bearer": Spelling.BEARER, "token": Spelling.TOKEN}
_VALUE: Final = r"[A-Za-z0-9._~+/-]+=*"  # token68, RFC 9110 section 11.2
_AUTHORIZATION: Final = re.compile(rf"(?P<scheme>[A-Za-z]+) (?P<value>{_VALUE})")
_ALONE: Final = re.compile(_VALUE)
_SHOWN: Final = {
    Spelling.BEARER: "`Authorization: Bearer …`",
    Spelling.TOKEN: "`Authorization: Token …`",
    Spelling.X_ACCESS_TOKEN: "`x-access-token: …`",
    Spelling.SESSION: "`session=…`",
    Spelling.COOKIE: "the cookie `__Host-tokenhouse`",
}
_SESSION: Final = "session"
_COOKIE: Final = Spelling.COOKIE.value.removesuffix("=")


def presented(request: Request, spellings: frozenset[Spelling]) -> tuple[Secret, Spelling] | None:
    """The credential in one of these spellings; None if the request carries none.

    Raises Refused(MALFORMED) for two credentials, Refused(UNAUTHENTICATED) for another scheme or
    a malformed value, saying what is right and never what was sent.
    """
    authorization = request.all_headers("authorization")
    alone: tuple[str, ...] = ()
    if Spelling.X_ACCESS_TOKEN in spellings:
        alone = request.all_headers("x-access-token")
    if Spelling.SESSION in spellings and (sent := _in_parameters(request)):
        return sent
    if Spelling.COOKIE in spellings and (sent := _in_cookies(request)):
        if alone or (authorization and not spellings.isdisjoint(_SCHEMES.values())):
            raise _two()
        return sent
    if len(authorization) + len(alone) > 1:
        raise _two()
    if alone and (match := _ALONE.fullmatch(alone[0])):
        return Secret(match[0]), Spelling.X_ACCESS_TOKEN
    if authorization and (match := _AUTHORIZATION.fullmatch(authorization[0])):
        spelling = _SCHEMES.get(match["scheme"].lower())
        if spelling in spellings:
            assert spelling is not None
            return Secret(match["value"]), spelling
    if authorization or alone:
        raise Refused(
            Code.UNAUTHENTICATED, f"The credential is malformed: send {right(spellings)}."
        )
    return None


def _in_parameters(request: Request) -> tuple[Secret, Spelling] | None:
    """The credential that is a parameter; an empty one is none."""
    sent = [value for name, value in read_parameters(request) if name == _SESSION and value]
    if len(sent) > 1:
        raise _two()
    if sent and _ALONE.fullmatch(sent[0]) is None:
        shown = right(frozenset({Spelling.SESSION}))
        raise Refused(Code.UNAUTHENTICATED, f"The credential is malformed: send {shown}.")
    return (Secret(sent[0]), Spelling.SESSION) if sent else None


def _in_cookies(request: Request) -> tuple[Secret, Spelling] | None:
    """The credential that the console's cookie begins with, up to its first dot."""
    text = (cookie(request) or "").partition(".")[0]
    if text and _ALONE.fullmatch(text) is None:
        raise Refused(Code.UNAUTHENTICATED, "The cookie is malformed: sign in again.")
    return (Secret(text), Spelling.COOKIE) if text else None


def cookie(request: Request) -> str | None:
    """The whole value of the console's cookie (RFC 6265, section 4.2.1); an empty one is none.

    Raises Refused(MALFORMED) where it is sent twice.
    """
    pairs = (pair for line in request.all_headers("cookie") for pair in line.split(";"))
    named = (pair.strip(" \t").partition("=") for pair in pairs)
    sent = [value for name, _, value in named if name == _COOKIE]
    if len(sent) > 1:
        raise _two()
    return sent[0] if sent and sent[0] else None


def _two() -> Refused:
    return Refused(Code.MALFORMED, "The request carries two credentials: send one.")


def right(spellings: frozenset[Spelling]) -> str:
    """How these spellings are written, for a sentence."""
    return " or ".join(shown for spelling, shown in _SHOWN.items() if spelling in spellings)
