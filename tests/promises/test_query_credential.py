"""A credential or password that travels in a URL is written nowhere and told to nobody.

Planted in every way in which a request can go well or wrong, then looked for in all that is left.
"""

import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from running import Demo, demo

ASK = "/1.0/users/authentication/rest/"
UNKNOWN = "thl_" + "Zq7" * 10 + "plantd"
NO_TOKEN = "planted-session-that-is-no-token-of-ours"
WRONG = "planted wrong password"


class Planted:
    """A demo that was asked with planted credentials: what they were, and where to look."""

    def __init__(self, running: Demo, directory: Path, log: Path) -> None:
        self.demo = running
        self.directory = directory
        self.log = log
        self.said: list[str] = []

    def get(self, path: str, **parameters: str) -> str:
        reply = self.demo.client.get(path, params=parameters)
        self.said.append(f"{reply.text}\n{reply.headers}")
        return reply.text

    def raw(self, request: bytes) -> None:
        host, _, port = self.demo.url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(request)
            said = b""
            while piece := connection.recv(65_536):
                said += piece
        self.said.append(said.decode("latin-1"))


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    directory = tmp_path_factory.mktemp("planted")
    with demo(directory / "data", log=directory / "log.txt") as running:
        yield Planted(running, directory / "data", directory / "log.txt")


def test_what_was_planted_in_a_query_is_found_nowhere(planted: Planted):
    person = planted.demo.person("Administrator")
    password = person["password"]
    signed = planted.demo.client.get(
        f"{ASK}signin", params={"login": person["email"], "password": password}
    )
    session = signed.json()["session"]
    made = planted.demo.client.get(
        f"{ASK}createtoken",
        params={
            "session": session,
            "description": "planted",
            "apiList": "environment.control.StopEnv",
            "password": password,
        },
    )
    token = made.json()["token"]["key"]
    for credential in (session, token, UNKNOWN, NO_TOKEN):
        for path in (
            *(f"{ASK}{name}" for name in ("gettokens", "checksign", "createtoken", "nothing")),
            *("/1.0/environment/control/rest/stopenv", "/1.0", "/1.0/no/such/rest/method"),
            *("/systems", "/v1/me", "/account/tokens", "/nothing", "/openapi.json"),
            "/environments",
        ):
            planted.get(path, session=credential, envName="my-project")
            planted.get(path, session=credential, password=WRONG, ids="*")
        planted.get(f"{ASK}signin", login=credential, password=credential)
        asked = urlencode({"session": credential, "password": WRONG})
        planted.raw(f"PATCH {ASK}gettokens?{asked} HTTP/1.1\r\nhost: localhost\r\n"
                    "connection: close\r\n\r\n".encode())  # fmt: skip
        planted.raw(f"GET {ASK}gettokens?{asked}&%zz HTTP/1.0\r\n\r\n".encode())
        planted.raw(f"GET {ASK}gettokens?{asked}&{'x' * 70_000} HTTP/1.0\r\n\r\n".encode())
        planted.raw(f"GET {ASK}\x01gettokens?{asked} HTTP/1.0\r\n\r\n".encode())
        planted.raw(f"GET /1.0//{ASK}?{asked} HTTP/1.0\r\n\r\n".encode())
    planted.get(f"{ASK}signout", session=session)
    # events of refusals are written in the background
    bearer = planted.demo.bearer()
    events = planted.demo.client.get("/v1/events", headers=bearer).text
    needles = [session, token, UNKNOWN, NO_TOKEN, WRONG, password]
    spelled = {form for needle in needles for form in (needle, quote(needle), needle[4:30])}
    places = {path: path.read_bytes() for path in planted.directory.rglob("*") if path.is_file()}
    places[planted.log] = planted.log.read_bytes()
    for needle in spelled:
        assert not any(needle in said for said in planted.said), "in an answer"
        assert needle not in events
        for path, content in places.items():
            assert needle.encode() not in content, path
