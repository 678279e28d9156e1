"""Our own servers under test: how each is set up and started, and what it is asked."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import msgspec
from msgspec.structs import replace

from bench.chains import each_once, in_turns
from bench.devices import Fleet
from bench.load import CONNECTIONS, Load, Request
from bench.mixture import mixed
from bench.posting import FORM, JSON, ask, post
from bench.programs import (
    SERVER_CORE,
    await_answer,
    free_port,
    pinned,
    resident_mib,
    running,
)

_DRAFT: Final = {"description": "bench", "expiresAt": "2100-01-01T00:00:00Z"}
_PERMISSION: Final = "SystemsRead"
_PEOPLE: Final = 10
_CLIENTS_OF_EACH: Final = 2
_SIGN_INS: Final = 2 * CONNECTIONS
"""More than there are connections, so that none is without a token to present."""
_MANY: Final = 1000
"""Organizational tokens that take turns: far more than there are connections."""
EMAIL: Final = "bench@tokens.example"
_PROGRAM: Final = str(Path(sys.executable).with_name("tokenhouse"))


class Server(msgspec.Struct, frozen=True):
    """A deployment that answers: the address of each of its nodes, and who signs in there.

    `start_seconds`, `idle_mib` and `pid` are those of the first node.
    """

    urls: tuple[str, ...]
    password: str
    start_seconds: float
    idle_mib: float
    pid: int


class Loads(msgspec.Struct, frozen=True):
    """What a server is asked. `issue_everywhere`: of all nodes at the same time."""

    verify: Load
    verify_many: Load
    verify_session: Load
    issue: Load
    rotate: Load
    revoke: Load
    issue_everywhere: Load
    client_credentials: Load
    refresh: Load
    refresh_each: Load
    introspect: Load
    issue_for_device: Load
    renew: Load
    connect: Load


@contextmanager
def serving(
    directory: Path, store: str | None, nodes: int = 1, fast_lane: str = "on"
) -> Iterator[Server]:
    """Set a deployment up and serve it from so many nodes, each a process on the same core.

    One that is there already is served as it is; its password is not known any more. `store` is the
    URL of a PostgreSQL database; None: SQLite in `directory`.
    """
    data = directory / ("sqlite" if store is None else "on-postgresql")
    environment = os.environ | {"TOKENHOUSE_FAST_LANE": fast_lane}
    environment |= {} if store is None else {"TOKENHOUSE_STORE": store}
    ports = [free_port() for _ in range(nodes)]
    there = data.exists()
    password = "" if there else _set_up(data, environment, f"http://localhost:{ports[0]}")
    with ExitStack() as stack:
        log = directory / "tokenhouse.log"
        said = stack.enter_context(log.open("wb"))
        started, processes, urls = time.monotonic(), [], []
        for port in ports:
            address = f"127.0.0.1:{port}"
            command = pinned(SERVER_CORE, _PROGRAM, "serve", "--data", str(data))
            process = subprocess.Popen(
                [*command, "--listen", address], env=environment, stderr=said
            )
            processes.append(stack.enter_context(running(process)))
            urls.append(f"http://{address}")
            await_answer(process, f"{urls[-1]}/.well-known/jwks.json", log)
            if len(urls) == 1:
                took = time.monotonic() - started
        time.sleep(1)
        first = processes[0].pid
        yield Server(tuple(urls), password, took, resident_mib(first), first)


def _set_up(data: Path, environment: dict[str, str], public_url: str) -> str:
    """Set a deployment up, and give the password that was made for its administrator."""
    command = [_PROGRAM, "init", "--data", str(data), "--public-url", public_url, "--json"]
    command += ["--organization", "Bench", "--email", EMAIL, "--permission", _PERMISSION]
    told = subprocess.run(
        command, check=True, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    ).stdout
    password: str = json.loads(told)["password"]
    return password


def loads(server: Server, where: str) -> Loads:
    """Sign in, make the token that everything is asked with, and give the loads."""
    url = server.urls[0]
    bearer = _signed_in(server)
    created = post(url + "/account/tokens", _DRAFT, bearer)
    token = {"Authorization": f"Token {created['token']}"}
    verify = f"{url}/v1/verify/{_PERMISSION}"
    rotate = f"{url}/account/tokens/{created['id']}/rotate?lifetime=1M"
    client = _client(url, bearer)
    application = {**client, "username": EMAIL, "password": server.password}
    granted = ask(f"{url}/oauth/token", {**application, "grant_type": "password"})
    devices = Fleet(url, token, client)
    issues = tuple(
        Request("POST", one + "/account/tokens", token | JSON, json.dumps(_DRAFT))
        for one in server.urls
    )

    def revoked() -> str:
        return in_turns("/account/tokens/")

    def load(name: str, *requests: Request) -> Load:
        return Load(f"{name}, {where}", requests)

    return Loads(
        verify=load("verify an organizational token", Request("GET", verify, token)),
        verify_many=load(
            f"verify {_MANY:,} organizational tokens in turn",
            Request("GET", verify, {}, script=cache(partial(_each_in_turn, url, bearer))),
        ),
        verify_session=load("verify a session token", Request("GET", verify, bearer)),
        issue=load("issue, durable", issues[0]),
        rotate=load("rotate, durable", Request("POST", rotate, token)),
        revoke=load("issue and revoke in turns, durable", replace(issues[0], script=revoked)),
        issue_everywhere=load(f"issue, durable, {len(issues)} nodes", *issues),
        client_credentials=load(
            "client_credentials, durable",
            _form(f"{url}/oauth/token", {**client, "grant_type": "client_credentials"}),
        ),
        refresh=load(
            "refresh asked for again, durable",
            _form(
                f"{url}/oauth/token",
                {
                    **client,
                    "grant_type": "refresh_token",
                    "refresh_token": granted["refresh_token"],
                },
            ),
        ),
        refresh_each=load("refresh with each new token, durable", _refreshing(url, application)),
        introspect=load(
            "introspect an access token",
            _form(f"{url}/oauth/introspect", {**client, "token": granted["access_token"]}),
        ),
        issue_for_device=load("issue a device token, durable", devices.issue()),
        renew=load("loginDevice, durable", devices.renew()),
        connect=load("a device connects, as RabbitMQ asks", devices.connect()),
    )


def _each_in_turn(url: str, bearer: dict[str, str]) -> str:
    tokens = [post(url + "/account/tokens", _DRAFT, bearer)["token"] for _ in range(_MANY)]
    return mixed("Authorization", [f"Token {token}" for token in tokens])


def issue(server: Server) -> None:
    """Issue an organizational token."""
    post(server.urls[0] + "/account/tokens", _DRAFT, _signed_in(server))


def applications(server: Server) -> list[dict[str, str]]:
    """Password grants that are not in each other's way: of so many people, at clients of their own.

    So few logins of one person are under way at once, and none is slowed as a guess would be.
    """
    url = server.urls[0]
    bearer = _signed_in(server)
    asked = []
    for number in range(_PEOPLE):
        draft = {"email": f"person{number}@tokens.example", "full_name": "Somebody"}
        code = post(f"{url}/v1/invitations", draft, bearer)["link"].partition("#")[2]
        post(f"{url}/v1/invitations/accept", {"code": code, "password": server.password}, {})
        said = {"grant_type": "password", "username": draft["email"], "password": server.password}
        asked += [_client(url, bearer) | said for _ in range(_CLIENTS_OF_EACH)]
    return asked


def _signed_in(server: Server) -> dict[str, str]:
    asked = {"email": EMAIL, "password": server.password}
    signed_in = post(server.urls[0] + "/v1/sessions", asked, {})
    return {"Authorization": f"Bearer {signed_in['token']}"}


def _client(url: str, bearer: dict[str, str]) -> dict[str, str]:
    """A client that may present every grant and ask about tokens: its id and secret."""
    grants = ["password", "refresh_token", "client_credentials"]
    wanted = {"label": "bench", "grants": grants, "permissions": [_PERMISSION, "TokenVerify"]}
    made = post(f"{url}/v1/clients", wanted, bearer)
    return {name: made[name] for name in ("client_id", "client_secret")}


def _refreshing(url: str, application: dict[str, str]) -> Request:
    """Sign-ins that go on at the same time, each with the refresh token that it was given last."""

    def script() -> str:
        asked = {**application, "grant_type": "password"}
        tokens = [ask(f"{url}/oauth/token", asked)["refresh_token"] for _ in range(_SIGN_INS)]
        client = {name: application[name] for name in ("client_id", "client_secret")}
        before = urlencode({**client, "grant_type": "refresh_token", "refresh_token": ""})
        return each_once(tokens, before, "", "refresh_token")

    return Request("POST", f"{url}/oauth/token", FORM, "", script)


def _form(url: str, fields: dict[str, str]) -> Request:
    return Request("POST", url, FORM, urlencode(fields))
