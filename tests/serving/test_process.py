"""A deployment from its first start to its end, in real processes."""

import json
import os
import pty
import signal
import socket
import ssl
import subprocess
import time
from pathlib import Path

import httpx2 as httpx
import pytest

from certifying import certificate
from running import PROGRAM
from serving.program import EMAIL, PASSWORD, Served, environment, init, run, serving
from tokenhouse.boundary import Boundary
from tokenhouse.config import REVOCATION_REACH_MS
from tokenhouse.faces import health
from tokenhouse.server import Background, tls_context

URL = "http://localhost:8080"
PUBLIC = "https://tokens.nordlicht.example"


def test_before_the_set_up_only_health_and_the_first_page_are_served(tmp_path: Path):
    with serving(tmp_path / "data") as served:
        assert served.begun["event"] == "waiting to be set up"
        assert served.begun["link"].startswith(f"http://localhost:{served.port}/console/first-run#")
        assert served.client.get("/livez").json() == {"status": "live"}
        unready = served.client.get("/readyz")
        assert unready.status_code == 503
        assert unready.json() == {"status": "unready", "cause": "not_set_up"}
        assert served.status("/console/first-run") == 200
        for path in ("/v1/verify", "/account/tokens", "/.well-known/jwks.json", "/"):
            assert served.status(path) == 404
        assert served.sign_in().status_code == 404


def test_the_page_sets_it_up_and_the_next_request_is_served(tmp_path: Path):
    with serving(tmp_path / "data") as served:
        typed = {
            "code": served.code,
            "organization": "Nordlicht",
            "full_name": "Anna",
            "email": EMAIL,
            "password": PASSWORD,
            "password_again": PASSWORD,
        }
        page = served.client.post("/console/first-run", data=typed)
        assert page.status_code in {200, 201}, page.text
        assert served.sign_in().status_code == 201
        assert served.status("/readyz") == 200
        assert served.status("/console/first-run") == 404
        served.stop()
    assert "public_url" in served.lines[-1]
    assert f"http://localhost:{served.port}" in served.lines[-1]


def test_a_set_up_by_another_process_is_noticed_without_a_restart(tmp_path: Path):
    data = tmp_path / "data"
    with serving(data) as served:
        assert served.status("/readyz") == 503
        init(data, PUBLIC)
        while served.status("/readyz") != 200:  # it looks once a second
            pass
        assert served.sign_in().status_code == 201
        assert served.client.get("/readyz").json() == {"status": "ready"}


def test_a_set_up_under_another_address_than_this_servers_ends_it_and_says_why(tmp_path: Path):
    data = tmp_path / "data"
    with serving(data, "--public-url", "https://other.example") as served:
        init(data, PUBLIC)
        while served.process.poll() is None:
            try:
                served.status("/readyz")
            except httpx.HTTPError:
                break
        assert served.wait() == 2
    assert PUBLIC in served.lines[-1]
    assert "https://other.example" in served.lines[-1]


def await_refusal(served: Served, by: dict[str, str]) -> None:
    """Another process honours a revocation within the reach."""
    until = (asked := time.monotonic()) + REVOCATION_REACH_MS / 1000
    while served.status("/v1/verify", headers=by) != 401:
        assert asked < until, "a yes after the reach"
        asked = time.monotonic()


def test_two_servers_over_one_directory_are_one_deployment(tmp_path: Path):
    data = tmp_path / "data"
    init(data, URL)
    with serving(data) as one, serving(data) as other:
        token = one.sign_in().json()["token"]
        by = {"authorization": f"Bearer {token}"}
        assert other.status("/v1/verify", headers=by) == 200
        issued = [
            served.client.post("/account/tokens", headers=by, json={}).json()
            for served in (one, other) * 5
        ]
        assert len({token["id"] for token in issued}) == 10
        assert other.client.delete("/v1/sessions/current", headers=by).status_code == 204
        await_refusal(one, by)
        assert one.stop() == 0
        assert other.sign_in().status_code == 201


def test_a_renewal_is_answered_as_the_setting_says(tmp_path: Path):
    data = tmp_path / "data"
    init(data, URL)
    for flags, status in (((), 200), (("--renewal-status", "201"), 201)):
        with serving(data, *flags) as served:
            by = {"x-access-token": served.sign_in().json()["token"]}
            asked = {"identifier": f"rig-{status}", "cpuId": "1"}
            made = served.client.post("/api/v2/devices", json=asked, headers=by).json()
            presented = {"cpu_id": "1", "uuid": made["uuid"], "token": made["token"]}
            assert served.client.post("/loginDevice", json=presented).status_code == status
            told = served.client.get("/openapi.json").json()["paths"]["/loginDevice"]["post"]
            assert {one for one in told["responses"] if one < "300"} == {str(status)}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_lets_a_slow_request_end_and_exits_with_0(tmp_path: Path, number: signal.Signals):
    init(tmp_path / "data", URL)
    body = json.dumps({"email": EMAIL, "password": PASSWORD}).encode()
    head = (
        b"POST /v1/sessions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        b"content-length: %d\r\n\r\n" % len(body)
    )
    with serving(tmp_path / "data") as served:
        with socket.create_connection(("127.0.0.1", served.port), 30) as slow:
            slow.sendall(head + body[:10])
            assert served.status("/livez") == 200  # so that what came before is under way
            served.process.send_signal(number)
            _wait_until_deaf(served.port)
            slow.sendall(body[10:])
            answer = b"".join(iter(lambda: slow.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 201 "), answer
        assert served.wait() == 0


def test_with_a_delay_it_says_that_it_stops_and_serves_until_then(tmp_path: Path):
    init(tmp_path / "data", URL)
    with serving(tmp_path / "data", "--stop-delay", "60") as served:
        assert served.status("/readyz") == 200
        served.process.send_signal(signal.SIGTERM)
        while (answer := served.client.get("/readyz")).status_code == 200:
            pass
        assert answer.json() == {"status": "unready", "cause": "stopping"}
        assert served.sign_in().status_code == 201
        assert served.status("/livez") == 200
        assert served.stop() == 0  # a second signal does not wait
    with serving(tmp_path / "data", "--stop-delay", "1") as served:
        assert served.stop() == 0  # the first one ends by itself


def _wait_until_deaf(port: int) -> None:
    """Until nothing listens any more: then the server is stopping."""
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 30).close()
        except ConnectionRefusedError:
            return
        except ConnectionResetError:
            pass  # it was in line when the listener went away


def test_addresses_are_believed_from_a_trusted_proxy_alone(tmp_path: Path):
    """Twenty wrong passwords use up a network's room; another network's is still there."""
    data = tmp_path / "data"
    init(data, URL)
    with serving(data, "--trusted-proxies", "127.0.0.0/8") as proxied:
        for _ in range(20):
            answer = proxied.sign_in("wrong", **{"x-forwarded-for": "198.51.100.9, 203.0.113.9"})
            assert answer.status_code == 401
        for spoofed in ("203.0.113.9", "1.2.3.4, 203.0.113.9", "127.0.0.1, 203.0.113.77"):
            assert proxied.sign_in(**{"x-forwarded-for": spoofed}).status_code == 429
        assert proxied.sign_in(**{"x-forwarded-for": "192.0.2.1"}).status_code == 201
    with serving(data) as bare:
        assert bare.sign_in(**{"x-forwarded-for": "203.0.113.9"}).status_code == 201


# TLS


def test_a_handshake_that_never_comes_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tokenhouse.server.loop.HANDSHAKE_SECONDS", 0.2)
    application = Boundary(None, (health.face(lambda: None),))
    with (
        Background(application, tls_context(*certificate(tmp_path))) as served,
        socket.create_connection(("127.0.0.1", served.port), 30) as silent,
    ):
        assert silent.recv(1) == b""


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("tls"))


def handshake(port: int, trusted: Path, version: ssl.TLSVersion | None = None) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=str(trusted))
    if version is not None:
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.maximum_version = version
        context.set_ciphers("ALL:@SECLEVEL=0")
    plain = socket.create_connection(("127.0.0.1", port), 30)
    try:
        return context.wrap_socket(plain, server_hostname="localhost")
    except ssl.SSLError:
        plain.close()
        raise


def test_it_speaks_tls_1_2_and_newer_and_nothing_else(tmp_path: Path, tls: tuple[Path, Path]):
    data = tmp_path / "data"
    init(data, PUBLIC)
    flags = ("--tls-certificate", tls[0], "--tls-key", tls[1])
    with serving(data, *flags, scheme="https") as served:
        assert served.sign_in().status_code == 201
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with handshake(served.port, tls[0], version) as spoken:
                spoken.sendall(b"GET /readyz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
                answer = b"".join(iter(lambda s=spoken: s.recv(65536), b""))  # type: ignore[misc]
                assert answer.startswith(b"HTTP/1.1 200 ")
        with pytest.warns(DeprecationWarning, match="TLSv1"), pytest.raises(ssl.SSLError):
            handshake(served.port, tls[0], ssl.TLSVersion.TLSv1_1)
        with socket.create_connection(("127.0.0.1", served.port), 30) as plain:
            plain.sendall(b"GET /readyz HTTP/1.1\r\nhost: x\r\n\r\n")
            assert b"HTTP" not in plain.recv(65536)
        assert served.stop() == 0
    assert len(served.lines) == 1, "a stranger who speaks no TLS writes nothing into the log"


def test_what_is_no_http_is_refused_within_tls_as_it_is_without(
    tmp_path: Path, tls: tuple[Path, Path]
):
    data = tmp_path / "data"
    init(data, PUBLIC)
    flags = ("--tls-certificate", tls[0], "--tls-key", tls[1])
    with serving(data, *flags, scheme="https") as served:
        with handshake(served.port, tls[0]) as spoken:
            spoken.sendall(b"broken\r\n\r\n")
            assert spoken.recv(65536).startswith(b"HTTP/1.1 400 ")
        assert served.status("/readyz") == 200
        assert served.stop() == 0
    assert not [line for line in served.lines if "Traceback" in line or "trace" in line]


def test_with_tls_and_a_public_url_it_listens_everywhere(tmp_path: Path, tls: tuple[Path, Path]):
    data = tmp_path / "data"
    flags = ("--tls-certificate", tls[0], "--tls-key", tls[1], "--public-url", PUBLIC)
    with serving(data, *flags, listen="0.0.0.0:0", scheme="https") as served:
        assert served.begun["link"].startswith(f"{PUBLIC}/console/first-run#")
        assert served.status("/livez") == 200


@pytest.mark.parametrize("wrong", ["swapped", "other", "none", "absent"])
def test_a_certificate_that_cannot_be_used_is_told_in_one_sentence(
    tmp_path: Path, tls: tuple[Path, Path], wrong: str
):
    (tmp_path / "no.pem").write_text("nothing")
    (tmp_path / "elsewhere").mkdir()
    other = certificate(tmp_path / "elsewhere")
    first, second = {
        "swapped": (tls[1], tls[0]),
        "other": (tls[0], other[1]),
        "none": (tmp_path / "no.pem", tls[1]),
        "absent": (tls[0], tmp_path / "absent"),
    }[wrong]
    data = ("--data", tmp_path / "data", "--listen", "127.0.0.1:0")
    done = run("serve", *data, "--tls-certificate", first, "--tls-key", second)
    assert done.returncode == 7
    assert done.stderr.startswith("tokenhouse: ")
    assert done.stderr.count("\n") == 1
    assert str(second) in done.stderr


# what is refused at the start


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (("--listen", "0.0.0.0:0"), "trusted_proxies"),
        (("--listen", "[::]:0", "--public-url", "http://localhost:1"), "https://"),
        (("--listen", "127.0.0.2:0"), "public_url"),
        (("--tls-key", "x"), "tls_certificate is missing"),
        (("--listen", "localhost:1"), "is not an IP address"),
    ],
)
def test_what_must_not_be_served_is_refused_before_anything_listens(tmp_path, flags, sentence):
    done = run("serve", "--data", tmp_path / "data", *flags)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert sentence in done.stderr
    assert done.stdout == ""


def test_a_port_that_is_taken_is_told_in_one_sentence(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("serve", "--data", tmp_path / "data", "--listen", f"127.0.0.1:{port}")
    assert done.returncode == 7
    assert f"port {port}: another program uses it" in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_its_master_key_it_does_not_start_and_names_the_way_out(tmp_path: Path):
    data = tmp_path / "data"
    init(data, URL)
    (data / "master.key").unlink()
    done = run("serve", "--data", data, "--listen", "127.0.0.1:0")
    assert done.returncode == 7
    assert f"tokenhouse keys abandon --data {data} --yes" in done.stderr


def test_a_bad_master_key_is_told_at_the_start_and_not_to_whoever_sets_it_up(tmp_path: Path):
    flags = ("--data", tmp_path / "data", "--listen", "127.0.0.1:0")
    done = run("serve", *flags, TOKENHOUSE_MASTER_KEY="pl4nted-and-too-short")
    assert done.returncode == 7
    assert "TOKENHOUSE_MASTER_KEY does not hold a master key" in done.stderr
    assert "pl4nted" not in done.stderr


def test_at_a_terminal_it_speaks_to_people(tmp_path: Path):
    """With the link on a line of its own, ready to be opened."""
    ours, theirs = pty.openpty()
    command = [PROGRAM, "serve", "--data", tmp_path / "data", "--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, stderr=theirs, env=environment()) as process:
        os.close(theirs)
        said = b""
        while b"#" not in said or not said.endswith(b"\r\n\r\n"):
            said += os.read(ours, 65536)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    os.close(ours)
    links = [line for line in said.decode().split("\r\n") if line.startswith("  http://localhost:")]
    assert len(links) == 1
