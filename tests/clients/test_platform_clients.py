"""Public clients of the Virtuozzo platform, unchanged, are pointed here and do not notice."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from certifying import certificate
from clients.judging import run
from integration.gateway import nginx
from ports import free_port
from running import Demo, demo

CONTROL = "environment.control"
FRONT = """
worker_processes 1; pid nginx.pid; error_log error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path temp/body; proxy_temp_path temp/proxy; fastcgi_temp_path temp/fastcgi;
  uwsgi_temp_path temp/uwsgi; scgi_temp_path temp/scgi;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {certificate}; ssl_certificate_key {key};
    location / {{ proxy_pass {url}; proxy_set_header Host $http_host; }}
  }}
}}
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo of one's own, whose environments are stopped and started here."""
    with demo(tmp_path_factory.mktemp("demo") / "data") as running:
        yield running


def token(own: Demo, *methods: str) -> str:
    """A token for these methods of Anna's."""
    person = own.person("Administrator")
    ask = "/1.0/users/authentication/rest/"
    signed = {"login": person["email"], "password": person["password"]}
    session = own.client.post(f"{ask}signin", data=signed).json()["session"]
    made = own.client.post(
        f"{ask}createtoken",
        data={
            "session": session,
            "description": "a client's",
            "apiList": ",".join(f"{CONTROL}.{name}" for name in methods),
            "password": person["password"],
        },
    )
    return str(made.json()["token"]["key"])


def test_py_jelastic_signs_in_manages_tokens_and_stops_an_environment(own: Demo):
    person = own.person("Administrator")
    told = run("py_jelastic", own.url, person["email"], person["password"])
    assert told["templates"] == ["Extended Access", "IDE Plugins", "Marketplace", "Maven Plugin"]
    assert told["methods"] >= 60
    assert told["expires"]
    assert len(told["listed"]) == 1
    assert "key" not in told["listed"][0]
    assert (told["edited"], told["same_id"]) == ("weekly", True)
    assert told["wrong_password"] == "JelasticApiError"
    assert told["old"] == "JelasticApiError"
    assert (told["stopped"], told["status"]) == (0, 2)
    assert told["start"] == "JelasticPermissionError"
    assert (told["deleted"], told["left"], told["signed_out"]) == (0, [], 0)
    assert told["after"] == "JelasticApiError"


def test_jelapi_stops_an_environment_and_starts_it_again(own: Demo):
    key = token(own, "GetEnvs", "GetEnvInfo", "StopEnv", "StartEnv")
    own.client.post(f"/1.0/{CONTROL.replace('.', '/')}/rest/startenv", data=named(key))
    told = run("jelapi", own.url, key)
    assert "my-project" in told["names"]
    assert (told["before"], told["stopped"], told["started"]) == ("RUNNING", "STOPPED", "RUNNING")
    assert told["deleted"] is False


def test_jelastic_client_stops_an_environment_and_starts_it_again(own: Demo):
    key = token(own, "GetEnvInfo", "StopEnv", "StartEnv")
    own.client.post(f"/1.0/{CONTROL.replace('.', '/')}/rest/startenv", data=named(key))
    told = run("jelastic_client", own.url, key)
    assert (told["before"], told["stopped"], told["started"]) == (True, True, True)
    assert told["unknown"] is False
    assert told["result_of_deleting"] != 0


def named(key: str) -> dict[str, str]:
    return {"session": key, "envName": "my-project"}


@pytest.fixture
def front(own: Demo) -> Iterator[str]:
    """The demo behind TLS: where it is to be found."""
    with tempfile.TemporaryDirectory(prefix="front-") as name:
        port, (made, key) = free_port(), certificate(Path(name))
        written = FRONT.format(port=port, certificate=made, key=key, url=own.url)
        (Path(name) / "nginx.conf").write_text(written)
        (Path(name) / "temp").mkdir()
        with nginx(Path(name), port):
            yield f"127.0.0.1:{port}"


def test_pylastic_signs_in_over_tls_and_asks_with_its_session(own: Demo, front: str):
    person = own.person("Administrator")
    asked = (person["email"], person["password"], token(own, "GetEnvInfo"))
    told = run("pylastic", front, *asked)
    assert (told["session"], told["login"]) == ("ths_", person["email"])
    assert isinstance(told["uid"], int)
    assert told["status"] in {1, 2}
    assert (told["again"], told["signed_out"]) == (True, True)
    assert told["by_token"] == person["email"]
