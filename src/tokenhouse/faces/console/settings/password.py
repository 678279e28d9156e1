"""Changing one's password."""

from typing import Final

from msgspec.structs import replace

from tokenhouse.boundary import Answer
from tokenhouse.core.credential import Secret
from tokenhouse.core.principal import LEAST_PASSWORD_CHARACTERS
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.faces.console.settings.done import PATH, done
from tokenhouse.faces.console.settings.sheet import Sheet
from tokenhouse.faces.console.visit import Visit
from tokenhouse.operations.change_password import NewPassword
from tokenhouse.operations.confirming import Evidence


def _change(visit: Visit, evidence: Evidence) -> Answer:
    form = visit.form
    new, ended = form.one("new_password"), form.one("end_personal_tokens") == "yes"
    if new != form.one("new_password_again"):
        problem = Problem("new_password_again", "is another one: type the same twice")
        raise Refused(Code.MALFORMED, "The two passwords differ.", (problem,))
    wanted = NewPassword(evidence.password, Secret(new), ended, evidence.shown)
    delay = visit.authority.change_password(visit.caller, wanted)
    return replace(done(visit, "password-and-tokens" if ended else "password"), delay=delay)


def _say(_: Visit) -> dict[str, object]:
    return {"least": LEAST_PASSWORD_CHARACTERS}


ROUTES: Final = Sheet(f"{PATH}/password", "settings/password.html", _change, _say).routes
