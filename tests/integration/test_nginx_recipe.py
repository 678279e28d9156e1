"""The recipe itself: what it asks Tokenhouse, how, and what becomes of it when it is extended."""

from pathlib import Path

import pytest

from docs.documents import PAGES
from integration.gateway import Api, gateway
from running import Demo

LOCATION = "location / {"


def test_the_question_holds_the_credential_and_nothing_else_of_the_clients():
    asked = Api()  # in the place of Tokenhouse, to see the question as it comes
    try:
        with gateway(f"http://127.0.0.1:{asked.port}") as in_front:
            everything = {
                "Authorization": "Token one",
                "X-Access-Token": "two",
                "Cookie": "session=three",
                "X-Original-URI": "/public",
                "X-Forwarded-For": "192.0.2.1",
                "User-Agent": "curl",
                "Content-Type": "application/json",
                "Connection": "Authorization",
                "Host": "tokenhouse.example",
            }
            in_front.send("POST", "/roofs?permission=SystemsRead", everything, b"{}")
            in_front.send("GET", "/roofs?permission=SystemsWrite")
    finally:
        asked.close()
    full, empty = asked.seen
    assert (full.method, full.target, full.body) == ("HEAD", "/v1/verify/SystemsWrite", b"")
    assert sorted(full.headers) == [
        ("authorization", "Token one"),
        ("host", "tokenhouse"),
        ("x-access-token", "two"),
    ]
    assert (empty.method, empty.target) == ("HEAD", "/v1/verify/SystemsRead")
    assert empty.headers == [("host", "tokenhouse")]


def test_a_location_that_says_nothing_lets_nobody_through(running_demo: Demo):
    silent = f"location /new {{ proxy_pass http://api; }}\n{LOCATION}"
    with gateway(running_demo.url, (LOCATION, silent)) as in_front:
        for headers in ({}, running_demo.bearer()):
            assert in_front.refused(target="/new", headers=headers).status == 503
        assert in_front.refused(target="/roofs").status == 401


def test_a_location_as_the_page_adds_one_is_asked_about_and_stripped_as_well(running_demo: Demo):
    (added,) = (block.text for block in PAGES["gateways"].blocks if block.language == "nginx")
    with gateway(running_demo.url, (LOCATION, added + LOCATION)) as in_front:
        client, administrator = running_demo.bearer("Client"), running_demo.bearer()
        for target in ("/measurements", "/m%65asurements/7?x=/roofs"):
            assert in_front.refused(target=target).status == 401
            assert in_front.refused(target=target, headers=client).status == 403
            seen = in_front.seen(target=target, headers=administrator | {"x-auth-kind": "spoofed"})
            assert seen.target == target
            assert seen.all("x-auth-kind") == ["session"]
            assert seen.all("authorization") == []
        assert in_front.seen(target="/roofs/measurements", headers=client)


@pytest.mark.parametrize("name", ["No-Such-Permission", "a%20b", "..", "../jwks", "?x", "$uri", ""])
def test_a_location_with_a_wrong_name_lets_nobody_through(running_demo: Demo, name: str):
    wrong = ("set $permission $by_method", f'set $permission "{name}"')
    with gateway(running_demo.url, wrong) as in_front:
        for method in ("GET", "POST"):
            answer = in_front.refused(method, headers=running_demo.bearer())
            assert answer.status in {403, 503}


def test_questions_share_the_connections_to_tokenhouse(running_demo: Demo):
    port = int(running_demo.url.rpartition(":")[2])
    by = running_demo.bearer("Client")
    before = closed_connections_to(port)
    with gateway(running_demo.url, ("worker_processes auto", "worker_processes 1")) as in_front:
        connection = in_front.connection()
        for headers in (by, {}) * 100:
            in_front.send(headers=headers, connection=connection)
        connection.close()
        assert len(closed_connections_to(port) - before) < 20


def closed_connections_to(port: int) -> set[str]:
    """Connections to a port of this machine that whoever opened them closed a short while ago."""
    closing = "06"  # TIME_WAIT
    lines = [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
    return {line[1] for line in lines if line[2].endswith(f":{port:04X}") and line[3] == closing}
