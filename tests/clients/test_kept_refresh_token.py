"""The application of the documents keeps its refresh token, whatever becomes of an answer."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import httpx2 as httpx
import pytest

from docs.documents import PAGES
from running import Demo, demo

PROGRAM = re.compile(r"cat > portal\.py <<'END'\n(.*?)^END$", re.MULTILINE | re.DOTALL)


class Front(BaseHTTPRequestHandler):
    """Passes requests on to the demo, and loses as many answers to refreshes as it is told to."""

    behind = ""
    to_lose: ClassVar[int] = 0
    presented: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self._pass_on("GET", b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self._pass_on("POST", body)

    def _pass_on(self, method: str, body: bytes) -> None:
        headers = {k: v for k, v in self.headers.items() if k.lower() != "connection"}
        answer = httpx.request(method, self.behind + self.path, headers=headers, content=body)
        if b"refresh_token=" in body:
            Front.presented.append(body.decode().partition("refresh_token=")[2].partition("&")[0])
            if Front.to_lose:
                Front.to_lose -= 1
                self.close_connection = True
                return
        self.send_response(answer.status_code)
        self.send_header("content-length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 -- its own name
        """Say nothing."""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with demo(tmp_path_factory.mktemp("demo") / "data") as running:
        yield running


@pytest.fixture
def front(own: Demo) -> Iterator[str]:
    """The demo, but that answers can be lost before they arrive."""
    Front.behind, Front.to_lose = own.url, 0
    Front.presented.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Front) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class Portal:
    """The application as the page has it, in a directory of its own."""

    def __init__(self, own: Demo, url: str, directory: Path) -> None:
        (text,) = PROGRAM.findall(PAGES["oauth"].text)
        (directory / "portal.py").write_text(text, "utf-8")
        pair = own.ready["client"]
        self.directory = directory
        self._variables = {
            "PATH": os.environ["PATH"],
            "URL": url,
            "CLIENT_ID": pair["client_id"],
            "CLIENT_SECRET": pair["client_secret"],
        }

    @property
    def kept(self) -> str:
        return (self.directory / "portal.token").read_text()

    def __call__(self, *arguments: str, given: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "portal.py", *arguments],
            cwd=self.directory,
            env=self._variables,
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def portal(own: Demo, front: str, tmp_path: Path) -> Portal:
    made, person = Portal(own, front, tmp_path), own.person("Administrator")
    done = made("sign-in", person["email"], given=person["password"] + "\n")
    assert done.returncode == 0, done.stderr
    return made


def test_it_keeps_a_refresh_token_for_its_own_eyes_and_no_password(own: Demo, portal: Portal):
    kept = portal.directory / "portal.token"
    assert portal.kept.startswith("thr_")
    assert kept.stat().st_mode & 0o077 == 0
    password = own.person("Administrator")["password"]
    assert all(password not in path.read_text() for path in portal.directory.iterdir())


def test_it_goes_on_after_a_lost_answer_with_the_token_that_it_kept(portal: Portal):
    first, Front.to_lose = portal.kept, 1
    done = portal("/systems")
    assert (done.stdout, done.stderr) == ("3\n", "")
    assert Front.presented == [first, first]
    assert portal.kept != first
    second = portal.kept
    assert portal("/systems").stdout == "3\n"
    assert Front.presented == [first, first, second]


def test_it_ends_where_the_person_has_to_sign_in_again(portal: Portal):
    (portal.directory / "portal.token").write_text("thr_nothing")
    done = portal("/systems")
    assert done.returncode == 1
    assert "HTTP Error 400" in done.stderr
    assert Front.presented == ["thr_nothing"]
