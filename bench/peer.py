"""A peer: oidc-provider from npm, which keeps its tokens in memory; and what peers are asked."""

import base64
import json
import os
import secrets
import shutil
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from bench.load import Load, Request
from bench.programs import SERVER_CORE, await_answer, free_port, pinned, running, said

_DIRECTORY: Final = Path(__file__).parent / "peers" / "oidc-provider"
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
CLIENT: Final = "bench"


class Peer(msgspec.Struct, frozen=True):
    """A peer that runs: what to call it, and the loads that ours are compared with."""

    name: str
    introspect: Load
    issue: Load


def installed() -> None:
    """Install the peer as its lock file says; raise SystemExit with a sentence without Node."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise SystemExit(
            "The bench measures beside oidc-provider, which needs Node.js 20 or newer with npm;"
            " on Debian: apt-get install nodejs npm"
        )
    if not (_DIRECTORY / "node_modules").is_dir():
        command = ["npm", "ci", "--no-fund", "--no-audit", "--loglevel=error"]
        subprocess.run(command, check=True, cwd=_DIRECTORY, stdout=subprocess.DEVNULL)


@contextmanager
def oidc_provider(directory: Path) -> Iterator[Peer]:
    """Start the peer with one client; what it says goes to a file in `directory`."""
    secret, port = secrets.token_urlsafe(32), free_port()
    command = pinned(SERVER_CORE, "node", "server.mjs", str(port), CLIENT, secret)
    environment = os.environ | {"NODE_ENV": "production"}
    log = directory / "oidc-provider.log"
    with (
        log.open("wb") as said_there,
        running(
            subprocess.Popen(command, cwd=_DIRECTORY, env=environment, stderr=said_there)
        ) as process,
    ):
        url = f"http://127.0.0.1:{port}"
        await_answer(process, url + "/.well-known/openid-configuration", log)
        yield _peer(url, secret)


def _peer(url: str, secret: str) -> Peer:
    lock = json.loads((_DIRECTORY / "package-lock.json").read_text())
    version = lock["packages"]["node_modules/oidc-provider"]["version"]
    name = f"oidc-provider {version} on Node {said(['node', '--version'])}, in memory"
    return asked(name, "in memory", Doors(f"{url}/token", f"{url}/token/introspection"), secret)


class Doors(msgspec.Struct, frozen=True):
    """Where a peer issues tokens and is asked about them."""

    token: str
    introspection: str


def asked(name: str, kept: str, doors: Doors, secret: str, form: str = "an opaque token") -> Peer:
    """What a peer is asked by CLIENT; raises ChildProcessError where it knows nothing."""
    basic = base64.b64encode(f"{CLIENT}:{secret}".encode()).decode()
    headers = _FORM | {"Authorization": f"Basic {basic}"}
    issue = Request("POST", doors.token, headers, "grant_type=client_credentials")
    token = _answer(issue)["access_token"]
    body = urllib.parse.urlencode({"token": token})
    introspect = Request("POST", doors.introspection, headers, body)
    if _answer(introspect)["active"] is not True:
        raise ChildProcessError(f"{name} does not know the token that it just issued")
    peer = name.partition(" ")[0]
    return Peer(
        name=name,
        introspect=Load(f"{peer}: introspect {form}", (introspect,)),
        issue=Load(f"{peer}: `client_credentials`, {kept}", (issue,)),
    )


def _answer(request: Request) -> dict[str, object]:
    asked = urllib.request.Request(
        request.url, request.body.encode(), request.headers, method=request.method
    )
    with urllib.request.urlopen(asked) as answer:
        told: dict[str, object] = json.load(answer)
        return told
