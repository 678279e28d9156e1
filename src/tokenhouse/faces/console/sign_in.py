"""Signing in and out of the console."""

from typing import Final
from uuid import UUID

from msgspec.structs import replace

from tokenhouse.boundary import Answer, Request, Route, parse_id
from tokenhouse.core.credential import Secret
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.faces.console import coming_in, cookie
from tokenhouse.faces.console.form import Form, read
from tokenhouse.faces.console.pages import FIRST, ROOT
from tokenhouse.faces.console.pages import SIGN_IN as PATH
from tokenhouse.faces.console.passkeys import options
from tokenhouse.faces.console.sender import refuse_other_sites
from tokenhouse.faces.console.visit import Visit, go, sent
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.second_factor import Presented
from tokenhouse.operations.sign_in import Credentials

_LONGEST: Final = 1024
"""Characters of a password, an e-mail or a code."""
_ON_THE_PAGE: Final = frozenset(
    {Code.MALFORMED, Code.UNAUTHENTICATED, Code.SECOND_FACTOR, Code.TOO_MANY}
)


def _show(_: Authority, request: Request, __: Caller | None) -> Answer:
    asked = Form(request.query)
    return coming_in.sign_in(request, asked, to=_to(asked.one("to")))


def _sign_in(authority: Authority, request: Request, _: Caller | None) -> Answer:
    refuse_other_sites(request)
    form = read(request)
    to = _to(form.one("to"))
    try:
        signed_in = authority.sign_in.opaque(_credentials(form, request.address))
    except Refused as refused:
        if refused.code not in _ON_THE_PAGE:
            raise
        return coming_in.sign_in(request, form, refused, to=to)
    browsing, carried = authority.browsing, form.one("carried")
    kept = cookie.kept(browsing.seal(signed_in.secret))
    if carried:
        answer = coming_in.go_on(coming_in.carried(carried), browsing.form_token(signed_in.secret))
    else:
        answer = go(request, to)
    headers = (*answer.headers, kept)
    return replace(answer, headers=headers, delay=signed_in.delay)


def _credentials(form: Form, address: str) -> Credentials:
    typed = {name: form.one(name) for name in ("email", "password", "code", "organization")}
    if any(len(value) > _LONGEST for value in typed.values()):
        raise Refused(Code.UNAUTHENTICATED, "The e-mail or the password is wrong.")
    passkey = form.one("passkey")
    shown = Presented(
        code=Secret(typed["code"]) if typed["code"] else None,
        passkey=Secret(passkey) if passkey else None,
    )
    organization_id = _id(typed["organization"])
    return Credentials(typed["email"], Secret(typed["password"]), organization_id, address, shown)


def _id(text: str) -> UUID | None:
    return parse_id(text) if text else None


def _to(wanted: str) -> str:
    """Where to go on: a page of ours, and nothing that leads elsewhere."""
    plain = wanted.isascii() and wanted.isprintable() and "\\" not in wanted
    return wanted if plain and wanted.startswith(ROOT) else FIRST


def _challenge(authority: Authority, request: Request, _: Caller | None) -> Answer:
    refuse_other_sites(request)
    read(request)
    return options(authority.passkeys.challenge(), ())


def _sign_out(visit: Visit) -> Answer:
    visit.authority.revoke.own_session(visit.caller)
    answer = visit.go(PATH)
    return replace(answer, headers=(*answer.headers, cookie.gone()))


ROUTES: Final = (
    Route("GET", PATH, _show),
    Route("POST", PATH, _sign_in),
    Route("POST", f"{PATH}/challenge", _challenge),
    sent("/console/sign-out", _sign_out),
)
