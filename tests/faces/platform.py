"""A client of the Virtuozzo dialect, for tests: methods by their names, parameters as they are."""

import json
from typing import Any
from urllib.parse import urlencode

from conformance.wire import Reply
from faces.desk import Desk
from stage import ADMINISTRATOR, PASSWORD

Parameters = dict[str, object]
FORM = ("content-type", "application/x-www-form-urlencoded")


class Platform:
    """Asks as clients do, by GET unless told otherwise."""

    def __init__(self, at: Desk) -> None:
        self.at = at

    def reply(self, name: str, parameters: Parameters, verb: str = "POST") -> Reply:
        """The whole reply to `Service.Controller.Method` or to a path."""
        path = name
        if not name.startswith("/"):
            service, controller, method = name.lower().split(".")
            path = f"/1.0/{service}/{controller}/rest/{method}"
        sent = urlencode(parameters, doseq=True)
        if verb == "GET":
            return self.at.wire("GET", f"{path}?{sent}" if sent else path, [])
        return self.at.wire(verb, path, [FORM], sent.encode())

    def __call__(self, name: str, verb: str = "POST", **parameters: object) -> Any:
        """The body of the answer, whose HTTP status is 200 whatever it says."""
        self.at.tick()
        method = name if "." in name or name.startswith("/") else f"users.authentication.{name}"
        reply = self.reply(method, parameters, verb)
        assert reply.status == 200, reply
        assert reply.header("content-type") == "application/json"
        return json.loads(reply.body)

    def good(self, name: str, **parameters: object) -> Any:
        """The answer to what has to be done."""
        answer = self(name, **parameters)
        assert answer["result"] == 0, answer
        return answer

    def sign_in(self, login: str = ADMINISTRATOR) -> str:
        return str(self.good("signin", login=login, password=PASSWORD)["session"])

    def create(self, session: str, **parameters: object) -> Any:
        """A new token, of StopEnv alone if nothing else is said."""
        asked = {"description": "a token", "password": PASSWORD, **parameters}
        if not {"apiList", "tokenTemplate"} & asked.keys():
            asked["apiList"] = "environment.control.StopEnv"
        return self.good("createtoken", session=session, **asked)["token"]

    def tokens(self, session: str) -> Any:
        return self.good("gettokens", session=session)["apiTokens"]
