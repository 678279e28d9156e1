"""What protects an account: the password, and the second factors beside it."""

from typing import Final

from tokenhouse.boundary import Answer
from tokenhouse.faces.console.settings.done import PATH, SENTENCES
from tokenhouse.faces.console.visit import Visit, page
from tokenhouse.look import times


def _show(visit: Visit) -> Answer:
    return visit.page(
        "settings/security.html",
        factors=visit.authority.my_factors.show(visit.caller),
        done=SENTENCES.get(visit.query("done"), ""),
        date=times.date,
        exact=times.exact,
    )


ROUTES: Final = (page(PATH, _show),)
