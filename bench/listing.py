"""The console's list of the many tokens of one holder, page by page, as a browser asks for it."""

import http.client
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import urlencode

import apsw
import msgspec

from bench.many import filled
from bench.programs import worked_seconds
from bench.servers import EMAIL, Server, issue, serving
from tokenhouse.core.moment import DAY, SECOND
from tokenhouse.faces.console.tokens.whose import ORGANIZATIONS
from tokenhouse.operations.overview import ROWS
from tokenhouse.store.sqlite import FILE

_Ask: TypeAlias = Callable[[str], tuple[int, bytes]]

TOKENS: Final = 10_000
ASKED: Final = 100
"""So many times each page is asked for."""
_LIST: Final = ORGANIZATIONS.path
_PAGES: Final = (
    ("as it opens, the newest first", _LIST),
    ("by last use", f"{_LIST}?sort=last_used"),
    ("by last use, page 100", f"{_LIST}?sort=last_used&page=100"),
    ("by description, searched for a word", f"{_LIST}?q=1&sort=description"),
)
_USAGE: Final = "usage.db"
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
_SPREAD: Final = f"""
UPDATE tokens SET description = 'Script ' || number,
    created_at = created_at - abs(random()) % {400 * DAY},
    expires_at = CASE number % 10 WHEN 0 THEN NULL ELSE created_at + 1 + number * {DAY} / 20 END
 WHERE number IS NOT NULL
"""
"""Ages of a year, and expiries from now on until in 500 days; one in ten has none."""
_USED: Final = f"""
INSERT INTO last_uses SELECT id, created_at - abs(random()) % {100 * DAY} FROM t.tokens
 WHERE number % 10 > 0
"""
_COUNTED: Final = f"""
WITH RECURSIVE days (ago) AS (SELECT 1 UNION ALL SELECT ago + 1 FROM days WHERE ago < 14)
INSERT INTO usage_days
SELECT id, unixepoch() * {SECOND} / {DAY} * {DAY} - ago * {DAY}, 'accepted', 1 + abs(random()) % 999
  FROM t.tokens, days WHERE number % 2 = 0
"""


class Listed(msgspec.Struct, frozen=True):
    """How long one page took over one connection, and how much of the core's time, in milliseconds.

    The second is also right where the machine has other things to do.
    """

    page: str
    p50_ms: float
    p99_ms: float
    core_ms: float


def listed(directory: Path) -> list[Listed]:
    """Make a deployment whose organization has so many tokens, and ask for its list."""
    place = directory / "list"
    place.mkdir()
    with serving(place, None) as server:
        issue(server)
        password = server.password
    _fill(place / "sqlite")
    with serving(place, None) as server:
        ask = _signed_in(server, password)
        return [_took(server, page, ask) for page in _PAGES]


def _fill(data: Path) -> None:
    for _ in filled(data / FILE, TOKENS):
        """Nobody presents these."""
    records = apsw.Connection(str(data / FILE))
    records.execute(_SPREAD)
    records.close()
    usage = apsw.Connection(str(data / _USAGE))
    usage.execute("ATTACH ? AS t", (str(data / FILE),))
    usage.execute(_USED)
    usage.execute(_COUNTED)
    usage.close()


def _signed_in(server: Server, password: str) -> _Ask:
    """Sign in as a browser does; give what asks for a page with the cookie."""
    link = http.client.HTTPConnection(server.urls[0].removeprefix("http://"))
    typed = urlencode({"email": EMAIL, "password": password})
    link.request("POST", "/console/sign-in", typed, _FORM)
    answer = link.getresponse()
    answer.read()
    cookie = answer.headers["set-cookie"].partition(";")[0]

    def ask(path: str) -> tuple[int, bytes]:
        link.request("GET", path, headers={"Cookie": cookie})
        answer = link.getresponse()
        return answer.status, answer.read()

    return ask


def _took(server: Server, page: tuple[str, str], ask: _Ask) -> Listed:
    name, path = page
    worked, took = worked_seconds(server.pid), []
    for _ in range(ASKED):
        began = time.perf_counter()
        status, body = ask(path)
        took.append((time.perf_counter() - began) * 1000)
        if status != http.client.OK or body.count(b'name="id"') != ROWS:
            raise ChildProcessError(f"That is no page of the list: {status}")
    ranked = sorted(took)
    core_ms = (worked_seconds(server.pid) - worked) / ASKED * 1000
    return Listed(name, ranked[len(ranked) // 2], ranked[len(ranked) * 99 // 100], core_ms)
