"""What is off until somebody wants it: so far the key that copies his user token."""

from typing import Final

from tokenhouse.boundary import Answer
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.faces.console import pages
from tokenhouse.faces.console.visit import Visit, page, sent
from tokenhouse.operations.me import MyEdit

PATH: Final = "/console/settings/extras"
USUAL: Final = "t"
_NONE: Final = " "
"""What is no key; an empty one would turn it off, which nobody asked for."""


def _show(visit: Visit) -> Answer:
    hotkey = visit.mine.person.hotkey
    return _page(visit, key=hotkey or USUAL, on=hotkey is not None)


def _page(visit: Visit, *, key: str, on: bool, fault: str = "", status: int = 200) -> Answer:
    said = "Saved." if visit.query("done") else ""
    return visit.page(
        "settings/extras.html", status, key=key, on=on, fault=fault, action=PATH, done=said
    )


def _save(visit: Visit) -> Answer:
    on, key = visit.form.one("token-hotkey") == "on", visit.form.one("key").strip().lower()
    try:
        visit.authority.me.edit(visit.caller, None, MyEdit(hotkey=(key or _NONE) if on else ""))
    except Refused as refused:
        if refused.code is not Code.MALFORMED:
            raise
        fault = "Type one letter from a to z, or one digit."
        return _page(visit, key=key, on=on, fault=fault, status=pages.status_of(refused))
    return visit.go(f"{PATH}?done=1")


ROUTES: Final = (page(PATH, _show), sent(PATH, _save))
