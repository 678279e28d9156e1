"""`tokenhouse init` as it is typed: what it sets up, what it says, what it refuses."""

import json
import os
import pty
import re
import signal
import sqlite3
import subprocess
from pathlib import Path

import pytest

from running import PROGRAM
from serving.program import EMAIL, PASSWORD, environment, init, run, serving
from tokenhouse.cli.exits import Exit

PUBLIC = "https://tokens.nordlicht.example"
NAMED = ("--organization", "Nordlicht", "--email", EMAIL, "--public-url", PUBLIC)


def events(data: Path) -> list[tuple[str, str]]:
    with sqlite3.connect(f"file:{data}/tokenhouse.db?mode=ro", uri=True) as database:
        found = database.execute("SELECT name, body FROM events ORDER BY sequence").fetchall()
    database.close()
    return found


def refused(code: Exit, data: Path, *arguments: str | Path, given: str = PASSWORD) -> str:
    """The sentence that it ends with, and the faults under it."""
    done = run("init", "--data", data, *arguments, "--password-file", "-", given=given)
    assert done.returncode == code
    assert done.stdout == ""
    sentence, *faults = done.stderr.splitlines()
    assert sentence.startswith("tokenhouse: ")
    assert bool(faults) == (code is Exit.REFUSED)
    assert all(fault.startswith("  ") for fault in faults)
    assert given not in done.stderr
    return done.stderr


def test_the_person_named_can_sign_in_with_every_permission(tmp_path: Path):
    data = tmp_path / "data"
    told = init(data, PUBLIC, "--permission", "SystemsRead", "--permission", "SystemsWrite")
    assert told["issuer"] == PUBLIC
    assert told["organization"]["name"] == "Nordlicht"
    assert told["person"]["email"] == EMAIL
    assert set(told) == {"issuer", "organization", "person", "client"}
    with serving(data) as served:
        signed_in = served.sign_in().json()
        by = {"authorization": f"Bearer {signed_in['token']}"}
        assert signed_in["person"]["id"] == told["person"]["id"]
        assert signed_in["person"]["full_name"] == "anna"
        assert signed_in["organization"]["id"] == told["organization"]["id"]
        for name in ("SystemsRead", "SystemsWrite", "AccountTokenWrite", "OrganizationsWrite"):
            assert served.status(f"/v1/verify/{name}", headers=by) == 200
        assert served.status("/v1/verify/OtherRead", headers=by) == 403


def test_the_first_client_is_told_once_with_a_secret_that_no_file_holds(tmp_path: Path):
    data = tmp_path / "data"
    pair = init(data, PUBLIC)["client"]
    assert re.fullmatch(r"[0-9A-Za-z]{24}", pair["client_id"])
    assert re.fullmatch(r"thc_[0-9A-Za-z]{46}", pair["client_secret"])
    listed = run("client", "list", "--data", data, "--json").stdout
    (client,) = json.loads(listed)
    assert (client["client_id"], client["label"]) == (pair["client_id"], "First client")
    assert client["grants"] == ["password", "refresh_token"]
    assert client["secrets"][0]["hint"] == pair["client_secret"][-4:]
    assert pair["client_secret"] not in listed
    for path in data.iterdir():
        assert pair["client_secret"].encode() not in path.read_bytes()
    other = run("init", "--data", tmp_path / "other", *NAMED).stdout
    assert len(re.findall(r"thc_[0-9A-Za-z]{46}", other)) == 1
    assert pair["client_secret"] not in other


def test_without_a_terminal_a_strong_password_is_made_and_shown_once(tmp_path: Path):
    data = tmp_path / "data"
    told = json.loads(run("init", "--data", data, *NAMED, "--json").stdout)
    assert re.fullmatch(r"[a-z2-7]{6}(-[a-z2-7]{6}){3}", told["password"])
    other = run("init", "--data", tmp_path / "other", *NAMED, "--name", "Anna Berg")
    shown = re.findall(r"[a-z2-7]{6}(?:-[a-z2-7]{6}){3}", other.stdout)
    assert len(shown) == 1
    assert shown[0] != told["password"]
    with serving(data) as served:
        assert served.sign_in(told["password"]).status_code == 201
    for path in data.iterdir():
        assert told["password"].encode() not in path.read_bytes()


@pytest.mark.parametrize("second", [PASSWORD, "another-thing-entirely"])
def test_at_a_terminal_it_asks_twice_and_shows_nothing(tmp_path: Path, second: str):
    ours, theirs = pty.openpty()
    command = [PROGRAM, "init", "--data", tmp_path / "data", *NAMED]
    with subprocess.Popen(
        command,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        start_new_session=True,
    ) as process:
        os.close(theirs)
        assert process.stderr is not None
        complained = ""
        for typed in [PASSWORD, second] * (1 if second == PASSWORD else 3):
            while not complained.endswith(": "):  # what is typed before the question is dropped
                complained += process.stderr.read(1)
            complained += "\n"
            os.write(ours, f"{typed}\n".encode())
        said, rest = process.communicate(timeout=60)
        complained += rest
    os.close(ours)
    assert PASSWORD not in said + complained
    assert process.returncode == (0 if second == PASSWORD else 1)
    assert ("differed three times" in complained) == (second != PASSWORD)


def test_whoever_interrupts_the_question_sets_nothing_up(tmp_path: Path):
    ours, theirs = pty.openpty()
    command = [PROGRAM, "init", "--data", tmp_path / "data", *NAMED]
    with subprocess.Popen(
        command, stdin=theirs, stderr=subprocess.PIPE, text=True, env=environment()
    ) as process:
        os.close(theirs)
        assert process.stderr is not None
        asked = ""
        while not asked.endswith(": "):
            asked += process.stderr.read(1)
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=60)
    os.close(ours)
    assert process.returncode == Exit.INTERRUPTED
    assert "nothing was set up" in rest
    assert "Traceback" not in rest
    assert events(tmp_path / "data") == []


def test_a_second_init_is_refused_in_one_sentence_and_changes_nothing(tmp_path: Path):
    data = tmp_path / "data"
    init(data, PUBLIC)
    before, key = events(data), (data / "master.key").read_text()
    told = refused(
        Exit.CONFLICT,
        data,
        *("--organization", "Other", "--email", "eve@other.example"),
        *("--public-url", "https://other.example"),
    )
    assert PUBLIC in told
    assert events(data) == before
    assert (data / "master.key").read_text() == key


def test_every_fault_is_told_at_once_by_its_flag_and_nothing_is_set_up(tmp_path: Path):
    told = refused(
        Exit.REFUSED,
        tmp_path / "data",
        *("--organization", "", "--name", "x" * 201, "--email", "anna", "--public-url", PUBLIC),
        *("--permission", "SystemsRead", "--permission", "a b"),
        given="tooshort",
    )
    faults = ("--name", "--email", "--permission number 2", "--organization", "the password")
    assert {fault for fault in faults if f"\n  {fault} is " in told} == set(faults)
    assert told.count("\n") == 1 + len(faults)
    assert events(tmp_path / "data") == []


@pytest.mark.parametrize("weak", ["password" * 3, "nordlicht" * 2, "annaannaannaanna"])
def test_a_password_that_is_easy_to_guess_is_refused_and_not_quoted(tmp_path: Path, weak: str):
    told = refused(Exit.REFUSED, tmp_path / "data", *NAMED, given=weak)
    assert "the password is easy to guess" in told


def test_a_password_comes_from_a_file_that_nobody_else_can_read(tmp_path: Path):
    kept = tmp_path / "password"
    kept.write_text(PASSWORD + "\n")
    kept.chmod(0o644)
    data = ("--data", tmp_path / "data")
    loose = run("init", *data, *NAMED, "--password-file", kept)
    assert loose.returncode == 2
    assert "chmod 600" in loose.stderr
    kept.chmod(0o600)
    assert run("init", *data, *NAMED, "--password-file", kept).returncode == 0
    with serving(tmp_path / "data") as served:
        assert served.sign_in().status_code == 201


def test_too_much_on_standard_input_is_refused(tmp_path: Path):
    assert "too long" in refused(Exit.NOT_DONE, tmp_path / "data", *NAMED, given="x" * 10_000)


def test_what_is_no_text_on_standard_input_is_refused(tmp_path: Path):
    command = [PROGRAM, "init", "--data", tmp_path / "data", *NAMED, "--password-file", "-"]
    done = subprocess.run(
        command, input=b"\xff" * 20, capture_output=True, check=False, env=environment()
    )
    assert done.returncode == 1
    assert done.stderr.count(b"\n") == 1
    assert b"not text in UTF-8" in done.stderr


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ((), "The public URL is missing"),
        (("--public-url", "http://tokens.example"), "needs https"),
        (("--public-url", "https://tokens.example/path"), "is not an address such as"),
        (("--public-url", "https://tokens.example?x"), "is not an address such as"),
        (("--public-url", "tokens.example"), "is not an address such as"),
    ],
)
def test_what_is_no_public_url_is_refused_before_anything_is_made(tmp_path, url, sentence):
    named = ("--organization", "Nordlicht", "--email", EMAIL)
    done = run("init", "--data", tmp_path / "data", *named, *url)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert not (tmp_path / "data").exists()


def test_a_public_url_is_kept_in_its_one_form(tmp_path: Path):
    told = init(tmp_path / "data", "HTTPS://Tokens.Nordlicht.example:443/")
    assert told["issuer"] == PUBLIC


def test_a_directory_that_cannot_be_made_is_told_in_one_sentence(tmp_path: Path):
    (tmp_path / "file").touch()
    assert "cannot hold the data" in refused(Exit.UNAVAILABLE, tmp_path / "file", *NAMED)


def test_it_takes_no_password_from_its_arguments():
    told = run("init", "--help").stdout
    assert "--password-file" in told
    assert "--password " not in told
