"""Settings: what people see and set of themselves.

Owns the tabs and the forms behind their buttons, one file for each page: `sheet` is how a change of
one's own account is asked for and confirmed, `done` where it leads. Does not own what such a change
takes or brings about, which is the operations' to say, nor the list of tokens (`tokens`).
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
