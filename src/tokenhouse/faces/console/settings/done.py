"""Where a change of one's account leads, and what is said of it there."""

from typing import Final

from tokenhouse.boundary import Answer
from tokenhouse.faces.console.visit import Visit
from tokenhouse.operations.factors import Codes

PATH: Final = "/console/settings/security"

SENTENCES: Final = {
    "app": "Your authenticator app is on.",
    "app-removed": "Your authenticator app is removed.",
    "passkey": "Your passkey is added.",
    "passkey-removed": "The passkey is removed.",
    "password": "Your password is changed. Your other sessions have ended.",
    "password-and-tokens": "Your password is changed. Your other sessions and your personal tokens"
    " have ended.",
}


def done(visit: Visit, what: str) -> Answer:
    """Back to the page, which says so."""
    return visit.go(f"{PATH}?done={what}")


def codes_or_done(visit: Visit, codes: Codes, what: str) -> Answer:
    """The recovery codes that the first factor brings, shown this once; else back to the page."""
    if not codes.codes:
        return done(visit, what)
    return show_codes(visit, codes, SENTENCES[what])


def show_codes(visit: Visit, codes: Codes, said: str) -> Answer:
    """Recovery codes, shown this once."""
    texts = [one.reveal() for one in codes.codes]
    return visit.page("settings/codes.html", codes=texts, said=said)
