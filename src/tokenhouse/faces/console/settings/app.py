"""Adding and removing an authenticator app."""

from typing import Final

from msgspec.structs import replace

from tokenhouse.boundary import Answer
from tokenhouse.core.credential import Secret
from tokenhouse.core.moment import MINUTE
from tokenhouse.core.refusal import Refused
from tokenhouse.core.second_factor import TOTP_CONFIRMED_WITHIN
from tokenhouse.faces.console.settings.done import PATH, codes_or_done, done
from tokenhouse.faces.console.settings.sheet import Faults, Sheet, again
from tokenhouse.faces.console.visit import Visit, page, sent
from tokenhouse.look.qr import qr_code
from tokenhouse.operations.confirming import Evidence

_PATH: Final = f"{PATH}/app"
_CODE: Final = f"{_PATH}/code"
_LONGEST: Final = 64
_FOUR: Final = 4
_MINUTES: Final = TOTP_CONFIRMED_WITHIN // MINUTE
_PART: Final = (("hx-retarget", "#said"), ("hx-reselect", "#said"), ("hx-reswap", "outerHTML"))
"""Where scripts run, what is wrong appears beside the picture, which is not told twice."""


def _begin(visit: Visit, evidence: Evidence) -> Answer:
    new = visit.authority.my_factors.begin_totp(visit.caller, evidence)
    key = new.secret.reveal()
    answer = visit.page(
        "settings/app_scan.html",
        action=_CODE,
        picture=qr_code(new.uri, "QR code for your authenticator app"),
        key=" ".join(key[start : start + _FOUR] for start in range(0, len(key), _FOUR)),
        minutes=_MINUTES,
        faults={},
    )
    return replace(answer, delay=new.delay)


def _ask_for_code(visit: Visit, faults: Faults | None = None, status: int = 200) -> Answer:
    return visit.page(
        "settings/app_code.html", status, action=_CODE, minutes=_MINUTES, faults=faults or {}
    )


def _turn_on(visit: Visit) -> Answer:
    code = visit.form.one("code")
    try:
        if not code:
            return _beside(_ask_for_code(visit, {"code": "Type what the app shows now."}, 422))
        typed = Secret("".join(code.split())[:_LONGEST])
        codes = visit.authority.my_factors.confirm_totp(visit.caller, typed)
    except Refused as refused:
        return _beside(again(refused, lambda faults, status: _ask_for_code(visit, faults, status)))
    return codes_or_done(visit, codes, "app")


def _beside(answer: Answer) -> Answer:
    return replace(answer, headers=(*answer.headers, *_PART))


def _remove(visit: Visit, evidence: Evidence) -> Answer:
    delay = visit.authority.my_factors.remove_totp(visit.caller, evidence)
    return replace(done(visit, "app-removed"), delay=delay)


ROUTES: Final = (
    *Sheet(_PATH, "settings/app_begin.html", _begin).routes,
    page(_CODE, _ask_for_code),
    sent(_CODE, _turn_on),
    *Sheet(f"{_PATH}/remove", "settings/app_remove.html", _remove).routes,
)
