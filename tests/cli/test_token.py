"""`tokenhouse token` as it is typed, without a server."""

import io
import json
import os
import sys
from pathlib import Path

import pytest

from running import OPAQUE
from stage import ADMINISTRATOR, Stage
from tokenhouse.cli import main
from tokenhouse.clock import SystemClock
from tokenhouse.core.events import Name
from tokenhouse.store.sqlite import SqliteAttempts, open_sqlite

UNKNOWN = "0190a5c4-7e1a-7000-8000-0123456789ab"


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory):
    """The demo's firm, in a directory."""
    data = tmp_path_factory.mktemp("firm") / "data"
    clock = SystemClock()
    store = open_sqlite(data, clock, os.urandom)
    attempts = SqliteAttempts(data / "attempts.db")
    yield Stage(store, attempts, clock, data)
    store.close()
    attempts.close()


@pytest.fixture
def typed(firm: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """Type a command; what it printed, and how it ended."""

    def run(*words: str, code: int = 0, stdin: str = "") -> str:
        given = io.TextIOWrapper(io.BytesIO(stdin.encode()))
        monkeypatch.setattr(sys, "stdin", given)
        ended = main(["token", *words, "--data", str(firm.directory)])
        said = capsys.readouterr()
        assert ended == code, said
        return said.out if code == 0 else said.err

    return run


def issued(typed, *words: str):
    return json.loads(typed("issue", "--description", "a report", *words, "--json"))


def test_a_token_is_issued_with_its_string_alone_and_is_good(typed):
    printed = typed("issue", "--description", "x", "--group", "client", "--lifetime", "P90D")
    assert OPAQUE.fullmatch(printed.strip())
    assert typed("verify", "--permission", "SystemsRead", stdin=printed) == "The token is good.\n"
    told = typed("verify", "--permission", "SystemsWrite", stdin=printed, code=8)
    assert told == "tokenhouse: The token is not good: insufficient.\n"
    assert "unknown" in typed("verify", stdin="tho_" + "0" * 36, code=8)
    verdict = json.loads(typed("verify", "--json", stdin=printed))
    assert (verdict["allowed"], verdict["permissions"]) == (True, ["SystemsRead"])


def test_a_string_goes_into_a_new_file_that_nobody_else_reads(typed, tmp_path: Path):
    out = tmp_path / "gateway.token"
    told = typed("issue", "--description", "x", "--out", str(out))
    assert OPAQUE.search(told) is None
    assert out.stat().st_mode & 0o777 == 0o600
    assert typed("verify", stdin=out.read_text())
    kept = out.read_text()
    assert "File exists" in typed("issue", "--description", "x", "--out", str(out), code=1)
    assert out.read_text() == kept
    never = tmp_path / "never.token"
    typed("issue", "--description", "x", "--group", "Nobody", "--out", str(never), code=3)
    assert not never.exists()


def test_networks_and_audience_narrow_what_is_issued(typed):
    words = ("--address", "192.0.2.7", "--address", "192.0.2.7/32", "--audience", "metering")
    one = issued(typed, *words)
    assert (one["addresses"], one["audience"]) == (["192.0.2.7/32"], "metering")
    here = ("verify", "--audience", "metering", "--address", "192.0.2.7")
    typed(*here, stdin=one["token"])
    typed(*here[:3], "--address", "192.0.2.8", stdin=one["token"], code=8)
    assert "wrong audience" in typed("verify", stdin=one["token"], code=8)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("issue",), 2),
        (("issue", "--description", "x", "--lifetime", "soon"), 2),
        (("issue", "--description", "x", "--address", "example.com"), 2),
        (("issue", "--description", "x", "--organization", "Nowhere"), 3),
        (("show", UNKNOWN), 3),
        (("show", "x"), 3),
        (("revoke", UNKNOWN), 3),
        (("rotate", UNKNOWN), 3),
        (("revoke",), 2),
        (("revoke", UNKNOWN, "--all", "--yes"), 2),
        (("revoke", "--all"), 1),
        (("verify", "--permission", "a b"), 2),
    ],
)
def test_what_cannot_be_ends_with_its_code_and_a_sentence(typed, words, code):
    assert typed(*words, code=code).startswith("tokenhouse: ")


def test_a_token_is_listed_shown_rotated_and_revoked(typed, firm: Stage):
    first = issued(typed, "--lifetime", "P30D")
    second = json.loads(
        typed("rotate", first["id"], "--overlap", "PT0S", "--lifetime", "P1D", "--json")
    )
    assert second["predecessor"] == first["id"]
    assert "superseded" in typed("verify", stdin=first["token"], code=8)
    assert "superseded" in typed("rotate", first["id"], code=4)
    assert json.loads(typed("show", first["id"], "--json"))["state"] == "superseded"
    listed = json.loads(typed("list", "--state", "superseded", "--search", "REPORT", "--json"))
    assert [one["id"] for one in listed] == [first["id"]]
    assert "superseded" in typed("list")
    typed("revoke", second["id"])
    typed("revoke", second["id"], "--family")
    assert "revoked" in typed("verify", stdin=second["token"], code=8)
    assert "revoked" in typed("rotate", second["id"], code=4)
    last = firm.store.recent_events(None, None, 1)[0]
    assert last.name == Name.FAMILY_REVOKED
    assert last.body is not None
    assert '"actor":null' in last.body


def test_an_expired_token_is_succeeded_with_a_new_expiry(typed):
    one = issued(typed, "--lifetime", "PT1S")
    at = ("--expires-at", "2999-01-01T00:00:00Z")
    rotated = json.loads(typed("rotate", one["id"], *at, "--json"))
    assert rotated["expires_at"] == "2999-01-01T00:00:00Z"
    typed("rotate", rotated["id"], *at, "--lifetime", "P1D", code=2)


def test_everything_of_an_organization_ends(typed, firm: Stage):
    one, session = issued(typed), firm.session(ADMINISTRATOR)
    assert "Nothing was done" in typed("revoke", "--all", code=1)
    typed("revoke", "--all", "--organization", "Nordlicht Energie", "--yes")
    assert "revoked" in typed("verify", stdin=one["token"], code=8)
    assert not firm.verdict(session.credential, None, session.spelling).active
