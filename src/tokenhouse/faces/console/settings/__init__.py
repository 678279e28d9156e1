"""What people see and set of themselves: one file for each page.

`sheet` is how a change of one's own account is asked for and confirmed; `templates/settings` holds
what is seen.
"""

from typing import Final

from tokenhouse.boundary import Answer
from tokenhouse.faces.console.settings import (
    app,
    extras,
    passkeys,
    password,
    recovery_codes,
    security,
    sessions,
    user,
)
from tokenhouse.faces.console.visit import Visit, page


def _first(visit: Visit) -> Answer:
    return visit.go(user.PATH)


ROUTES: Final = (
    page("/console/settings", _first),
    *user.ROUTES,
    *sessions.ROUTES,
    *security.ROUTES,
    *app.ROUTES,
    *passkeys.ROUTES,
    *recovery_codes.ROUTES,
    *password.ROUTES,
    *extras.ROUTES,
)
