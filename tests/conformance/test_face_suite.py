"""Every route of every face, asked with every bad credential: no yes that the core did not say."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from typing import Final
from uuid import uuid4

import pytest

from conformance.broken_tokens import REASONS, BrokenTokens, broken_at
from conformance.described import FOR_EVER, SHARED
from conformance.dialects import DIALECTS, Outcome, is_allowed, outcome
from conformance.face_suite import (
    ALL_ROUTES,
    AT_CLIENTS,
    BLANK,
    CACHED,
    COOKIED,
    DIALECT_FACES,
    FACES,
    FILES,
    GRANTING,
    ISSUING,
    OVER,
    PROTECTED,
    PUBLIC,
    ROUTES,
    SHOWING,
    holds_no_secret,
    is_refusal,
    malformed,
    name_of,
)
from conformance.house import (
    FOR_ALL,
    FOREIGN,
    NAMED,
    NAMES,
    OPERATED,
    SPELLINGS,
    Credential,
    House,
    Made,
    house,
    is_ones_own,
    key_of,
    kinds_at,
    not_ones_own,
    parameters_of,
)
from conformance.wire import PARAMETER, Reply, without, without_the_asked
from engines import ENGINES
from running import OPAQUE, SIGNED
from tokenhouse.boundary import Face, Route
from tokenhouse.core.judge import Reason
from tokenhouse.core.kind import Spelling
from tokenhouse.core.refusal import Unavailable

Routed = tuple[Face, Route]

every_route = pytest.mark.parametrize("routed", ROUTES, ids=name_of)
every_protected_route = pytest.mark.parametrize("routed", PROTECTED, ids=name_of)

COOKIE = Spelling.COOKIE.value
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
    ("cookie", f"{COOKIE}two words"),
    ("cookie", f"{COOKIE}ths_000000000000000000000000000000000000"),
    ("cookie", f"{COOKIE}ths_000000000000000000000000000000000000.sa1b2c.{'A' * 43}"),
    ("cookie", COOKIE + "x" * 4000),
    (PARAMETER, ""),
    (PARAMETER, "two words"),
    (PARAMETER, "\u00fcber"),
    (PARAMETER, "a,b"),
    (PARAMETER, "Bearer x"),
    (PARAMETER, "tho_000000000000000000000000000000000000"),
    (PARAMETER, "eyJhbGciOiJub25lIn0.e30.AA"),
    (PARAMETER, "x" * 9000),
)


NO_IDS: Final = ("x", "%20", "null", "-1", "0" * 36, "x" * 300, "%F0%9F%94%91")
OWN_AND_OTHER: Final = {
    "token_id personal": ("personal", "organizational"),
    "membership_id with tokens": ("personal", "organizational"),
    "session_id": ("session", "personal"),
    "token_number": ("limited_personal", "organizational"),
}
"""By what an id names: the kind of token that it is of, and another. Where it is of none, any."""


@pytest.fixture(scope="module", params=ENGINES)
def at(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    directory = tmp_path_factory.mktemp("house")
    with house(request.param, directory, FACES, request.getfixturevalue) as built:
        yield built


@pytest.fixture(scope="module")
def broken(at: House) -> BrokenTokens:
    return BrokenTokens(at)


@contextmanager
def trying(**case: object) -> Iterator[None]:
    """Tells what was tried when it failed; a report for each would cost more than the asking."""
    try:
        yield
    except AssertionError as failure:
        failure.add_note(str(case))
        raise


def meant_by(reason: Reason) -> Outcome:
    if reason is Reason.NOT_LISTED:
        return Outcome.NOT_LISTED
    is_good = reason in {Reason.INSUFFICIENT, Reason.WRONG_ASKER}
    return Outcome.FORBIDDEN if is_good else Outcome.UNAUTHENTICATED


def refused(at: House, routed: Routed, headers: list[tuple[str, str]], meant: Outcome) -> Reply:
    """Ask, and be refused so; nothing is written."""
    face, route = routed
    path = at.fill(route)
    before = at.head
    reply = at.send(route, path, headers)
    is_refusal(face, reply, meant)
    assert at.head == before
    return reply


def test_the_suite_has_found_what_there_is():
    assert {face.name for face in FACES} >= {
        "account_tokens",
        "console",
        "native",
        "oauth",
        "systems",
    }
    assert {face.name for face in DIALECT_FACES} <= set(DIALECTS)
    assert len(PROTECTED) > 15
    assert {str(route) for _, route in ALL_ROUTES} - {str(route) for _, route in ROUTES} == OVER


def test_every_parameter_that_names_something_is_tried():
    for _, route in ROUTES:
        if route.about is not None and route.about.form is not None:
            named = {name for name in route.about.form._fields if name in {"id", "ids"}}
            assert bool(named) == (route.path in NAMED), str(route)


@every_protected_route
def test_without_a_credential_nothing_opens(at: House, routed: Routed):
    refused(at, routed, [], Outcome.UNAUTHENTICATED)


@every_protected_route
def test_a_malformed_credential_opens_nothing(at: House, routed: Routed):
    for name, value in MALFORMED:
        with trying(header=f"{name} {value[:24]}"):
            refused(at, routed, [(name, value)], Outcome.UNAUTHENTICATED)


@every_protected_route
def test_a_token_that_is_not_active_opens_nothing(at: House, broken: BrokenTokens, routed: Routed):
    for state, kind in broken_at(routed[0]):
        with trying(state=state, kind=kind):
            credential = broken(state, kind).credential.at(routed[0])
            assert at.reason(routed[1], credential) == REASONS.get(state, state)
            refused(at, routed, credential.headers, Outcome.UNAUTHENTICATED)


@every_protected_route
def test_a_good_token_opens_what_the_core_says_and_no_more(at: House, routed: Routed):
    for kind, spelling in product(kinds_at(routed[0]), SPELLINGS):
        with trying(kind=kind, spelling=spelling.value):
            _opens_what_the_core_says(at, routed, kind, spelling)


def _opens_what_the_core_says(at: House, routed: Routed, kind: str, spelling: Spelling) -> None:
    face, route = routed
    credential = Credential(at.good(kind).credential.secret, spelling)
    reason = at.reason(route, credential)
    if spelling not in face.spellings:
        refused(at, routed, credential.headers, Outcome.UNAUTHENTICATED)
    elif reason is not None:
        refused(at, routed, credential.headers, meant_by(reason))
    else:
        reply = at.send(route, at.fill(route, fresh=True), credential.headers)
        assert is_allowed(face, reply), reply


@every_protected_route
def test_a_token_without_any_permission_opens_what_needs_none(at: House, routed: Routed):
    for kind in kinds_at(routed[0]):
        with trying(kind=kind):
            credential = at.good(kind, "a powerless person's").credential.at(routed[0])
            _opens_what_needs_nothing(at, routed, credential)


@every_protected_route
def test_a_limited_token_opens_nothing_that_its_list_does_not_name(at: House, routed: Routed):
    credential = at.unlisted().credential.at(routed[0])
    _opens_what_needs_nothing(at, routed, credential)


def _opens_what_needs_nothing(at: House, routed: Routed, credential: Credential) -> None:
    face, route = routed
    reason = at.reason(route, credential)
    assert route.demand is not None
    if credential.spelling not in face.spellings:
        refused(at, routed, credential.headers, Outcome.UNAUTHENTICATED)
    elif reason is not None:
        refused(at, routed, credential.headers, meant_by(reason))
    else:
        assert not route.demand.permissions or route.demand.itself
        reply = at.send(route, at.fill(route), credential.headers)
        beyond = {Outcome.FORBIDDEN, Outcome.NOT_FOUND}
        if set(parameters_of(route)) - FOR_ALL:
            assert outcome(face, reply) in beyond, reply
        else:
            assert outcome(face, reply) in {Outcome.ALLOWED, *beyond}, reply


@every_protected_route
def test_two_credentials_are_refused_whichever_is_good(at: House, routed: Routed):
    face, route = routed
    good = at.rightful(route).headers
    for second in (good, [(good[0][0], "Token x")]):
        refused(at, routed, [*good, *second], malformed(route))
        refused(at, routed, [*second, *good], malformed(route))
    if Spelling.SESSION in face.spellings:
        path = at.fill(route)
        path += f"{'&' if '?' in path else '?'}session=x"
        is_refusal(face, at.send(route, path, good), malformed(route))
    if Spelling.X_ACCESS_TOKEN in face.spellings:
        personal = Credential(at.good("personal").credential.secret, Spelling.X_ACCESS_TOKEN)
        refused(at, routed, [*good, *personal.headers], malformed(route))
        refused(at, routed, [("x-access-token", "x"), *good], malformed(route))


@every_protected_route
def test_a_foreign_administrator_reaches_nothing_of_ours(at: House, routed: Routed):
    face, route = routed
    for kind in kinds_at(face):
        credential = at.good(kind, "a foreign administrator's").credential.at(face)
        if at.reason(route, credential) is not None or credential.spelling not in face.spellings:
            continue
        if set(parameters_of(route)) - NAMES:
            refused(at, routed, credential.headers, not_ones_own(route, kind))
            continue
        reply = at.send(route, at.fill(route), credential.headers)
        assert is_allowed(face, reply), reply
        assert str(at.own).encode() not in reply.body


@every_protected_route
def test_unknown_malformed_and_foreign_ids_are_told_apart_by_nothing(
    at: House, broken: BrokenTokens, routed: Routed
):
    face, route = routed
    headers = at.rightful(route).headers
    for name in set(parameters_of(route)) - NAMES:
        unnamed, malformed = _no_ids(at, broken, routed, name)
        is_alike = f"{{{name}}}" in route.path or face.name == "console"
        said = Outcome.NOT_FOUND if is_alike else Outcome.MALFORMED
        replies = set()
        for one, meant in [(one, Outcome.NOT_FOUND) for one in unnamed] + [
            (one, said) for one in malformed
        ]:
            path = at.fill(route, {name: one})  # may make what else it names
            before = at.head
            reply = at.send(route, path, headers)
            is_refusal(face, reply, meant)
            assert at.head == before
            replies.add(_without_request_id(without_the_asked(reply)))
        assert len(replies) == (1 if is_alike else 2), replies


def _no_ids(
    at: House, broken: BrokenTokens, routed: Routed, name: str
) -> tuple[list[str], list[str]]:
    """What names nothing that can be reached, and what could name nothing."""
    face, route = routed
    key = key_of(name, route)
    own, other = OWN_AND_OTHER.get(key, ("organizational", "personal"))
    foreign = [] if key in OPERATED else [FOREIGN[key](at)]
    if is_ones_own(route):
        foreign.append(_named(at.make(own, at.join()), name))
    if name == "token_number":
        unnamed = ["2000000000", _named(broken("revoked", own), name), *foreign]
        return unnamed, [*NO_IDS, "0", "1.0", "0x1", "%D9%A1"]
    # in /v1 and in the console a revoked token stays where it was
    stays = face.name in {"native", "console"}
    gone = at.make(other) if stays else broken("revoked", own)
    unnamed = [str(uuid4()), *foreign, _named(at.make(other), name), _named(gone, name)]
    return unnamed, [*NO_IDS, f"%7B{uuid4()}%7D", f"{uuid4()}".replace("-", "")]


def _named(made: Made, name: str) -> str:
    return str(made.token.number if name == "token_number" else made.token.id)


def _without_request_id(reply: Reply) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
    own = reply.header("x-request-id") or ""
    return (
        reply.status,
        without(reply, "x-request-id").headers,
        reply.body.replace(own.encode(), b""),
    )


@pytest.mark.parametrize("fault", [Unavailable("down"), RuntimeError("thp_secret in a message")])
@every_route
def test_without_the_store_nothing_is_decided(at: House, routed: Routed, fault: Exception):
    face, route = routed
    headers = [] if route.demand is None else at.rightful(route).headers
    path = at.fill(route)
    with at.switch.failing(fault):
        reply = at.send(route, path, headers)
    if str(route) in BLANK:
        assert is_allowed(face, reply)
        return
    is_refusal(face, reply, Outcome.UNDECIDED)
    assert b"secret" not in reply.body


@every_protected_route
def test_without_the_store_no_token_is_called_bad(at: House, broken: BrokenTokens, routed: Routed):
    face, route = routed
    for kind in kinds_at(face):
        with trying(kind=kind):
            credential = broken("unknown", kind).credential.at(face)
            path = at.fill(route)
            with at.switch.failing(Unavailable("down")):
                reply = at.send(route, path, credential.headers)
            unread = credential.spelling not in face.spellings or _is_no_cookie(credential)
            is_refusal(face, reply, Outcome.UNAUTHENTICATED if unread else Outcome.UNDECIDED)


def _is_no_cookie(credential: Credential) -> bool:
    """Whether nothing has to be looked up to say so: the console seals no signed token."""
    return credential.spelling is Spelling.COOKIE and "." in credential.secret.reveal()


@every_route
def test_what_cannot_be_made_durable_is_not_said_to_be_done(at: House, routed: Routed):
    face, route = routed
    headers = [] if route.demand is None else at.rightful(route).headers
    path, before = at.fill(route), at.head
    with at.switch.failing(Unavailable("full"), "commit"):
        reply = at.send(route, path, headers)
    assert at.head == before
    if not is_allowed(face, reply):
        is_refusal(face, reply, Outcome.UNDECIDED)
        return
    if str(route) != SHOWING:
        holds_no_secret(reply)
    path, before = at.fill(route), at.head
    assert is_allowed(face, at.send(route, path, headers))
    assert at.head == before, "what was said to be done had something to keep"


@every_route
def test_a_secret_stands_only_in_the_answer_that_issues_it(at: House, routed: Routed):
    face, route = routed
    headers = [] if route.demand is None else at.rightful(route).headers
    reply = at.send(route, at.fill(route, fresh=True), headers)
    assert is_allowed(face, reply), reply
    told = reply.body.decode(errors="replace")
    secrets = [*OPAQUE.findall(told), *SIGNED.findall(told)]
    expected = 3 if str(route) in GRANTING else 1 if str(route) in {*ISSUING, SHOWING} else 0
    assert len(secrets) == expected
    if str(route) == COOKIED:
        assert OPAQUE.search(reply.header("set-cookie") or "")
        reply = without(reply, "set-cookie")
    holds_no_secret(Reply(reply.status, reply.headers, b""))
    assert (reply.header("cache-control") == SHARED) == (str(route) == CACHED)
    assert (reply.header("cache-control") == FOR_EVER) == (str(route) in FILES)


@pytest.mark.parametrize("routed", PUBLIC, ids=name_of)
def test_a_route_that_asks_for_no_credential_looks_at_none(
    at: House, broken: BrokenTokens, routed: Routed
):
    face, route = routed
    if str(route) in AT_CLIENTS:
        return  # where a client presents itself: the test below
    path = at.fill(route)
    for name, value in (*MALFORMED, *broken("revoked", "personal").credential.headers):
        if name != PARAMETER or Spelling.SESSION in face.spellings:
            assert is_allowed(face, at.send(route, path, [(name, value)]))


@pytest.mark.parametrize(
    "routed", [one for one in PUBLIC if str(one[1]) in AT_CLIENTS], ids=name_of
)
def test_no_credential_of_anybody_else_stands_for_a_client(
    at: House, broken: BrokenTokens, routed: Routed
):
    face, route = routed
    rest = {"client_id": "", "client_secret": ""}
    is_refusal(face, at.send(route, at.fill(route), [], rest), Outcome.UNAUTHENTICATED)
    good = [at.good(kind).credential for kind in ("session", "personal", "access", "refresh")]
    for name, value in (
        *MALFORMED,
        *broken("revoked", "personal").credential.headers,
        *(header for credential in good for header in credential.headers),
    ):
        before = at.head
        reply = at.send(route, at.fill(route), [(name, value)], rest)
        assert outcome(face, reply) in {Outcome.UNAUTHENTICATED, Outcome.MALFORMED}, (value, reply)
        is_refusal(face, reply, outcome(face, reply))
        assert at.head == before


@pytest.mark.parametrize("face", DIALECT_FACES, ids=lambda face: face.name)
def test_what_a_face_does_not_have_is_refused_in_its_own_form(at: House, face: Face):
    for prefix in face.prefixes:
        is_refusal(face, at.wire("GET", f"{prefix}/nowhere/at/all"), Outcome.NOT_FOUND)
        is_refusal(face, at.wire("GET", f"{prefix}//x"), Outcome.MALFORMED)
        is_refusal(face, at.wire("GET", f"{prefix}/%zz"), Outcome.MALFORMED)
    for route in face.routes:
        reply = at.wire("PROPFIND", at.fill(route))
        is_refusal(face, reply, Outcome.METHOD)
        assert route.method in (reply.header("allow") or "")


def test_where_everything_is_set_up_the_first_run_is_over(at: House):
    for face, route in ALL_ROUTES:
        if str(route) in OVER:
            for headers in ([], at.good("session").credential.headers):
                refused(at, (face, route), headers, Outcome.NOT_FOUND)
