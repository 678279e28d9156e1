"""What a gateway may hand on of whoever presented a token: ids and names, in bounded headers."""

import pytest
from msgspec.structs import replace

from running import Demo, token
from stage import ADMINISTRATOR, START, Stage
from tokenhouse.boundary.asgi import head
from tokenhouse.core.judge import Verdict
from tokenhouse.core.permission import MAX_NAME_CHARACTERS, is_permission_name
from tokenhouse.faces.native.wire import identity, verify
from tokenhouse.operations.ask import Told

NGINX_READS = 4096
"""Bytes into which nginx reads the head of an answer, unless told otherwise."""


@pytest.fixture
def verdict(stage: Stage) -> Verdict:
    issued = stage.issue(stage.session(ADMINISTRATOR), ("Metering", "Gateway"))
    return stage.verdict(issued.secret)


def many(characters: int) -> frozenset[str]:
    """Permissions whose list is exactly this long."""
    count, rest = divmod(characters + 1, MAX_NAME_CHARACTERS + 1)
    lengths = [MAX_NAME_CHARACTERS] * count + ([rest - 1] if rest > 1 else [])
    names = [f"p{number:03}".ljust(length, "x") for number, length in enumerate(lengths)]
    assert all(is_permission_name(name) for name in names)
    assert len(" ".join(names)) == characters
    return frozenset(names)


def test_the_headers_name_the_holder_and_the_token_and_list_what_it_may_do(verdict: Verdict):
    assert verdict.found is not None
    told = dict(identity.headers(verdict))
    assert told["x-auth-subject"] == str(verdict.found.token.organization_id)
    assert told["x-auth-organization"] == str(verdict.found.token.organization_id)
    assert told["x-auth-kind"] == "organizational"
    assert told["x-auth-token-id"] == str(verdict.found.token.id)
    assert told["x-auth-permissions"].split(" ") == sorted(verdict.permissions)


def test_nothing_that_a_person_typed_stands_in_them(verdict: Verdict):
    assert verdict.found is not None
    record = replace(verdict.found.token, description="\r\nX-Auth-Kind: session", hint="typed")
    typed = replace(verdict, found=replace(verdict.found, token=record))
    assert identity.headers(typed) == identity.headers(verdict)


def test_a_list_that_is_too_long_is_left_out_whole_and_the_rest_stays(verdict: Verdict):
    longest = replace(verdict, permissions=many(identity.MAX_PERMISSIONS))
    longer = replace(verdict, permissions=many(identity.MAX_PERMISSIONS + 1))
    assert dict(identity.headers(longest))["x-auth-permissions"]
    assert identity.headers(longer) == identity.headers(longest)[:-1]


def test_the_longest_head_fits_where_nginx_reads_it(verdict: Verdict):
    longest = replace(verdict, permissions=many(identity.MAX_PERMISSIONS))
    answer = verify.write_told(Told(longest, START, 1000), identity.headers(longest))
    lines = sum(len(name) + len(value) + 4 for name, value in head(answer, "0" * 24))
    around = len(
        "HTTP/1.1 200 OK\r\ndate: Wed, 25 Nov 2026 12:00:00 GMT\r\nconnection: close\r\n\r\n"
    )
    assert lines + around <= NGINX_READS


def test_who_may_do_nothing_has_an_empty_list_and_no_missing_one(verdict: Verdict):
    nothing = identity.headers(replace(verdict, permissions=frozenset()))
    assert nothing[-1] == ("x-auth-permissions", "")


@pytest.mark.parametrize("path", ["/v1/verify", "/v1/verify/SystemsRead"])
def test_only_an_allowed_token_is_told_who_it_is(running_demo: Demo, path: str):
    issued = running_demo.issue(running_demo.bearer(), groups=[running_demo.group("Client")])
    for method in ("GET", "HEAD"):
        good = running_demo.client.request(method, path, headers=token(issued))
        assert good.status_code == 200
        assert good.headers["x-auth-token-id"] == issued["id"]
        assert good.headers["x-auth-permissions"] == "SystemsRead"
    for refused in (
        running_demo.client.get("/v1/verify/SystemsWrite", headers=token(issued)),
        running_demo.client.get(path),
        running_demo.client.get("/systems", headers=token(issued)),
        running_demo.client.post("/v1/verify", headers=token(issued), json={"token": "x"}),
    ):
        assert not [name for name in refused.headers if name.startswith("x-auth-")]


def test_head_is_answered_as_a_gateway_needs_it_too(running_demo: Demo):
    ask = running_demo.client.head
    two = running_demo.bearer() | {"x-access-token": "tho_" + "0" * 36}
    assert ask("/v1/verify").status_code == 401
    assert ask("/v1/verify", headers=two).status_code == 403
    assert ask("/v1/verify/a%20b", headers=running_demo.bearer()).status_code == 403
    assert ask("/v1/verify", headers={"x": "x" * 40_000}).status_code == 403
