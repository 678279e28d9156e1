"""Password logins: many applications that log in at once, each over a connection of its own.

Whoever is told to come again comes again then, as applications do; so what counts are logins, and
the time of one goes from its first question to its tokens. Run as a program, since it has to have
a core of its own: it reads what to ask from standard input and writes what came of it.
"""

import http.client
import random
import subprocess
import sys
import threading
import time
from typing import Final
from urllib.parse import urlencode, urlsplit

import msgspec

from bench.load import SECONDS, Measured
from bench.programs import LOAD_CORE, forget_peak, peak_mib, pinned
from bench.servers import Server, applications

LOGINS: Final = 200
"""Connections, and so logins at the same time."""
_LATER: Final = frozenset({429, 503})
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}


class _Asked(msgspec.Struct, frozen=True):
    """Where, and what each of the applications sends."""

    url: str
    forms: tuple[str, ...]


class LoggedIn(msgspec.Struct, frozen=True):
    """What came of it; `later` are the answers that said to come again."""

    measured: Measured
    later: int
    peak_mib: float


def log_in(server: Server) -> LoggedIn:
    """Log in at a server's first node for some seconds, and see what memory that took."""
    forms = tuple(urlencode(one) for one in applications(server))
    asked = msgspec.json.encode(_Asked(server.urls[0], forms))
    forget_peak(server.pid)
    done = subprocess.run(
        pinned(LOAD_CORE, sys.executable, "-m", "bench.logins"),
        input=asked,
        stdout=subprocess.PIPE,
        check=True,
    )
    told = msgspec.json.decode(done.stdout, type=LoggedIn)
    return msgspec.structs.replace(told, peak_mib=peak_mib(server.pid))


class _Applications:
    """What all of them have seen so far."""

    def __init__(self, asked: _Asked) -> None:
        self._asked = asked
        self._start = threading.Barrier(LOGINS)
        self._lock = threading.Lock()
        self._took: list[float] = []
        self._later = self._errors = 0

    def run(self) -> LoggedIn:
        """Let all of them begin at once, and wait for their ends."""
        threads = [threading.Thread(target=self._log_in, args=(one,)) for one in range(LOGINS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = sorted(self._took)
        p99 = took[len(took) * 99 // 100] * 1000 if took else 0.0
        return LoggedIn(Measured(len(took) / SECONDS, p99, self._errors), self._later, 0.0)

    def _log_in(self, number: int) -> None:
        place = urlsplit(self._asked.url)
        chance = random.Random(number)
        form = self._asked.forms[number % len(self._asked.forms)]
        link = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
        link.connect()
        self._start.wait()
        began = time.monotonic()
        until = began + SECONDS
        while time.monotonic() < until:
            link.request("POST", "/oauth/token", form, _FORM)
            answer = link.getresponse()
            answer.read()
            ended = time.monotonic()
            with self._lock:
                if answer.status == 200 and ended < until:
                    self._took.append(ended - began)
                self._later += answer.status in _LATER
                self._errors += answer.status not in _LATER | {200}
            if answer.status in _LATER:
                time.sleep(int(answer.headers["Retry-After"]) + chance.uniform(0, 1))
            else:
                began = ended
        link.close()


def _main() -> None:
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=_Asked)
    sys.stdout.buffer.write(msgspec.json.encode(_Applications(asked).run()))


if __name__ == "__main__":
    _main()
