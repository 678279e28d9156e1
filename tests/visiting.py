"""A browser without a screen, which keeps the console's cookie and knows what forms carry."""

import html
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import urlencode

from conformance.house import House
from conformance.wire import FORM, Fields, Reply
from stage import ADMINISTRATOR, PASSWORD
from tokenhouse.core.credential import Secret
from tokenhouse.core.kind import Spelling

SIGN_IN: Final = "/console/sign-in"
_COOKIE: Final = Spelling.COOKIE.value


class Visitor:
    """Asks one house for pages. `cookie` is what the browser keeps, empty where it keeps none."""

    def __init__(self, at: House) -> None:
        self.at = at
        self.cookie = ""
        self.form_token = ""

    def get(self, path: str, headers: Fields = ()) -> Reply:
        """Open a page, and remember what its forms carry."""
        return self._asked(self.at.wire("GET", path, [*self._kept(), *headers]))

    def post(self, path: str, headers: Fields = (), /, **typed: str) -> Reply:
        """Send a form with what was typed, and with what the page had in it."""
        fields = {"form_token": self.form_token} if self.form_token else {}
        body = urlencode(fields | typed).encode()
        return self._asked(self.at.wire("POST", path, [*self._kept(), FORM, *headers], body))

    def sign_in(self, email: str = ADMINISTRATOR, /, **typed: str) -> Reply:
        """Sign in; afterwards forms can be sent."""
        reply = self.post(SIGN_IN, **{"email": email, "password": PASSWORD, **typed})
        if reply.status == 303:
            secret = Secret(self.cookie.partition(".")[0])
            self.form_token = self.at.stage.authority.browsing.form_token(secret)
        return reply

    def _kept(self) -> list[tuple[str, str]]:
        return [("cookie", f"{_COOKIE}{self.cookie}")] if self.cookie else []

    def _asked(self, reply: Reply) -> Reply:
        for line in reply.all("set-cookie"):
            self.cookie = line.partition(";")[0].removeprefix(_COOKIE)
        carried = re.search(r'name="form_token" value="([^"]+)"', reply.body.decode())
        if carried is not None:
            self.form_token = carried[1]
        return reply


def text_of(reply: Reply) -> str:
    """A page's text, as it was before it was escaped."""
    return html.unescape(reply.body.decode())


def fields_of(reply: Reply) -> dict[str, str]:
    """What stands in the fields of a page, by their names."""
    return {
        field["name"] or "": field.get("value") or ""
        for tag, field in elements(reply)
        if tag in {"input", "textarea"} and "name" in field
    }


def elements(reply: Reply) -> Iterator[tuple[str, dict[str, str | None]]]:
    """Each element of a page with its attributes."""
    reading = _Reading()
    reading.feed(reply.body.decode())
    yield from reading.found


class _Reading(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.found.append((tag, dict(attrs)))
