"""What clients of Virtuozzo's platform do: a token for one method stops an environment."""

from typing import Any, Final
from urllib.parse import urlencode

from tokenhouse.demo.walk.guide import Guide
from tokenhouse.demo.walk.request import Request
from tokenhouse.demo.walk.told import Told

TITLE: Final = "A script and a token for one method, as the Virtuozzo platform spells it"

_SIGNING: Final = "/1.0/users/authentication/rest"
_CONTROL: Final = "/1.0/environment/control/rest"
_ENVIRONMENT: Final = "my-project"
_STOPPED: Final = 2


def walk(guide: Guide, told: Told) -> None:
    """From a sign-in to a token whose old value is worth nothing."""
    carl = told.person("Client")
    session = guide(
        "Sign in. Here a session is a parameter, and 0 says that it went well.",
        Request.of_form(f"{_SIGNING}/signin", {"login": carl.email, "password": carl.password}),
        200,
        result=0,
    )["session"]
    token = guide(
        "Make a token that can stop environments and nothing else; the password confirms it.",
        Request.of_form(
            f"{_SIGNING}/createtoken",
            {
                "session": session,
                "password": carl.password,
                "description": "stops at night",
                "expiresAt": "31-12-2029",
                "apiList": "environment.control.StopEnv",
            },
        ),
        200,
        result=0,
    )["token"]
    _stop(guide, token["key"], session)
    regenerated = guide(
        "Somebody saw it? Regenerate it: the same token with another value.",
        Request.of_form(
            f"{_SIGNING}/regeneratetoken",
            {"session": session, "password": carl.password, "id": str(token["id"])},
        ),
        200,
        result=0,
    )["token"]
    guide.see(regenerated["id"] == token["id"], "the same id")
    guide("The old value is good no longer.", _control("stopenv", token["key"]), 200, result=702)
    guide("The new one is.", _control("stopenv", regenerated["key"]), 200, result=0)
    _tidy_up(guide, session, carl.password, str(token["id"]))


def _stop(guide: Guide, token: str, session: str) -> None:
    guide(
        "Stop an environment. This URL can be typed into a browser.",
        _control("stopenv", token),
        200,
        result=0,
    )
    environment: Any = guide(
        "It is stopped: status 2.", _control("getenvinfo", session), 200, result=0
    )
    guide.see(environment["env"]["status"] == _STOPPED, "a stopped environment")
    guide(
        "Start it with that token: its list does not name the method.",
        _control("startenv", token),
        200,
        result=8202,
    )


def _tidy_up(guide: Guide, session: str, password: str, token_id: str) -> None:
    guide("The session of its maker may.", _control("startenv", session), 200, result=0)
    deleting = {"session": session, "password": password, "ids": token_id}
    guide(
        "Tidy up: remove the token,",
        Request.of_form(f"{_SIGNING}/deletetokens", deleting),
        200,
        result=0,
    )
    guide(
        "and sign out.",
        Request.of_form(f"{_SIGNING}/signout", {"session": session}),
        200,
        result=0,
    )
    guide("The session is over.", _control("getenvinfo", session), 200, result=702)


def _control(method: str, credential: str) -> Request:
    query = urlencode({"envName": _ENVIRONMENT, "session": credential})
    return Request.plain("GET", f"{_CONTROL}/{method}?{query}")
