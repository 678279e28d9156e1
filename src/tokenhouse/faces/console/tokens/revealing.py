"""A token's string, shown this once: with what to do with it, and a test of it."""

import re
from typing import Final
from urllib.parse import quote

from msgspec.structs import replace

from tokenhouse.boundary import Answer
from tokenhouse.core.credential import Secret
from tokenhouse.core.judge import UNKNOWN, Demand, Reason, Verdict
from tokenhouse.core.kind import Door, Spelling
from tokenhouse.core.refusal import Refused
from tokenhouse.faces.console.ready import VARIABLE, Command, over_http
from tokenhouse.faces.console.tokens.naming import kind_among
from tokenhouse.faces.console.tokens.whose import MINE, Whose
from tokenhouse.faces.console.visit import Visit, sent
from tokenhouse.look import times
from tokenhouse.operations.issue import Issued
from tokenhouse.operations.refusing import why_not_good

_NOT_OF_A_NAME: Final = re.compile(r"[^a-z0-9]+")
_LONGEST_NAME: Final = 40
_LONGEST: Final = 4_096
"""Characters of what is tested; no string of ours is as long."""
_HEADERS: Final = {
    Spelling.TOKEN: ("Authorization", "Token "),
    Spelling.BEARER: ("Authorization", "Bearer "),
    Spelling.X_ACCESS_TOKEN: ("x-access-token", ""),
}
"""In the order of preference. Brokers take no kind of these, but the tokens of sign-ins."""
_WHY_NOT: Final = {
    Reason.UNKNOWN: "This is no token of your organization.",
    Reason.WRONG_ADDRESS: "It is good, but not from your address: it is bound to others.",
}


def shown_once(visit: Visit, whose: Whose, issued: Issued, overlap: str = "") -> Answer:
    """The answer to making and to regenerating. `overlap`: what becomes of the old value."""
    token = issued.described.token
    stem = _NOT_OF_A_NAME.sub("-", token.description.lower())[:_LONGEST_NAME].strip("-")
    return visit.page(
        "tokens/reveal.html",
        201,
        whose=whose,
        token=token,
        kind=kind_among(visit, whose, token),
        secret=issued.secret.reveal(),
        expires=None
        if token.expires_at is None
        else times.told(token.expires_at, token.created_at),
        stem=stem or "token",
        issuer=visit.authority.deployment.issuer,
        variable=VARIABLE,
        commands=_commands(visit, whose, issued),
        overlap=overlap,
    )


def already(visit: Visit, whose: Whose, refused: Refused) -> Answer:
    """The answer to a form that was sent before: where its token is, and never its string."""
    made = next(one.sentence for one in refused.problems if one.field == "id")
    return visit.page("tokens/already.html", 409, whose=whose, path=f"{whose.path}/{made}")


def _commands(visit: Visit, whose: Whose, issued: Issued) -> tuple[Command, ...]:
    token = issued.described.token
    kind = kind_among(visit, whose, token)
    header, before = next(
        named for spelling, named in _HEADERS.items() if spelling in kind.spellings
    )
    url = f"{visit.authority.deployment.issuer}/v1/verify"
    if token.audience is not None:
        url += f"?audience={quote(token.audience, safe='')}"
    return over_http(url, header, before)


def _test(visit: Visit) -> Answer:
    verdict, now = _judged(visit, visit.form.one("token").strip())
    token = None if verdict.found is None else verdict.found.token
    expires_at = None if token is None else token.expires_at
    return visit.page(
        "tokens/tested.html",
        good=verdict.allowed,
        sentence="The token is good." if verdict.allowed else _why_not(verdict),
        permissions=sorted(verdict.permissions),
        expires=None if expires_at is None else times.told(expires_at, now),
        never=token is not None and expires_at is None,
        audience=None if token is None else token.audience,
        address=visit.request.address,
    )


def _judged(visit: Visit, text: str) -> tuple[Verdict, int]:
    """What a gateway would be told of it; nothing is counted, and nothing kept."""
    demand, address = Demand(Door.VERIFY), visit.request.address
    verify = visit.authority.verify.uncounted
    secret = Secret(text[:_LONGEST])
    verdict, now = verify(secret, Spelling.NAMED, demand, address)
    found = verdict.found
    if found is not None and verdict.reason is Reason.WRONG_AUDIENCE:
        demand = replace(demand, audience=found.token.audience)
        verdict, now = verify(secret, Spelling.NAMED, demand, address)
    foreign = found is not None and found.token.organization_id != visit.mine.organization.id
    return (UNKNOWN if foreign else verdict), now


def _why_not(verdict: Verdict) -> str:
    reason = verdict.reason or Reason.UNKNOWN
    return _WHY_NOT.get(reason) or why_not_good(reason)


ROUTES: Final = (sent(f"{MINE.path}/test", _test),)
