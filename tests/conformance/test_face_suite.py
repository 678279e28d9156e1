"""Every route of every face, asked with every bad credential: no yes that the core did not say."""

from collections.abc import Iterator
from itertools import product
from uuid import uuid4

import pytest

from conformance.broken_tokens import BROKEN, REASONS, BrokenTokens
from conformance.face_suite import (
    ALL_ROUTES,
    BLANK,
    CACHED,
    FACES,
    ISSUING,
    OVER,
    PROTECTED,
    PUBLIC,
    ROUTES,
    holds_no_secret,
    is_refusal,
    malformed_status,
    name_of,
)
from conformance.house import (
    FOREIGN,
    KINDS,
    NAMES,
    OPERATED,
    SPELLINGS,
    Credential,
    House,
    house,
    key_of,
    parameters_of,
)
from conformance.wire import Reply
from engines import ENGINES
from running import OPAQUE, SIGNED
from tokenhouse.boundary import Face, Route
from tokenhouse.core.judge import Reason
from tokenhouse.core.kind import Spelling
from tokenhouse.core.refusal import Unavailable

Routed = tuple[Face, Route]

every_route = pytest.mark.parametrize("routed", ROUTES, ids=name_of)
every_protected_route = pytest.mark.parametrize("routed", PROTECTED, ids=name_of)

MALFORMED = (
    ("authorization", ""),
    ("authorization", "Token"),
    ("authorization", "Bearer "),
    ("authorization", "Token  two-spaces"),
    ("authorization", "Token a b"),
    ("authorization", "Token \u00fcber"),
    ("authorization", "Token a,b"),
    ("authorization", "Basic YTpi"),
    ("authorization", "tho_000000000000000000000000000000000000"),
    ("authorization", "Token tho_000000000000000000000000000000000000"),
    ("authorization", "Bearer e30.e30."),
    ("authorization", "Bearer eyJhbGciOiJub25lIn0.e30.AA"),
    ("authorization", "Token " + "x" * 9000),
    ("x-access-token", ""),
    ("x-access-token", "Bearer x"),
    ("cookie", "session=x"),
)


@pytest.fixture(scope="module", params=ENGINES)
def at(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    directory = tmp_path_factory.mktemp("house")
    with house(request.param, directory, FACES, request.getfixturevalue) as built:
        yield built


@pytest.fixture(scope="module")
def broken(at: House) -> BrokenTokens:
    return BrokenTokens(at)


def status_of(reason: Reason) -> int:
    return 403 if reason in {Reason.INSUFFICIENT, Reason.WRONG_ASKER} else 401


def refused(at: House, routed: Routed, headers: list[tuple[str, str]], status: int) -> Reply:
    """Ask, and be refused so; nothing is written."""
    face, route = routed
    path = at.fill(route)
    before = at.head
    reply = at.send(route, path, headers)
    is_refusal(face, reply, status)
    assert at.head == before
    return reply


def test_the_suite_has_found_what_there_is():
    names = {"account_tokens", "console", "native", "oauth", "systems"}
    assert {face.name for face in FACES} >= names
    assert len(PROTECTED) > 15
    assert {str(route) for _, route in ALL_ROUTES} - {str(route) for _, route in ROUTES} == OVER


@every_protected_route
def test_without_a_credential_nothing_opens(at: House, routed: Routed):
    refused(at, routed, [], 401)


@every_protected_route
def test_a_malformed_credential_opens_nothing(at: House, routed: Routed, subtests: pytest.Subtests):
    for name, value in MALFORMED:
        with subtests.test(header=f"{name} {value[:24]}"):
            refused(at, routed, [(name, value)], 401)


@every_protected_route
def test_a_token_that_is_not_active_opens_nothing(
    at: House, broken: BrokenTokens, routed: Routed, subtests: pytest.Subtests
):
    for state, kind in BROKEN:
        with subtests.test(state=state, kind=kind):
            credential = broken(state, kind).credential
            assert at.reason(routed[1], credential) == REASONS.get(state, state)
            reply = refused(at, routed, credential.headers, 401)
            assert credential.secret.reveal() not in reply.body.decode()


@every_protected_route
def test_a_good_token_opens_what_the_core_says_and_no_more(
    at: House, routed: Routed, subtests: pytest.Subtests
):
    for kind, spelling in product(KINDS, SPELLINGS):
        with subtests.test(kind=kind, spelling=spelling.value):
            _opens_what_the_core_says(at, routed, kind, spelling)


def _opens_what_the_core_says(at: House, routed: Routed, kind: str, spelling: Spelling) -> None:
    face, route = routed
    credential = Credential(at.good(kind).credential.secret, spelling)
    reason = at.reason(route, credential)
    if spelling not in face.spellings:
        refused(at, routed, credential.headers, 401)
    elif reason is not None:
        refused(at, routed, credential.headers, status_of(reason))
    else:
        reply = at.send(route, at.fill(route, fresh=True), credential.headers)
        assert 200 <= reply.status < 300, reply


@pytest.mark.parametrize("kind", KINDS)
@every_protected_route
def test_a_token_without_any_permission_opens_what_needs_none(at: House, routed: Routed, kind: str):
    face, route = routed
    made = at.good(kind, "a powerless person's")
    reason = at.reason(route, made.credential)
    assert route.demand is not None
    if made.credential.spelling not in face.spellings:
        refused(at, routed, made.credential.headers, 401)
    elif reason is not None:
        refused(at, routed, made.credential.headers, status_of(reason))
    else:
        assert not route.demand.permissions
        reply = at.send(route, at.fill(route), made.credential.headers)
        assert reply.status < 300 or reply.status in {403, 404}, reply
        if parameters_of(route):
            assert reply.status in {403, 404}, reply


@every_protected_route
def test_two_credentials_are_refused_whichever_is_good(at: House, routed: Routed):
    face, route = routed
    good = at.rightful(route).headers
    status = malformed_status(route)
    for second in (good, [("authorization", "Token x")]):
        refused(at, routed, [*good, *second], status)
        refused(at, routed, [*second, *good], status)
    if Spelling.X_ACCESS_TOKEN in face.spellings:
        personal = Credential(at.good("personal").credential.secret, Spelling.X_ACCESS_TOKEN)
        refused(at, routed, [*good, *personal.headers], status)
        refused(at, routed, [("x-access-token", "x"), *good], status)


@every_protected_route
def test_a_foreign_administrator_reaches_nothing_of_ours(at: House, routed: Routed):
    _, route = routed
    for kind in KINDS:
        made = at.good(kind, "a foreign administrator's")
        if at.reason(route, made.credential) is not None:
            continue
        if set(parameters_of(route)) - NAMES:
            refused(at, routed, made.credential.headers, 404)
            continue
        reply = at.send(route, at.fill(route), made.credential.headers)
        assert reply.status < 300, reply
        assert str(at.own) not in reply.body.decode()


@every_protected_route
def test_unknown_malformed_and_foreign_ids_are_told_apart_by_nothing(
    at: House, broken: BrokenTokens, routed: Routed
):
    face, route = routed
    headers = at.rightful(route).headers
    for name in set(parameters_of(route)) - NAMES:
        key = key_of(name, route)
        own, other = (
            ("organizational", "personal") if name == key else ("personal", "organizational")
        )
        # in /v1 a revoked token stays where it was
        gone = at.make(other) if face.name == "native" else broken("revoked", own)
        ids = (
            str(uuid4()),
            *(() if key in OPERATED else (FOREIGN[key](at),)),
            str(at.make(other).token.id),
            str(gone.token.id),
            "x",
            "%20",
            "null",
            "-1",
            "0" * 36,
            "x" * 300,
            f"%7B{uuid4()}%7D",
            f"{uuid4()}".replace("-", ""),
            "%F0%9F%94%91",
        )
        replies = set()
        for one in ids:
            path = at.fill(route, {name: one})  # may make what else it names
            before = at.head
            reply = at.send(route, path, headers)
            is_refusal(face, reply, 404)
            assert at.head == before
            replies.add(_without_request_id(reply))
        assert len(replies) == 1, replies


def _without_request_id(reply: Reply) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
    own = reply.header("x-request-id") or ""
    headers = tuple(field for field in reply.headers if field[0] != "x-request-id")
    return reply.status, headers, reply.body.replace(own.encode(), b"")


@pytest.mark.parametrize("fault", [Unavailable("down"), RuntimeError("thp_secret in a message")])
@every_route
def test_without_the_store_nothing_is_decided(at: House, routed: Routed, fault: Exception):
    face, route = routed
    headers = [] if route.demand is None else at.rightful(route).headers
    path = at.fill(route)
    with at.switch.failing(fault):
        reply = at.send(route, path, headers)
    if str(route) in BLANK:
        assert reply.status == 200
        return
    is_refusal(face, reply, 503)
    assert b"secret" not in reply.body


@every_route
def test_what_cannot_be_made_durable_is_not_said_to_be_done(at: House, routed: Routed):
    face, route = routed
    headers = [] if route.demand is None else at.rightful(route).headers
    path, before = at.fill(route), at.head
    with at.switch.failing(Unavailable("full"), "commit"):
        reply = at.send(route, path, headers)
    assert at.head == before
    if reply.status >= 300:
        is_refusal(face, reply, 503)
    else:
        assert route.method == "GET" or reply.status == 200
        holds_no_secret(reply)


@every_route
def test_a_secret_stands_only_in_the_answer_that_issues_it(at: House, routed: Routed):
    _, route = routed
    headers = [] if route.demand is None else at.rightful(route).headers
    reply = at.send(route, at.fill(route, fresh=True), headers)
    assert 200 <= reply.status < 300, reply
    secrets = [*OPAQUE.findall(reply.body.decode()), *SIGNED.findall(reply.body.decode())]
    assert len(secrets) == (1 if str(route) in ISSUING else 0)
    holds_no_secret(Reply(reply.status, reply.headers, b""))
    kept = reply.header("cache-control")
    assert kept == ("public, max-age=300" if str(route) == CACHED else "no-store")


@pytest.mark.parametrize("routed", PUBLIC, ids=name_of)
def test_a_route_that_asks_for_no_credential_looks_at_none(
    at: House, broken: BrokenTokens, routed: Routed
):
    _, route = routed
    path = at.fill(route)
    for header in (*MALFORMED, *broken("revoked", "personal").credential.headers):
        assert at.send(route, path, [header]).status < 300


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.name)
def test_what_a_face_does_not_have_is_refused_in_its_own_form(at: House, face: Face):
    for prefix in face.prefixes:
        is_refusal(face, at.wire("GET", f"{prefix}/nowhere/at/all"), 404)
        is_refusal(face, at.wire("GET", f"{prefix}//x"), 400)
        is_refusal(face, at.wire("GET", f"{prefix}/%zz"), 400)
    for route in face.routes:
        reply = at.wire("PROPFIND", at.fill(route))
        is_refusal(face, reply, 405)
        assert route.method in (reply.header("allow") or "")


def test_where_everything_is_set_up_the_first_run_is_over(at: House):
    for face, route in ALL_ROUTES:
        if str(route) in OVER:
            for headers in ([], at.good("session").credential.headers):
                refused(at, (face, route), headers, 404)
