"""Whatever a client sends beside its credential: it changes no decision and no identity."""

import http.client
from typing import Any

import pytest

from integration.gateway import Gateway
from integration.test_nginx import IDENTITY
from running import Demo, token

OURS = tuple(name.title() for name in IDENTITY)
OTHERS = (
    *("X-Auth-Assertion", "Remote-User", "X-Remote-User", "X-Forwarded-User"),
    *("X-Forwarded-Email", "X-Forwarded-Groups", "X-Forwarded-Preferred-Username"),
    *("X-Forwarded-Access-Token", "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"),
    *("X-Original-URI", "X-Original-URL", "X-Original-Method", "X-Rewrite-URL", "X-Forwarded-URI"),
    *("X-Forwarded-Method", "X-Forwarded-Prefix", "X-Forwarded-Server", "Forwarded"),
)
SEEN_HERE = (
    *("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Proto"),
    "X-Real-IP",
)
SPOOF = "spoofed-by-the-client"


def forms(name: str) -> list[str]:
    """Every way to write a header that some program reads as this one."""
    mixed = "".join(
        letter.upper() if place % 2 else letter.lower() for place, letter in enumerate(name)
    )
    return [
        *(name, name.lower(), name.upper(), mixed),
        *(name.replace("-", "_"), name.replace("-", "."), name.replace("-", "_", 1)),
        *(name.replace("-", ".", 1), name.replace("-", "_").upper(), f"{name}_", f"{name}."),
    ]


@pytest.fixture(scope="module")
def reader(running_demo: Demo) -> dict[str, Any]:
    return running_demo.issue(running_demo.bearer(), groups=[running_demo.group("Client")])


def folded(name: str) -> str:
    """A name as programs see it that tell no dash from an underscore or a dot."""
    return name.lower().replace("_", "-").replace(".", "-").strip("-")


@pytest.mark.parametrize("name", [*OURS, *OTHERS, *SEEN_HERE])
def test_a_spoofed_header_never_reaches_the_api_in_any_form(
    in_front: Gateway, reader: dict[str, Any], name: str
):
    plain = in_front.seen(headers=token(reader))
    for form in forms(name):
        for spoofed in ([(form, SPOOF)], [(form, SPOOF), (form, f"{SPOOF}-too")]):
            seen = in_front.seen(headers=[*spoofed, *token(reader).items(), *spoofed])
            assert SPOOF not in str(seen.headers)
            assert [folded(one) for one, _ in seen.headers].count(folded(name)) <= 1
            assert sorted(seen.headers) == sorted(plain.headers)
            assert in_front.refused(headers=spoofed).status == 401
            assert in_front.refused("POST", headers=[*token(reader).items(), *spoofed])


@pytest.mark.parametrize("name", [*OURS, "Authorization", "X-Access-Token", "X-Forwarded-For"])
@pytest.mark.parametrize("value", ["{}", "close, {}", "keep-alive, {}", "{}, Upgrade"])
def test_a_header_that_is_named_in_connection_is_neither_lost_nor_let_in(
    in_front: Gateway, reader: dict[str, Any], name: str, value: str
):
    plain = in_front.seen(headers=token(reader))
    tricks = [
        ("Connection", value.format(name)),
        ("Connection", name.lower()),
        ("Proxy-Connection", name),
    ]
    seen = in_front.seen(headers=[*token(reader).items(), *tricks[:1]])
    assert sorted(seen.headers) == sorted(plain.headers)
    for extra in ([tricks[1]], tricks):
        seen = in_front.seen(headers=[*token(reader).items(), *extra, (name + "-", SPOOF)])
        assert [seen.all(one) for one in IDENTITY] == [plain.all(one) for one in IDENTITY]
        assert seen.all("connection") == []


def test_what_may_be_believed_of_where_a_request_came_from_is_seen_at_the_gateway(
    in_front: Gateway, reader: dict[str, Any]
):
    seen = in_front.seen(headers=token(reader) | {"host": "API.example:1234"})
    assert seen.all("host") == seen.all("x-forwarded-host") == ["api.example"]
    assert seen.all("x-real-ip") == seen.all("x-forwarded-for") == ["127.0.0.1"]
    assert seen.all("x-forwarded-proto") == ["http"]
    assert seen.all("x-forwarded-port") == [str(in_front.port)]


AMBIGUOUS = (
    *("//roofs", "/a//b", "/a/../roofs", "/../roofs", "/a/..", "/./roofs", "/a/.", "/a/..?x"),
    *("/a%2froofs", "/a%2Froofs", "/a%5croofs", "/a\\roofs", "/a;b", "/a;/roofs", "/a%3bb"),
    *("/%2e%2e/roofs", "/.%2e/roofs", "/a%00b", "/a%0ab", "/a%7fb", "/a%252fb", "/a%25%32%66b"),
    *("/a%c0%afb", "/a%e0%80%afb", "/a%f0%80%80%afb", "/a%ffb", "/a#b", "/#/../roofs"),
    *("/roofs/..;/b", "/%zz", "/..%2froofs", "/a%c1%9cb"),
)


@pytest.mark.parametrize("target", AMBIGUOUS)
def test_a_path_with_two_readings_is_refused_with_every_token(
    running_demo: Demo, in_front: Gateway, reader: dict[str, Any], target: str
):
    for headers in ({}, token(reader), running_demo.bearer()):
        for method in ("GET", "POST"):
            assert in_front.refused(method, target, headers).status == 400


@pytest.mark.parametrize(
    "target",
    [
        *(
            "/",
            "/roofs",
            "/roofs/7",
            "/a.b/..c/...",
            "/caf%C3%A9",
            "/a%20b",
            "/100%25",
            "/%E2%82%AC",
        ),
        *("/roofs?permission=SystemsRead", "/roofs?permission=%2f..//;", "/roofs?"),
        *("/v1/verify", "/v1/verify/SystemsRead", "/roofs?_method=GET", "/roofs?a=b?c=//"),
    ],
)
def test_no_path_and_no_query_decides_anything_and_both_reach_the_api_as_they_came(
    in_front: Gateway, reader: dict[str, Any], target: str
):
    assert in_front.seen("GET", target, token(reader)).target == target
    assert in_front.refused("POST", target, token(reader)).status == 403
    assert in_front.refused("GET", target).status == 401


@pytest.mark.parametrize("target", ["/_tokenhouse", "/_tokenhouse/", "/_tokenhouse?x=1"])
def test_the_question_itself_cannot_be_asked_from_outside(
    in_front: Gateway, reader: dict[str, Any], target: str
):
    answer = in_front.send("GET", target, token(reader))
    assert b"fresh_ms" not in answer.body
    assert "x-auth-subject" not in answer.headers
    if target == "/_tokenhouse/":
        assert answer.status == 200
    else:
        assert answer.status == 404


def test_an_absolute_target_names_no_other_host(in_front: Gateway, reader: dict[str, Any]):
    seen = in_front.seen("GET", "http://elsewhere.example/roofs", token(reader))
    assert seen.target == "/roofs"
    answer = in_front.refused("GET", f"http://127.0.0.1:{in_front.api.port}/roofs")
    assert answer.status == 401


@pytest.mark.parametrize("method", ["get", "GETX", "TRACE", "CONNECT", "G%45T"])
def test_an_odd_method_never_passes_as_reading(
    in_front: Gateway, reader: dict[str, Any], method: str
):
    assert in_front.refused(method, "/roofs", token(reader)).status in {400, 403, 405}


@pytest.mark.parametrize(
    "framing",
    [
        [("Transfer-Encoding", "chunked"), ("Content-Length", "4")],
        [("Transfer-Encoding", "xchunked")],
        [("Content-Length", "4"), ("Content-Length", "5")],
        [("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "identity")],
    ],
    ids=str,
)
def test_a_request_of_two_lengths_smuggles_no_second_one_to_the_api(
    running_demo: Demo, in_front: Gateway, framing: list[tuple[str, str]]
):
    connection = in_front.connection()
    before = len(in_front.api.seen)
    connection.putrequest("POST", "/roofs", skip_host=True, skip_accept_encoding=True)
    for name, value in [("Host", "x"), *running_demo.bearer().items(), *framing]:
        connection.putheader(name, value)
    connection.endheaders(b"0\r\n\r\nDELETE /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
    try:
        assert connection.getresponse().status in {400, 501}
    except (http.client.BadStatusLine, ConnectionError):
        pass
    finally:
        connection.close()
    assert "/smuggled" not in [seen.target for seen in in_front.api.seen[before:]]
