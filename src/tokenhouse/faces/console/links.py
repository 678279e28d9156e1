"""The pages that take one-time links: an invitation, a recovery.

Their codes stand behind `#` and come in a form, never in a path or a query. Whose organization
invites is told once the link is used: before, the page knows nothing of any link.
"""

from collections.abc import Callable
from typing import Final

from tokenhouse.boundary import Answer, Request, Route, read_form
from tokenhouse.core.credential import Secret
from tokenhouse.core.link import PAGES, Purpose
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.faces.console import pages
from tokenhouse.faces.console.sender import refuse_other_sites
from tokenhouse.operations import Authority
from tokenhouse.operations.accept import Acceptance
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.recover import Redemption
from tokenhouse.operations.second_factor import Presented

_INVITATION: Final = frozenset({"code", "password", "password_again", "full_name", "factor_code"})
_RECOVERY: Final = frozenset(
    {"code", "password", "password_again", "end_personal_tokens", "factor_code"}
)
_LONGEST: Final = 1024
"""Characters of a password; sign-in takes no more."""
_ON_THE_PAGE: Final = frozenset(
    {
        Code.MALFORMED,
        Code.UNAUTHENTICATED,
        Code.SECOND_FACTOR,
        Code.TOO_MANY,
        Code.ALREADY_DONE,
    }
)


def _show_invitation(authority: Authority, _: Request, __: Caller | None) -> Answer:
    return pages.invitation(authority.deployment.issuer)


def _accept(authority: Authority, request: Request, _: Caller | None) -> Answer:
    refuse_other_sites(request)
    typed, issuer = read_form(request, _INVITATION), authority.deployment.issuer

    def accept() -> Answer:
        _refuse_too_long(typed["password"])
        accepted = authority.accept(
            Acceptance(
                code=Secret(typed["code"]),
                password=Secret(typed["password"]),
                full_name=typed["full_name"],
                address=request.address,
                password_again=Secret(typed["password_again"]),
                shown=_shown(typed),
            )
        )
        return pages.joined(issuer, accepted)

    return _or_again(accept, lambda refused: pages.invitation(issuer, typed, refused, request.id))


def _show_recovery(authority: Authority, _: Request, __: Caller | None) -> Answer:
    return pages.recovery(authority.deployment.issuer)


def _redeem(authority: Authority, request: Request, _: Caller | None) -> Answer:
    refuse_other_sites(request)
    typed, issuer = read_form(request, _RECOVERY), authority.deployment.issuer
    ended = bool(typed["end_personal_tokens"])

    def redeem() -> Answer:
        person = authority.redeem(
            Redemption(
                code=Secret(typed["code"]),
                password=Secret(typed["password"]),
                address=request.address,
                end_personal_tokens=ended,
                password_again=Secret(typed["password_again"]),
                shown=_shown(typed),
            )
        )
        return pages.recovered(issuer, person, ended=ended)

    return _or_again(redeem, lambda refused: pages.recovery(issuer, typed, refused, request.id))


def _shown(typed: dict[str, str]) -> Presented:
    return Presented(Secret(typed["factor_code"][:_LONGEST]), field="factor_code")


def _refuse_too_long(password: str) -> None:
    if len(password) > _LONGEST:
        problem = Problem("password", f"is longer than {_LONGEST} characters")
        raise Refused(Code.MALFORMED, "This password cannot be taken.", (problem,))


def _or_again(deed: Callable[[], Answer], form: Callable[[Refused], Answer]) -> Answer:
    """What came of it, or the form with what is wrong."""
    try:
        return deed()
    except Refused as refused:
        if refused.code not in _ON_THE_PAGE:
            raise
        return form(refused)


ROUTES: Final = (
    Route("GET", PAGES[Purpose.INVITATION], _show_invitation),
    Route("POST", PAGES[Purpose.INVITATION], _accept),
    Route("GET", PAGES[Purpose.RECOVERY], _show_recovery),
    Route("POST", PAGES[Purpose.RECOVERY], _redeem),
)
