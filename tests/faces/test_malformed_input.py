"""Whatever an administrator sends by mistake or by malice: a clear answer, never a fault of ours.

The same inputs every time, so a failure is the program's and not the day's.
"""

import json
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import count
from typing import Any, Final
from urllib.parse import quote_from_bytes, urlencode
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from conformance.described import is_described
from conformance.dialects import DIALECTS, Outcome, is_allowed, outcome
from conformance.face_suite import (
    FACES,
    ROUTES,
    holds_no_secret,
    malformed,
    name_of,
)
from conformance.house import House, house, parameters_of
from conformance.wire import FORM, Reply
from tokenhouse.boundary import Face, Route

Routed = tuple[Face, Route]

bounded = settings(
    max_examples=30,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
WITH_BODY: Final = [routed for routed in ROUTES if routed[1].method in {"POST", "PATCH"}]
WITH_PARAMETER: Final = [routed for routed in ROUTES if parameters_of(routed[1])]


def tried(routes: Sequence[Routed]) -> pytest.MarkDecorator:
    """On both engines; pages on SQLite alone, since they ask what the API asks on both."""
    pairs = [
        pytest.param(engine, routed, id=f"{engine}-{name_of(routed)}")
        for engine in ("sqlite", "postgres")
        for routed in routes
        if engine == "sqlite" or routed[0].name != "console"
    ]
    return pytest.mark.parametrize(("at", "routed"), pairs, indirect=["at"])


every_route = tried(ROUTES)


@pytest.fixture(scope="module")
def at(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    directory = tmp_path_factory.mktemp("house")
    with house(request.param, directory, FACES, request.getfixturevalue) as built:
        yield built


def ask(
    at: House, routed: Routed, path: bytes, headers: list[tuple[str, str]], body: bytes = b""
) -> Reply:
    """Ask with a good credential; the answer may be a refusal, but never a fault."""
    face, route = routed
    credential = [] if route.demand is None else at.rightful(route).headers
    if route.precondition and all(name != "if-match" for name, _ in headers):
        headers = [*headers, ("if-match", "*")]
    if face.name == "console" and route.method == "POST":  # else it would go no further than that
        body = b"&".join(
            filter(None, (urlencode(at.of_its_form(route, credential)).encode(), body))
        )
    with capture_logs() as logged:
        reply = at.wire(route.method, path, [*at.sealed(credential), *headers], body)
    assert [line for line in logged if line["event"] != "user token shown"] == []
    is_described(face, route, reply)
    meant = outcome(face, reply)
    assert meant is not Outcome.UNDECIDED, reply
    if meant is not Outcome.ALLOWED:
        holds_no_secret(reply)
        if all(name != "accept" for name, _ in headers):
            DIALECTS[face.name].check(reply)
    return reply


def target(at: House, route: Route) -> str:
    return at.fill(route, fresh=route.method == "DELETE")


# what can be wrong with a body

HOSTILE: Final = (
    "\x00",
    "a\x00b",
    "\x1b[31m",
    "\ud800",
    "\udfff\ud800",
    "\u202egnp.exe",
    "\u200b",
    "Admin\u200bistrator",
    "\ufeff",
    "\uffff",
    "\U0010ffff",
    "e\u0301",
    "\ufb03",
    "\u2028",
    "{{7*7}}",
    "%s%n",
    "'; DROP TABLE tokens; --",
    "<script>",
    "x" * 501,
    "\U0001f511" * 500,
    "2030-01-01T00:00:00Z",
    "2030-01-01T00:00:00",
    "2030-02-30T00:00:00Z",
    "9999-12-31T23:59:59-23:59",
    "0000-01-01T00:00:00Z",
    "2030-01-01T00:00:60.999999999+23:59",
    "\u0662\u0660\u0663\u0660-01-01T00:00:00Z",
    "2030-01-01T00:00:00.1234567890Z",
    "00000000-0000-0000-0000-000000000000",
    "SystemsRead",
    "KeysWrite",
    "a" * 121,
)
texts = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(), max_size=12))
numbers = st.one_of(
    st.integers(), st.floats(), st.sampled_from([2**63, -(2**64), 10**400, 1e308, -0.0])
)
scalars = st.one_of(st.none(), st.booleans(), numbers, texts)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=8,
)
names = st.one_of(
    st.sampled_from(
        ("description", "expiresAt", "groups", "name", "permissions", "token", "organization")
    ),
    texts,
)
objects = st.dictionaries(names, values, max_size=4)
SHAPES: Final = (
    b"",
    b" ",
    b"null",
    b"[]",
    b'"x"',
    b"{",
    b"{}{}",
    b"\xef\xbb\xbf{}",
    b"\xff\xfe{\x00}\x00",
    b'{"description":"\xed\xa0\x80"}',
    b'{"description":"\\ud800"}',
    b'{"\\u0000":1}',
    b'{"description":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    b'{"description":' + b"9" * 60_000 + b"}",
    b'{"description":1e999999}',
    b'{"description":NaN}',
    b'{"description":-Infinity}',
    b'{"description":"a","description":1}',
    b"{" + b",".join(b'"f%d":1' % n for n in range(5_000)) + b"}",
    b'{"groups":[' + b",".join([b'"x"'] * 10_000) + b"]}",
    b'{"name":"a"}' + b" " * 65_530,
)


def written(value: object) -> bytes:
    return json.dumps(value).encode()


raw_bytes = st.one_of(
    st.binary(max_size=12).map(quote_from_bytes),
    texts.map(lambda text: quote_from_bytes(text.encode("utf-8", "surrogatepass"))),
    st.sampled_from(("%", "%0", "%zz", "%00", "%0d%0aSet-Cookie:x", "+", "%2B", "=", "==", "\xff")),
)
bodies = st.one_of(
    st.sampled_from(SHAPES),
    st.binary(max_size=40),
    values.map(written),
    objects.map(written),
    objects.map(lambda one: json.dumps(one, ensure_ascii=False).encode("utf-8", "surrogatepass")),
)
JSON: Final = [("content-type", "application/json")]


def asked(path: str, query: str) -> str:
    """A path with one more piece of a query."""
    return f"{path}{'&' if '?' in path else '?'}{query}"


def typed(routed: Routed) -> list[tuple[str, str]]:
    """The media type that a route reads."""
    about = routed[1].about
    is_form = routed[0].name == "console" if about is None else about.form is not None
    return [FORM] if is_form else JSON


def plain(routed: Routed) -> bytes:
    """The smallest body, where a route may have one."""
    return b"" if routed not in WITH_BODY else b"x=" if typed(routed) == [FORM] else b"{}"


def forms(route: Route) -> st.SearchStrategy[bytes]:
    """Forms with fields that the route has, and others."""
    known = route.about.form._fields if route.about is not None and route.about.form else {}
    filled = st.lists(st.tuples(st.one_of(st.sampled_from([*known, "x"]), raw_bytes), raw_bytes))
    return filled.map(lambda some: "&".join(f"{n}={v}" for n, v in some).encode("latin-1"))


@tried(WITH_BODY)
def test_no_body_is_too_strange_to_be_refused(at: House, routed: Routed):
    @bounded
    @given(body=st.one_of(forms(routed[1]), bodies) if typed(routed) == [FORM] else bodies)
    def holds(body: bytes) -> None:
        ask(at, routed, target(at, routed[1]).encode(), typed(routed), body)

    holds()


# what is accepted is kept as it was sent

moments = st.one_of(
    st.sampled_from(
        ("2030-01-01T00:00:00.000001Z", "9999-12-31T23:59:59Z", "2027-06-30t23:59:60z")
    ),
    st.datetimes()
    .filter(lambda at: at.year > 2027)
    .flatmap(
        lambda at: st.sampled_from(("+01:00", "-09:30", "Z")).map(
            lambda zone: at.isoformat() + zone
        )
    ),
)
described = st.fixed_dictionaries(
    {}, optional={"description": st.one_of(st.none(), texts), "expiresAt": moments}
)
_numbers = count(1)
grouped = st.fixed_dictionaries(
    {"name": texts.map(lambda text: text[:40])},
    optional={
        "description": st.one_of(st.none(), texts),
        "permissions": st.lists(st.sampled_from(("SystemsRead", "TokenVerify"))),
    },
)
ACCEPTED: Final[dict[str, st.SearchStrategy[dict[str, Any]]]] = {
    "POST /account/tokens": described,
    "PATCH /account/tokens/{token_id}": described,
    "POST /user/tokens": described,
    "PATCH /user/tokens/{token_id}": described,
    "POST /accounts/{account_id}/groups": grouped,
    "PATCH /accounts/{account_id}/groups/{group_id}": grouped,
}


def _moment(text: str) -> datetime:
    """The moment by Python's own reading, which knows no leap second."""
    return datetime.fromisoformat(text.upper().replace(":60Z", ":59Z"))


SAME: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "description": lambda sent, read: (sent or "") == (read or ""),
    "expiresAt": lambda sent, read: _moment(sent) == _moment(read),
    "name": lambda sent, read: unicodedata.normalize("NFC", sent) == read,
    "permissions": lambda sent, read: sorted(set(sent)) == read,
}


@tried([routed for routed in ROUTES if str(routed[1]) in ACCEPTED])
def test_what_is_accepted_reads_back_as_it_was_sent(at: House, routed: Routed):
    route = routed[1]
    accepted = []

    @bounded
    @example(sent={"description": "\u202e\u200b\ufeff\U0010ffff\uffff", "name": "\u202ee\u0301"})
    @given(sent=ACCEPTED[str(route)])
    def holds(sent: dict[str, Any]) -> None:
        if "accounts" not in route.path:
            sent = {name: value for name, value in sent.items() if name != "name"}
        else:
            sent = sent | {"name": f"{sent['name']}{next(_numbers)}"}
        path = at.fill(route)
        reply = ask(at, routed, path.encode(), JSON, written(sent))
        if not is_allowed(routed[0], reply):
            return
        accepted.append(sent)
        said = json.loads(reply.body)
        said.pop("token", None)
        read = at.wire(
            "GET", reply.header("location") or path, at.good("session").credential.headers
        )
        assert json.loads(read.body) == said
        assert not any(
            unicodedata.category(one) in {"Cc", "Cs"} for one in "".join(map(str, sent.values()))
        )
        for name, value in sent.items():
            assert SAME[name](value, said.get(name)), (name, value, said)

    holds()
    assert len(accepted) > 5


# queries, paths and headers

COUNTS: Final = (
    "\u00b2",
    "0",
    "-1",
    "1e3",
    "01",
    "1_0",
    "\u0661",
    "1000001",
    "9" * 400,
    "1.0",
    "",
    " 1",
)
LIFETIMES: Final = (
    *("1M", "1m", "0D", "999999Y", "100000Y", "100001D", "P", "PT", "P1Y1M1W1DT1H1M1S", "P1M2Y"),
    *("-1D", "1.5D", "P-1M", "1D1W", "\uff11M", "1M ", "P100000Y100000M100000W100000D"),
)
ORDERS: Final = (
    "createdAt",
    "-expiresAt",
    "--name",
    "-",
    "name",
    "name;drop",
    "created_at",
    "NAME",
)
pairs = st.one_of(
    st.tuples(
        st.sampled_from(("page", "per_page")),
        st.sampled_from(COUNTS).map(quote_utf8 := (lambda text: quote_from_bytes(text.encode()))),
    ),
    st.tuples(st.just("lifetime"), st.sampled_from(LIFETIMES).map(quote_utf8)),
    st.tuples(st.just("sort"), st.sampled_from(ORDERS).map(quote_utf8)),
    st.tuples(
        st.one_of(st.sampled_from(("page", "per_page", "sort", "lifetime", "session")), raw_bytes),
        raw_bytes,
    ),
)
queries = st.one_of(
    st.lists(pairs, max_size=4).map(lambda some: "&".join(f"{n}={v}" for n, v in some)),
    st.sampled_from(("&" * 200, "a=1&" * 101, "=" * 50, "page", "page=1&page=2", "?", "a=%ff")),
)


@every_route
def test_no_query_is_too_strange_to_be_refused(at: House, routed: Routed):
    @bounded
    @given(query=queries)
    def holds(query: str) -> None:
        path = asked(target(at, routed[1]), query).encode("latin-1")
        ask(at, routed, path, typed(routed), plain(routed))

    holds()


ODDITIES: Final = [
    *(f"{name}={quote_utf8(text)}" for name in ("page", "per_page") for text in COUNTS),
    *(f"lifetime={quote_utf8(text)}" for text in LIFETIMES),
    *(f"sort={quote_utf8(text)}" for text in ORDERS),
]
ACCEPTS: Final = ("*/*;q=nan", "*/*;q=much", "*/*;q=", "*/*;q=1e999", ";;", "\xff", "*/*;q=-1")


@every_route
def test_every_known_oddity_is_answered(at: House, routed: Routed):
    if routed[1].path.endswith(("/v1/sessions", "/v1/sessions/current", "/signin")):
        return  # they read neither, and every turn would cost a sign-in
    for oddity in ODDITIES:
        ask(at, routed, asked(target(at, routed[1]), oddity).encode(), typed(routed), plain(routed))
    for accept in ACCEPTS:
        path = target(at, routed[1]).encode()
        ask(at, routed, path, [*typed(routed), ("accept", accept)], plain(routed))


segments = st.one_of(
    raw_bytes,
    st.sampled_from(("..", ".", "%2e%2e", "%2F", "%5c", "\\", ";a=1", "x" * 4000, "\x7f", "\x85")),
    st.uuids().map(str),
    st.uuids().map(lambda one: str(one).upper()),
    st.uuids().map(lambda one: one.urn),
    st.sampled_from((UUID(int=0), UUID(int=1), UUID(int=2**128 - 1))).map(str),
)


@tried(WITH_PARAMETER)
def test_no_path_is_too_strange_to_be_refused(at: House, routed: Routed):
    names = parameters_of(routed[1])

    @bounded
    @given(chosen=st.dictionaries(st.sampled_from(names), segments, min_size=1))
    def holds(chosen: dict[str, str]) -> None:
        path = at.fill(routed[1], chosen).encode("latin-1")
        reply = ask(at, routed, path, typed(routed), plain(routed))
        refused = not is_allowed(routed[0], reply)
        assert refused or "permission" in chosen or "" in chosen.values()

    holds()


header_texts = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=30)
headers = st.dictionaries(
    st.sampled_from(
        (
            "accept",
            "content-type",
            "content-encoding",
            "idempotency-key",
            "x-request-id",
            "x-forwarded-for",
            "x-forwarded-host",
            "forwarded",
            "x-http-method-override",
            "range",
            "if-match",
            "cookie",
            "accept-language",
            "origin",
        )
    ),
    st.one_of(
        header_texts,
        st.sampled_from(
            (
                "application/vnd.gridx.v2+json",
                "application/json;q=0",
                "*/*;q=nan",
                "*/*;q=much",
                "*/*;q=1e999",
                "application/json; charset=utf-16",
                "text/html, application/*;q=0.1",
                "," * 200,
                ";" * 200,
                "bytes=0-0",
                "DELETE",
                "gzip",
            )
        ),
    ),
    max_size=4,
)


@every_route
def test_no_header_is_too_strange_to_be_refused(at: House, routed: Routed):
    @bounded
    @given(sent=headers)
    def holds(sent: dict[str, str]) -> None:
        listed = [*sent.items()] if "content-type" in sent else [*sent.items(), *typed(routed)]
        reply = ask(at, routed, target(at, routed[1]).encode(), listed, plain(routed))
        own = reply.header("x-request-id") or ""
        assert own
        assert own != sent.get("x-request-id")

    holds()


@every_route
def test_two_of_a_header_that_may_stand_once_are_refused(at: House, routed: Routed):
    for name in ("host", "content-type", "idempotency-key"):
        if (name == "content-type" and routed not in WITH_BODY) or (
            name == "idempotency-key" and not routed[1].idempotent
        ):
            continue
        twice = [(name, "application/json"), (name, "application/json")]
        path = target(at, routed[1]).encode()
        reply = ask(at, routed, path, twice, plain(routed))
        about = routed[1].about
        is_body_read = about is None or bool(about.body or about.form or about.upload)
        unread = name == "content-type" and not is_body_read
        assert (outcome(routed[0], reply) is malformed(routed[1])) != unread, name
