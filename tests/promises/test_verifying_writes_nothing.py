"""Whoever asks about a token, by whatever door and with whatever answer: no engine writes.

But for counts of what was asked, which are collected in memory, and written in batches to a place
of their own.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest

from postgres import Server
from serving.program import Served, init, serving
from tokenhouse.operations.usage import FLUSH_SECONDS

OF_USAGE = {
    *("usage.db", "usage.db-wal"),
    *("usage_hours", "usage_days", "last_uses", "usage_batches"),
}
"""The files on SQLite, the tables on PostgreSQL."""
USES = 18
"""Of tokens that we know, in all `questions` once: a request counts a token once."""
OF_FURNISHING = 4
PATIENCE_SECONDS = 60
PUBLIC = "https://tokens.nordlicht.example"
TIMES = 100
UNKNOWN = "tho_" + "a1" * 18
NAMED = "SystemsRead"

_TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'tokenhouse'"
_COUNTED = ("SELECT sum(uses) FROM usage_hours", "SELECT sum(number) FROM usage_batches")
_NOTED = """
CREATE TABLE public.written (name text);
CREATE FUNCTION public.noted() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO public.written VALUES (TG_TABLE_NAME); RETURN NULL; END $$;
"""
_TRIGGER = """
CREATE TRIGGER noted AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON tokenhouse.{}
  FOR EACH STATEMENT EXECUTE FUNCTION public.noted()
"""

Written = Callable[[], set[str]]
"""What was written to since it was last asked."""


Counted = Callable[[], tuple[int, int]]
"""How many uses of tokens are kept, and in how many batches they came."""


class Strings(NamedTuple):
    """Tokens in different states, and who may ask about others."""

    asker: str
    session: str
    revoked: str
    client: dict[str, str]


def files(directory: Path) -> Written:
    """SQLite: every file of the deployment, but the one in which readers say where they are."""

    def read() -> dict[str, bytes]:
        found = directory.rglob("*")
        return {
            str(one): one.read_bytes()
            for one in found
            if one.is_file() and not one.name.endswith("-shm")
        }

    kept = read()

    def written() -> set[str]:
        nonlocal kept
        before, kept = kept, read()
        changed = {name for name in before | kept if before.get(name) != kept.get(name)}
        return {Path(name).name for name in changed}

    return written


def rows(url: str, stack: ExitStack) -> Written:
    """PostgreSQL: every table, by a trigger that notes each statement which changes it."""
    watch = stack.enter_context(psycopg.connect(url, autocommit=True))
    watch.execute(_NOTED)
    for (name,) in watch.execute(_TABLES).fetchall():
        watch.execute(_TRIGGER.format(name))

    def written() -> set[str]:
        return {name for (name,) in watch.execute("DELETE FROM public.written RETURNING name")}

    return written


@pytest.fixture(params=["sqlite", "postgres"])
def watched(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[Served, Strings, Written, Counted]]:
    """A new process that remembers nothing, and what is written from then on."""
    with ExitStack() as stack:
        data, url = tmp_path / "data", None
        if request.param == "postgres":
            postgres: Server = request.getfixturevalue("postgres")
            url = postgres.url(postgres.new_database()).reveal()
        store = {} if url is None else {"TOKENHOUSE_STORE": url}
        named = ["--permission", NAMED, *([] if url is None else ["--store", url])]
        init(data, PUBLIC, *named)
        with serving(data, **store) as before:
            strings = furnish(before)

        served = stack.enter_context(serving(data, **store))
        assert served.status("/livez") == 200
        written = files(data) if url is None else rows(url, stack)
        yield served, strings, written, counts(data, url)


def counts(directory: Path, url: str | None) -> Counted:
    """Read them past the product."""

    def counted() -> tuple[int, int]:
        connected: Any = (
            psycopg.connect(url, options="-c search_path=tokenhouse")
            if url is not None
            else sqlite3.connect(f"file:{directory / 'usage.db'}?mode=ro", uri=True)
        )
        with closing(connected):
            uses, batches = (connected.execute(one).fetchone()[0] or 0 for one in _COUNTED)
            return int(uses), int(batches)

    return counted


def furnish(served: Served) -> Strings:
    """Make what is asked about."""
    session = served.sign_in().json()["token"]
    by = {"authorization": f"Bearer {session}"}
    asker, revoked = (
        served.client.post("/account/tokens", headers=by, json={}).json() for _ in range(2)
    )
    assert served.client.delete(f"/account/tokens/{revoked['id']}", headers=by).is_success
    wanted = {"label": "gate", "grants": ["client_credentials"], "permissions": ["TokenVerify"]}
    made = served.client.post("/v1/clients", headers=by, json=wanted)
    assert made.status_code == 201, made.text
    client = {name: made.json()[name] for name in ("client_id", "client_secret")}
    return Strings(asker["token"], session, revoked["token"], client)


def questions(strings: Strings) -> list[tuple[int, dict[str, Any]]]:
    """One of each door for each sort of token: which answer is due, and what is asked."""
    asker = {"authorization": f"Token {strings.asker}"}
    asked = []
    for string, is_good in (
        (strings.asker, True),
        (strings.session, True),
        (strings.revoked, False),
        (UNKNOWN, False),
    ):
        scheme = "Bearer" if string == strings.session else "Token"
        by = {"authorization": f"{scheme} {string}"}
        own, lacking = (200, 403) if is_good else (401, 401)
        asked += [
            (own, {"method": "GET", "url": "/v1/verify", "headers": by}),
            (own, {"method": "GET", "url": f"/v1/verify/{NAMED}", "headers": by}),
            (lacking, {"method": "GET", "url": "/v1/verify/NoSuch", "headers": by}),
            (200, posted("/v1/verify", headers=asker, json={"token": string})),
            (200, posted("/oauth/introspect", data={**strings.client, "token": string})),
        ]
    return asked


def posted(url: str, **asked: Any) -> dict[str, Any]:
    return {"method": "POST", "url": url, **asked}


def test_asking_about_tokens_a_hundred_times_writes_nothing(watched):
    served, strings, written, counted = watched
    uses, batches = counted()
    assert uses == OF_FURNISHING, "what was counted was not written when the process stopped"
    begun = time.monotonic()
    for _ in range(TIMES):
        for due, question in questions(strings):
            answer = served.client.request(**question)
            assert answer.status_code == due, (question, answer.text)
    while counted()[0] < uses + TIMES * USES:
        assert time.monotonic() - begun < PATIENCE_SECONDS, counted()
        time.sleep(0.05)
    assert counted()[0] == uses + TIMES * USES
    assert counted()[1] - batches <= 1 + (time.monotonic() - begun) / FLUSH_SECONDS
    assert written() <= OF_USAGE
    by = {"authorization": f"Bearer {strings.session}"}
    assert served.client.post("/account/tokens", headers=by, json={}).status_code == 201
    assert written() - OF_USAGE, "a write was not noticed: this proves nothing"
