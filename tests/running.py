"""Runs the demo as a person would: as a process, on a free port, over a directory."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2 as httpx

from ports import free_port

PROGRAM = Path(sys.executable).with_name("tokenhouse")
OPAQUE = re.compile(r"\bth[a-z]_[0-9A-Za-z]{36}(?:[0-9A-Za-z]{10})?\b")
SIGNED = re.compile(r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\b")


class Demo:
    """A demo that is ready: what it said, and a client with its address."""

    def __init__(self, process: "subprocess.Popen[str]", ready: dict[str, Any]) -> None:
        self.process = process
        self.ready = ready
        self.url: str = ready["url"]
        self.client = httpx.Client(base_url=self.url, timeout=30)

    def person(self, role: str) -> dict[str, str]:
        return next(person for person in self.ready["people"] if person["role"] == role)

    def group(self, name: str) -> str:
        return next(group["id"] for group in self.ready["groups"] if group["name"] == name)

    def bearer(self, role: str = "Administrator") -> dict[str, str]:
        person = self.person(role)
        answer = self.client.post(
            "/v1/sessions", json={"email": person["email"], "password": person["password"]}
        )
        assert answer.status_code == 201, answer.text
        return {"authorization": f"Bearer {answer.json()['token']}"}

    def issue(self, by: dict[str, str], **fields: object) -> dict[str, Any]:
        answer = self.client.post("/account/tokens", headers=by, json=fields)
        assert answer.status_code == 201, answer.text
        issued: dict[str, Any] = answer.json()
        return issued


def token(issued: dict[str, Any]) -> dict[str, str]:
    """The header that presents an issued token."""
    return {"authorization": f"Token {issued['token']}"}


@contextmanager
def demo(data: Path, *, port: int = 0, log: Path | None = None) -> Iterator[Demo]:
    """A running demo; it is ended, and waited for, on leaving.

    Started again it needs the port that it had, so at first it has one that nobody else is given.
    """
    if port == 0 and not data.exists():
        port = free_port()
    command = [str(PROGRAM), "demo", "--port", str(port), "--data", str(data), "--json"]
    with (log or data.with_suffix(".log")).open("a") as stderr:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, "the demo ended before it was ready"
        running = Demo(process, json.loads(line))
        with running.client:
            yield running
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(30)
        assert process.stdout is not None
        process.stdout.close()
