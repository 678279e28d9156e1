"""What a browser complains of while it shows our pages, and what it asks for."""

from typing import Final

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response

_TELL: Final = """document.addEventListener("securitypolicyviolation", event => heardOfViolation(
  `${event.effectiveDirective} forbids ${event.blockedURI || "inline"} ${event.sample}`.trim()));"""
_COMPLAINTS: Final = frozenset({"error", "warning", "assert"})
_REFUSED: Final = "Failed to load resource: the server responded with a status of"
_ANSWERS: Final = frozenset({"document", "fetch", "xhr"})
"""What may be answered with a refusal that a page is made to show."""


class Heard:
    """Errors and warnings of the console, faults of scripts, and breaches of the CSP.

    A style sheet or a script that is not there is a complaint; a refused form or request is none,
    though the browser says it in the same words: tests look at its status themselves.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.asked: list[str] = []
        """Every address that was asked for, without those that hold their content themselves."""
        self._context = context
        self._answered: set[str] = set()
        self._said: list[tuple[str, str]] = []
        context.on("console", self._console)
        context.on("weberror", lambda fault: self._said.append((str(fault.error), "")))
        context.on("request", self._request)
        context.on("response", self._response)
        context.expose_function("heardOfViolation", lambda told: self._said.append((told, "")))
        context.add_init_script(_TELL)

    @property
    def complaints(self) -> list[str]:
        """What was complained of until now, on every page of the context."""
        for page in self._context.pages:
            page.evaluate("new Promise(done => setTimeout(done))")
        return [
            text
            for text, url in self._said
            if not (text.startswith(_REFUSED) and url in self._answered)
        ]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in _COMPLAINTS:
            self._said.append((message.text, message.location["url"]))

    def _request(self, request: Request) -> None:
        if not request.url.startswith(("data:", "blob:")):
            self.asked.append(request.url)

    def _response(self, response: Response) -> None:
        if response.request.resource_type in _ANSWERS:
            self._answered.add(response.url)


def listen(context: BrowserContext) -> Heard:
    """Hear what happens from now on; call it before the first page is opened."""
    return Heard(context)
