"""The lane says what every other way says, byte for byte, and only where it was sure of it."""

from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from boundary.toys import Peer
from conformance.house import KINDS
from server.laning import (
    HEAD,
    LAST,
    Twice,
    ask_about,
    basic,
    everything,
    introspect,
    post,
    same,
    twice,
    verify,
)
from tokenhouse.core.credential import mint

NOBODYS = mint("th", "o", bytes(32)).reveal()
FORM = "Content-Type: application/x-www-form-urlencoded"
Ask = Callable[[Twice], bytes]


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twice]:
    with twice(tmp_path_factory.mktemp("lane")) as built:
        yield built


def _named(at: Twice, body: str, *headers: str) -> bytes:
    return post("/oauth/introspect", body.encode(), f"Authorization: {basic(at.client)}", *headers)


def _session(at: Twice) -> str:
    return at.at.good("session").credential.secret.reveal()


def _in_form(at: Twice) -> bytes:
    assert at.client.secret is not None
    pair = f"client_id={at.client.client.client_id}&client_secret={at.client.secret.reveal()}"
    return post("/oauth/introspect", f"token={at.token}&{pair}".encode(), FORM)


AT_ONCE: dict[str, Ask] = {
    "own": lambda at: verify(at.token),
    "own, as Bearer": lambda at: verify(_session(at)).replace(b": Token", b": bEARER"),
    "own, in x-access-token": lambda at: verify(_session(at)).replace(
        b"Authorization: Token", b"X-Access-Token:"
    ),
    "own, with a permission": lambda at: verify(at.token, "/v1/verify/SystemsRead"),
    "own, for an API": lambda at: verify(at.token, "/v1/verify?audience=heating"),
    "own, with what a gateway hands on": lambda at: verify(
        at.token, "/v1/verify?a=b&c=%20&a&=&audience=x%2By", "Accept: text/html", "Accept: a/b"
    ),
    "own, with every header of a browser": lambda at: verify(
        at.token, "/v1/verify", "Cookie: a=b", "User-Agent: x", "X-Forwarded-For: 192.0.2.1", "TE:"
    ),
    "own, with a body": lambda at: verify(at.token, "/v1/verify", "Content-Length: 3") + b"abc",
    "own, on a connection that is kept": lambda at: verify(
        at.token, "/v1/verify", "Connection: keep-alive"
    ),
    "another's": lambda at: ask_about(at.token, token=at.token),
    "another's, with all": lambda at: ask_about(
        at.token,
        "Accept: application/json;q=0.5, */*;q=0.1",
        token=at.token,
        permissions=["SystemsRead"],
        audience="heating",
        address="192.0.2.7",
    ),
    "introspected": lambda at: introspect(at.client, at.token),
    "introspected, with a hint": lambda at: introspect(
        at.client, at.token, token_type_hint="access_token", client_id=at.client.client.client_id
    ),
    "introspected by a form alone": _in_form,
    "introspected by a token": lambda at: post(
        "/oauth/introspect", f"token={at.token}".encode(), f"Authorization: Token {at.token}", FORM
    ),
    "introspected, a refresh token of another client": lambda at: introspect(
        at.client, at.at.good("refresh").credential.secret.reveal()
    ),
    "a foreign token": lambda at: introspect(
        at.client, at.at.good("personal", "a foreign administrator's").credential.secret.reveal()
    ),
    **{
        f"{kind}, introspected": lambda at, kind=kind: introspect(  # type: ignore[misc]
            at.client, at.at.good(kind).credential.secret.reveal()
        )
        for kind in KINDS
    },
    **{
        f"{kind}, asked about": lambda at, kind=kind: ask_about(  # type: ignore[misc]
            at.token, token=at.at.good(kind).credential.secret.reveal()
        )
        for kind in KINDS
        if kind not in {"refresh", "device"}
    },
}
"""Good, and in memory the second time."""

AS_ALL: dict[str, Ask] = {
    "HEAD": lambda at: verify(at.token).replace(b"GET", b"HEAD", 1),
    "another method": lambda at: verify(at.token).replace(b"GET", b"PUT", 1),
    "OPTIONS": lambda at: verify(at.token).replace(b"GET", b"OPTIONS", 1),
    "an unknown method": lambda at: verify(at.token).replace(b"GET", b"GOT", 1),
    "introspecting by GET": lambda at: verify(at.token, "/oauth/introspect"),
    "no credential": lambda _: b"GET /v1/verify" + HEAD + b"\r\n",
    "a malformed credential": lambda at: verify(f"{at.token} x"),
    "another scheme": lambda at: verify(at.token).replace(b"Token", b"Digest"),
    "two credentials": lambda at: verify(at.token, "/v1/verify", f"X-Access-Token: {at.token}"),
    "one twice": lambda at: verify(at.token, "/v1/verify", f"Authorization: Token {at.token}"),
    "nobody's token": lambda at: verify(at.token[:-1] + ("1" if at.token[-1] == "0" else "0")),
    "a permission that it lacks": lambda at: verify(at.token, "/v1/verify/NothingEver"),
    "no name of a permission": lambda at: verify(at.token, "/v1/verify/a%20b"),
    "a path below": lambda at: verify(at.token, "/v1/verify/a/b"),
    "a path beside": lambda at: verify(at.token, "/v1/verifyx"),
    "a slash at the end": lambda at: verify(at.token, "/v1/verify/"),
    "two slashes": lambda at: verify(at.token, "/v1/verify//a"),
    "a hidden slash": lambda at: verify(at.token, "/v1/verify%2fSystemsRead"),
    "a dot": lambda at: verify(at.token, "/v1/verify/."),
    "a broken percent sign": lambda at: verify(at.token, "/v1/verify?audience=%zz"),
    "two audiences": lambda at: verify(at.token, "/v1/verify?audience=a&audience=b"),
    "an empty audience": lambda at: verify(at.token, "/v1/verify?audience="),
    "too many parameters": lambda at: verify(at.token, "/v1/verify?" + "a=b&" * 200),
    "no host": lambda at: verify(at.token).replace(b"Host: here\r\n", b""),
    "two hosts": lambda at: verify(at.token, "/v1/verify", "Host: there"),
    "an absolute target": lambda at: verify(at.token, "http://here/v1/verify"),
    "a fragment": lambda at: verify(at.token, "/v1/verify#a"),
    "HTTP/1.0": lambda at: verify(at.token).replace(b"1.1", b"1.0"),
    "HTTP/1.0 that is kept": lambda at: verify(
        at.token, "/v1/verify", "Connection: keep-alive"
    ).replace(b"1.1", b"1.0"),
    "HTTP/2.0 in words": lambda at: verify(at.token).replace(b"1.1", b"2.0"),
    "a connection to close": lambda at: verify(at.token, "/v1/verify", "Connection: close"),
    "an upgrade": lambda at: verify(
        at.token, "/v1/verify", "Connection: Upgrade", "Upgrade: websocket"
    ),
    "an expectation": lambda at: ask_about(at.token, "Expect: 100-continue", token=at.token),
    "another expectation": lambda at: ask_about(at.token, "Expect: nothing", token=at.token),
    "chunks": lambda at: (
        f"POST /oauth/introspect HTTP/1.1\r\nHost: here\r\n{FORM}\r\n"
        f"Authorization: {basic(at.client)}\r\nTransfer-Encoding: chunked\r\n\r\n"
        f"{len(at.token) + 6:x}\r\ntoken={at.token}\r\n0\r\nHost: there\r\n\r\n"
    ).encode(),
    "broken chunks": lambda at: (
        f"POST /oauth/introspect HTTP/1.1\r\nHost: here\r\n{FORM}\r\n"
        f"Authorization: {basic(at.client)}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
    ).encode(),
    "no JSON": lambda at: post("/v1/verify", b"{", f"Authorization: Token {at.token}"),
    "JSON under another name": lambda at: ask_about(at.token, token=at.token).replace(
        b"application/json", b"text/plain"
    ),
    "a type twice": lambda at: ask_about(
        at.token, "Content-Type: application/json", token=at.token
    ),
    "a field twice": lambda at: post(
        "/v1/verify",
        b'{"token":"a","token":"b"}',
        f"Authorization: Token {at.token}",
        "Content-Type: application/json",
    ),
    "a field too many": lambda at: ask_about(at.token, token=at.token, more=1),
    "a query where there is none": lambda at: ask_about(at.token, token=at.token).replace(
        b"/v1/verify", b"/v1/verify?a=b"
    ),
    "what is not acceptable": lambda at: ask_about(at.token, "Accept: text/html", token=at.token),
    "about nobody's token": lambda at: ask_about(at.token, token=NOBODYS),
    "about a permission that it lacks": lambda at: ask_about(
        at.token, token=at.token, permissions=["NothingEver"]
    ),
    "about a refresh token": lambda at: ask_about(
        at.token, token=at.at.good("refresh").credential.secret.reveal()
    ),
    "introspected, with a query": lambda at: introspect(at.client, at.token).replace(
        b"/introspect", b"/introspect?a=b"
    ),
    "introspected, nobody's": lambda at: introspect(at.client, NOBODYS),
    "introspected, two tokens": lambda at: _named(at, f"token={at.token}&token=a", FORM),
    "introspected, no token": lambda at: _named(at, "", FORM),
    "introspected, in JSON": lambda at: _named(at, f"token={at.token}"),
    "introspected, a wrong secret": lambda at: introspect(at.client, at.token).replace(
        b"Basic ", b"Basic QQ"
    ),
    "introspected, twice presented": lambda at: introspect(
        at.client, at.token, client_id="another"
    ),
    "a body that is too long for the lane": lambda at: introspect(
        at.client, at.token, x="y" * 9000
    ),
    "a body that is too long": lambda at: introspect(at.client, "x" * 70_000),
    "a URL that is too long": lambda at: verify(at.token, "/v1/verify?" + "a" * 9000),
    "headers that are too long": lambda at: verify(at.token, "/v1/verify", "X: " + "a" * 40_000),
    "too many headers": lambda at: verify(at.token, "/v1/verify", *["X: a"] * 120),
    "two lengths": lambda at: ask_about(at.token, "Content-Length: 9", token=at.token),
    "a length and chunks": lambda at: ask_about(
        at.token, "Transfer-Encoding: chunked", token=at.token
    ),
    "a folded line": lambda at: verify(at.token, "/v1/verify", "X: a", " b"),
    "a folded credential": lambda at: verify(at.token).replace(b": Token ", b":\r\n Token "),
    "a space before the colon": lambda at: verify(at.token).replace(b"ization:", b"ization :"),
    "lines that end with LF": lambda at: verify(at.token).replace(b"\r\n", b"\n"),
    "NUL in a value": lambda at: verify(at.token, "/v1/verify", "X: a\0b"),
    "a raw byte in the URL": lambda at: verify(at.token, "/v1/verify?a=\u00ff"),
}
"""Good or not: the lane has no answer of its own to any of them."""


@pytest.mark.parametrize("name", AT_ONCE)
def test_what_memory_answers_at_once_reads_as_everywhere(at: Twice, name: str) -> None:
    request = AT_ONCE[name](at)
    expected = same(everything(at.without, request, LAST))
    at.told()
    answers = [everything(at.with_lane, request, LAST) for _ in range(3)]
    assert [same(one) for one in answers] == [expected] * 3
    assert answers[0].startswith(b"HTTP/1.1 200 OK\r\ndate: ")
    assert at.told()[-1], "the lane had no answer: this proves nothing"
    decided = at.lane.decided
    with Peer(at.with_lane) as peer:
        peer.send(request * 3)
        assert {peer.reply().status for _ in range(3)} == {200}
    assert at.lane.decided == decided, "each was decided anew: this proves half"


@pytest.mark.parametrize("name", AS_ALL)
def test_everything_else_goes_the_way_of_all(at: Twice, name: str) -> None:
    request = AS_ALL[name](at)
    expected = same(everything(at.without, request, LAST))
    assert expected
    at.told()
    for _ in range(2):
        assert same(everything(at.with_lane, request, LAST)) == expected
    assert not any(at.told())


NOT_TOLD = {
    "introspected, a refresh token of another client",
    "a foreign token",
    "refresh, introspected",
}
"""Whoever asks is not told of the token, so it is not counted."""


def _counted(at: Twice) -> Counter[tuple[object, ...]]:
    usage = at.at.stage.parts.usage
    usage.write()
    return Counter({key[::2]: uses for key, uses in usage.store._hours.items()})


@pytest.mark.parametrize("name", [*AT_ONCE, "a permission that it lacks", "about nobody's token"])
def test_what_the_lane_says_is_counted_as_everywhere(at: Twice, name: str) -> None:
    request = {**AS_ALL, **AT_ONCE}[name](at)
    before = _counted(at)
    everything(at.without, request, LAST)
    once = _counted(at) - before
    assert bool(once) == (name not in NOT_TOLD)
    for times in range(1, 4):
        everything(at.with_lane, request, LAST)
        assert _counted(at) - before == Counter({one: n * (1 + times) for one, n in once.items()})
