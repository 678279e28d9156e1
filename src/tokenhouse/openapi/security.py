"""How a credential is sent, and which spellings open a route."""

from typing import Any, Final

from tokenhouse.boundary import Face, Route
from tokenhouse.core.judge import Demand, is_asker
from tokenhouse.core.kind import Kind, Spelling, opens
from tokenhouse.core.permission import DEPLOYMENT_PERMISSIONS
from tokenhouse.kinds import ALL
from tokenhouse.kinds.session import SESSION_ID

_NAMES: Final = {
    Spelling.BEARER: "bearer",
    Spelling.TOKEN: "token",
    Spelling.X_ACCESS_TOKEN: "x-access-token",
    Spelling.SESSION: "session",
    Spelling.COOKIE: "cookie",
}

SCHEMES: Final[dict[str, Any]] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "`Authorization: Bearer …`, for signed tokens.",
    },
    "token": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "`Authorization: Token …`, for opaque tokens; the value begins with `Token`"
        " and a space.",
    },
    "x-access-token": {
        "type": "apiKey",
        "in": "header",
        "name": "x-access-token",
        "description": "The token alone.",
    },
    "session": {
        "type": "apiKey",
        "in": "query",
        "name": "session",
        "description": "The token or session as a parameter, of the query or, better, of a form.",
    },
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-tokenhouse",
        "description": "What a browser keeps of a sign-in; the console alone takes it.",
    },
}


def requirement(face: Face, route: Route) -> list[dict[str, list[str]]]:
    """The spellings in which some kind of token could open a route; none where it asks for none."""
    demand = route.demand
    if demand is None:
        return []
    return [
        {name: []}
        for spelling, name in _NAMES.items()
        if spelling in face.spellings
        and any(_could(kind, spelling, demand) for kind in (*ALL, SESSION_ID))
    ]


def _could(kind: Kind, spelling: Spelling, demand: Demand) -> bool:
    if demand.permissions & DEPLOYMENT_PERMISSIONS and not kind.operates:
        return False
    return opens(kind, spelling, demand.door) and is_asker(kind, demand)
