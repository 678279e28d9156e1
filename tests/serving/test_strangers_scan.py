"""What a stranger finds who scans a fresh server: one listener, no account, no secret."""

import json
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest

from docs.facts import all_faces
from running import OPAQUE, SIGNED
from serving.program import EMAIL, PASSWORD, Served, init, run, serving
from tokenhouse.faces.console.pages import ASSETS

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
PROBES = (
    *(
        "/",
        "/.env",
        "/.git/config",
        "/.git/HEAD",
        "/.htpasswd",
        "/.aws/credentials",
        "/.ssh/id_rsa",
    ),
    *("/admin", "/admin/login", "/login", "/console", "/console/", "/console/login", "/debug"),
    *("/metrics", "/status", "/server-status", "/health", "/healthz", "/actuator/env", "/env"),
    *("/docs", "/redoc", "/openapi.json", "/swagger.json", "/graphql", "/api", "/v1", "/v2"),
    *("/backup.sql", "/tokenhouse.db", "/master.key", "/data/master.key", "/config.json"),
    *("/wp-login.php", "/phpinfo.php", "/robots.txt", "/favicon.ico", "/systems", "/users"),
    *("/v1/sessions/", "/v1/users", "/v1/keys", "/v1/verify/", "/.well-known/", "/account"),
    *("/.well-known/openid-configuration", "/static/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd"),
    *("//etc/passwd", "/etc/passwd%00", "/?debug=1", "/?session=x", "/*"),
)
NOES = (b"deny", b'{"result":"deny"}', b'{"result":{"error":"not_allowed"}}')
ACCOUNTS = tuple(
    (email, password)
    for email in ("admin", "root", "admin@example.com", "admin@localhost", "tokenhouse", EMAIL)
    for password in ("admin", "password", "changeme", "tokenhouse", "")
)


@pytest.fixture(scope="module", params=["before the set-up", "after init"])
def fresh(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Served, list[str]]]:
    """A server that nobody has used yet, and the secrets that it knows."""
    data = tmp_path_factory.mktemp("scanned") / "data"
    secrets = [PASSWORD]
    if request.param == "after init":
        init(data, "http://localhost:8080")
        secrets.append((data / "master.key").read_text().strip())
    with serving(data) as served:
        if "link" in served.begun:
            secrets.append(served.code)
        assert all(len(secret) > 20 for secret in secrets)
        yield served, secrets
        assert served.stop() == 0
        told = [line for line in served.lines if "link" not in line]
        assert not [secret for secret in secrets for line in told if secret in line]


# what listens


def _family(pid: int) -> set[int]:
    """A process and all that came of it."""
    children = Path(f"/proc/{pid}/task").glob("*/children")
    below = {int(child) for listed in children for child in listed.read_text().split()}
    return {pid}.union(*(_family(child) for child in below))


def _sockets(pid: int) -> set[str]:
    links = (_target(handle) for handle in Path(f"/proc/{pid}/fd").iterdir())
    return {match[1] for link in links if (match := re.fullmatch(r"socket:\[(\d+)\]", link))}


def _target(handle: Path) -> str:
    try:
        return str(handle.readlink())
    except FileNotFoundError:  # closed meanwhile
        return ""


def _rows(table: str) -> Iterator[list[str]]:
    for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
        yield line.split()


def listeners(pid: int) -> list[tuple[str, str]]:
    """Everything at which the process and its children can be reached from outside of it."""
    own = set().union(*(_sockets(one) for one in _family(pid)))
    found = [
        (table, row[1])
        for table in ("tcp", "tcp6")
        for row in _rows(table)
        if row[3] == "0A" and row[9] in own
    ]
    found += [(t, row[1]) for t in ("udp", "udp6") for row in _rows(t) if row[9] in own]
    found += [("unix", row[-1]) for row in _rows("unix") if row[6] in own and row[3] == "00010000"]
    return found


def test_nothing_listens_but_what_was_asked_for(fresh: tuple[Served, list[str]]):
    served, _ = fresh
    assert listeners(served.process.pid) == [("tcp", f"0100007F:{served.port:04X}")]


def test_a_second_listener_would_be_noticed():
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.socket(type=socket.SOCK_DGRAM) as two,
    ):
        two.bind(("127.0.0.1", 0))
        assert {table for table, _ in listeners(os.getpid())} >= {"tcp", "udp"}
        assert one.getsockname()[1] > 0


# what opens


def test_no_usual_account_opens_anything(fresh: tuple[Served, list[str]]):
    served, _ = fresh
    answers = set()
    for email, password in ACCOUNTS:
        answer = served.client.post("/v1/sessions", json={"email": email, "password": password})
        told = answer.json()
        assert told.pop("request_id") == answer.headers["x-request-id"]
        answers.add((answer.status_code, json.dumps(told)))
    assert len(answers) == 1, answers
    assert answers.pop()[0] == (404 if "link" in served.begun else 401)


@pytest.mark.parametrize("scheme", ["Basic YWRtaW46YWRtaW4=", "Bearer admin", "Token admin"])
def test_no_usual_credential_opens_anything(fresh: tuple[Served, list[str]], scheme: str):
    served, _ = fresh
    for path in ("/v1/verify", "/account/tokens", "/user/tokens"):
        status = served.status(path, headers={"authorization": scheme})
        assert status == (404 if "link" in served.begun else 401)


# what is told


def asked() -> list[tuple[str, str]]:
    """Every route there is, served or not, and the usual probes, each with every method."""
    paths = {
        re.sub(r"\{\w+\}", "0190a5c4-7e1a-7000-8000-0123456789ab", route.path)
        for face in all_faces()
        for route in face.routes
    }
    return [(method, path) for path in sorted({*paths, *PROBES}) for method in METHODS]


def test_no_answer_holds_a_secret_or_tells_of_a_fault(fresh: tuple[Served, list[str]]):
    served, secrets = fresh
    for method, path in asked():
        answer = served.client.request(method, path, headers={"accept": "*/*"})
        told = answer.text + "\n".join(f"{name}: {text}" for name, text in answer.headers.items())
        assert answer.status_code < 500 or answer.status_code == 503, (method, path)
        assert not [secret for secret in secrets if secret in told], (method, path)
        assert not OPAQUE.search(told), (method, path)
        assert not SIGNED.search(told), (method, path)
        assert "Traceback" not in told, (method, path)
        assert "server" not in answer.headers, (method, path)
    assert served.status("/livez") == 200


def _is_good(reply: httpx.Response) -> bool:
    """Answered well, as the dialect means it: that of `session=` says 200 to everything.

    So is a broker told no, which would ask somebody else after any other status.
    """
    if reply.url.path.startswith("/v1/broker/"):
        return reply.status_code < 300 and reply.content not in NOES
    if reply.status_code < 300 and reply.url.path.startswith("/1.0"):
        return bool(reply.json()["result"] == 0)
    return reply.status_code < 300


def test_only_what_is_meant_for_everybody_is_answered_well(fresh: tuple[Served, list[str]]):
    served, _ = fresh
    good = {
        (method, path)
        for method, path in asked()
        if method != "HEAD" and _is_good(served.client.request(method, path))
    }
    meant = {("GET", "/livez"), *(("GET", route.path) for route in ASSETS.routes)}
    if "link" in served.begun:
        meant.add(("GET", "/console/first-run"))
    else:
        meant |= {("GET", "/readyz"), ("GET", "/.well-known/jwks.json")}
        meant |= {("GET", "/openapi.json"), ("GET", "/reference")}
        metadata = ("oauth-authorization-server", "openid-configuration")
        meant |= {("GET", f"/.well-known/{name}") for name in metadata}
        meant |= {("GET", "/console/invitation"), ("GET", "/console/recovery")}
        meant.add(("GET", "/console/sign-in"))
        meant.add(("POST", "/v1/sessions/challenge"))  # for a passkey; it tells nothing of anybody
    assert good == meant


# what is written


def test_no_log_holds_what_was_sent_or_handed_out(tmp_path: Path):
    init(tmp_path / "data", "http://localhost:8080")
    with serving(tmp_path / "data") as served:
        token = served.sign_in().json()["token"]
        by = {"authorization": f"Bearer {token}"}
        issued = served.client.post("/account/tokens", headers=by, json={}).json()["token"]
        for secret in (token, issued, PASSWORD):
            served.client.get(f"/v1/verify?session={secret}", headers={"x-access-token": secret})
            served.client.get(f"/{secret}", headers={"authorization": f"Basic {secret}"})
            served.client.post("/v1/sessions", content=f'{{"password": "{secret}"'.encode())
            served.client.post(
                "/v1/sessions", json={"email": EMAIL, "password": secret + "x"}, headers=by
            )
        assert served.stop() == 0
    written = "".join(served.lines)
    assert not [secret for secret in (token, issued, PASSWORD) if secret in written]
    for line in served.lines:
        json.loads(line)  # every line is one event


def test_a_database_that_is_not_there_is_told_without_its_password(tmp_path: Path):
    word = "pl4nted-database-word"
    url = f"postgresql://app:{word}@127.0.0.1:1/tokens?connect_timeout=2"
    flags = ("--data", tmp_path / "data", "--listen", "127.0.0.1:0")
    for done in (
        run("serve", *flags, "--store", url),
        run("serve", *flags, TOKENHOUSE_STORE=url),
        run("keys", "list", "--data", tmp_path / "data", TOKENHOUSE_STORE=url),
    ):
        assert done.returncode == 7
        assert word not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
