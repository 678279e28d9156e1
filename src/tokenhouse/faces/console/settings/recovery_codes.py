"""New recovery codes; those before end."""

from typing import Final

from msgspec.structs import replace

from tokenhouse.boundary import Answer
from tokenhouse.faces.console.settings.done import PATH, show_codes
from tokenhouse.faces.console.settings.sheet import Sheet
from tokenhouse.faces.console.visit import Visit
from tokenhouse.operations.confirming import Evidence


def _make(visit: Visit, evidence: Evidence) -> Answer:
    codes = visit.authority.my_factors.new_recovery_codes(visit.caller, evidence)
    answer = show_codes(visit, codes, "Your old recovery codes are good no longer.")
    return replace(answer, delay=codes.delay)


ROUTES: Final = Sheet(f"{PATH}/codes", "settings/codes_new.html", _make).routes
