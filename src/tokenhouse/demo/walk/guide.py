"""Asks, shows what was asked and answered, and goes on only where the answer is right."""

from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from itertools import count
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from tokenhouse.demo.walk.astray import Astray
from tokenhouse.demo.walk.request import Reply, Request
from tokenhouse.demo.walk.shown import Secrets, reply_lines, request_lines
from tokenhouse.demo.walk.told import Told

_PATIENCE_SECONDS: Final = 30
_Reached = TypeVar("_Reached")


class Guide:
    """Walks through one running demo and tells what it sees, line by line."""

    def __init__(self, told: Told, tell: Callable[[str], None]) -> None:
        self._address = urlsplit(told.url)
        self._tell = tell
        self._secrets = Secrets(told.secrets)
        self._chapters = count(1)
        self.asked = 0

    def chapter(self, title: str) -> None:
        """Begin with something else."""
        number = next(self._chapters)
        heading = f"{number}. {title}"
        self._tell("\n" * (number > 1) + heading)
        self._tell("=" * len(heading))

    def __call__(self, says: str, request: Request, status: int, **fields: object) -> Any:
        """Ask, and give what came back, read from JSON; `says` is what this shows.

        Raises Astray unless the answer has this status, and these fields where they are named.
        """
        self._tell(f"\n# {says}")
        for line in request_lines(request, self._secrets):
            self._tell(line)
        reply = self._send(request)
        self.asked += 1
        body = self._read(reply)
        self._secrets.learn(body)
        for line in reply_lines(reply, self._secrets):
            self._tell(line)
        self.see(reply.status == status, f"the status {status}")
        for name, wanted in fields.items():
            self.see(
                isinstance(body, dict) and body.get(name) == wanted, f"{name} to be {wanted!r}"
            )
        return body if body is not None else reply.body

    def exchange(
        self, says: str, sent: tuple[str, ...], answer: Callable[[], str], wanted: str
    ) -> None:
        """Show what is sent by another protocol, and its answer, in a line; that has to be so."""
        self._tell(f"\n# {says}")
        for line in sent:
            self._tell(f"> {self._secrets.hide(line)}")
        came = answer()
        self.asked += 1
        self._tell(f"< {self._secrets.hide(came)}")
        self.see(came == wanted, wanted)

    def reached(self, where: str, reach: Callable[[], _Reached]) -> _Reached:
        """What is reached there; raises Astray where nothing answers."""
        try:
            return reach()
        except (OSError, HTTPException, ValueError) as fault:
            raise Astray(f"{where} did not answer: {fault!r}") from None

    def _read(self, reply: Reply) -> Any:
        try:
            return reply.json if reply.is_json else None
        except ValueError:
            raise Astray(f"Answer {self.asked} is called JSON and is none.") from None

    def keep_secret(self, secret: str) -> None:
        """Never show this one, which a request is going to bring."""
        self._secrets.add(secret)

    def see(self, is_so: bool, expected: str) -> None:
        """Raise Astray unless it is as expected."""
        if not is_so:
            raise Astray(f"Answer {self.asked} is not what it should be: expected {expected}.")

    def _send(self, request: Request) -> Reply:
        return self.reached(self._address.geturl(), lambda: self._ask(request))

    def _ask(self, request: Request) -> Reply:
        host, port = self._address.hostname or "", self._address.port
        connection = HTTPConnection(host, port, timeout=_PATIENCE_SECONDS)
        try:
            connection.request(
                request.method, request.target, request.body or None, dict(request.headers)
            )
            answer = connection.getresponse()
            media_type = (answer.getheader("Content-Type") or "").partition(";")[0]
            return Reply(answer.status, media_type, answer.read())
        finally:
            connection.close()
