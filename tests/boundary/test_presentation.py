"""A credential is read in one spelling, from one place, and is never quoted back."""

import pytest

from tokenhouse.boundary import Request, cookie, presented
from tokenhouse.boundary.request import by_name
from tokenhouse.core.kind import Spelling
from tokenhouse.core.refusal import Code, Refused

B, T, X = Spelling.BEARER, Spelling.TOKEN, Spelling.X_ACCESS_TOKEN
C = Spelling.COOKIE
ALL = frozenset({B, T, X})
VALUE = "tho_0123.-~+/aZ=="


def request(*headers: tuple[str, str]) -> Request:
    fields = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    return Request("GET", "/", {}, (), by_name(fields), b"", "", "")


def authorization(value: str) -> tuple[str, str]:
    return ("authorization", value)


@pytest.mark.parametrize(
    ("header", "spelling"),
    [
        (authorization(f"Bearer {VALUE}"), B),
        (authorization(f"bearer {VALUE}"), B),
        (authorization(f"TOKEN {VALUE}"), T),
        (("x-access-token", VALUE), X),
    ],
)
def test_each_spelling_is_read(header: tuple[str, str], spelling: Spelling) -> None:
    found = presented(request(("accept", "*/*"), header), ALL)
    assert found is not None
    assert (found[0].reveal(), found[1]) == (VALUE, spelling)


def test_no_credential_is_none() -> None:
    assert presented(request(("cookie", "session=x")), ALL) is None


@pytest.mark.parametrize(
    "headers",
    [
        (authorization(f"Bearer {VALUE}"), authorization(f"Bearer {VALUE}")),
        (authorization(f"Bearer {VALUE}"), ("x-access-token", VALUE)),
        (("x-access-token", VALUE), ("x-access-token", VALUE)),
    ],
)
def test_two_credentials_are_malformed_even_when_they_are_equal(
    headers: tuple[tuple[str, str], ...],
) -> None:
    with pytest.raises(Refused, match="two credentials") as refused:
        presented(request(*headers), ALL)
    assert refused.value.code is Code.MALFORMED
    assert VALUE not in str(refused.value)


def test_a_header_that_the_face_does_not_read_is_no_second_credential() -> None:
    headers = (authorization(f"Bearer {VALUE}"), ("x-access-token", VALUE))
    assert presented(request(*headers), frozenset({B})) is not None
    assert presented(request(("x-access-token", VALUE)), frozenset({B, T})) is None


@pytest.mark.parametrize(
    "value",
    [
        *("", "Bearer", "Bearer ", VALUE, f"Bearer  {VALUE}", f"Bearer\t{VALUE}"),
        *(f"Bearer {VALUE} {VALUE}", f"Bearer {VALUE},", f"Bearer {VALUE}\u00e9", "Bearer ="),
        *(f"Basic {VALUE}", f"Bearer:{VALUE}", f'Bearer "{VALUE}"', f"Bearer token={VALUE}&a"),
        *(f"Bearer a=b{VALUE}", f"{VALUE} Bearer"),
    ],
)
def test_anything_else_tells_the_right_spelling_and_not_what_was_sent(value: str) -> None:
    with pytest.raises(Refused) as refused:
        presented(request(authorization(value)), frozenset({B, T}))
    assert refused.value.code is Code.UNAUTHENTICATED
    assert "`Authorization: Bearer …` or `Authorization: Token …`" in refused.value.public
    assert VALUE not in str(refused.value)


def test_a_spelling_of_another_face_is_not_read() -> None:
    with pytest.raises(Refused, match="x-access-token"):
        presented(request(authorization(f"Bearer {VALUE}")), frozenset({X}))


def test_a_header_that_may_stand_once_is_refused_when_it_repeats() -> None:
    twice = request(("accept", "a"), ("content-type", "a"), ("content-type", "b"), ("accept", "b"))
    with pytest.raises(Refused, match="content-type"):
        twice.header("content-type")
    assert twice.all_headers("accept") == ("a", "b")
    assert twice.header("host") is None


# the console's cookie


def cookies(*lines: str) -> Request:
    return request(*(("cookie", line) for line in lines))


@pytest.mark.parametrize(
    "lines",
    [
        ("__Host-tokenhouse=ths_0.abc.T-_",),
        ("a=b; __Host-tokenhouse=ths_0.abc.T-_; c=__Host-tokenhouse=x",),
        ("a=b;__Host-tokenhouse=ths_0.abc.T-_;c", "__host-tokenhouse=x; __Host-tokenhouse2=y"),
        ("__Host-tokenhouse=ths_0",),
    ],
)
def test_the_cookie_is_read_up_to_its_first_dot(lines: tuple[str, ...]) -> None:
    found = presented(cookies(*lines), frozenset({C}))
    assert found is not None
    assert (found[0].reveal(), found[1]) == ("ths_0", C)


@pytest.mark.parametrize("line", ["", "a=b", "__Host-tokenhouse=", "__Host-tokenhouse", ";;=;"])
def test_no_cookie_and_an_empty_one_are_none(line: str) -> None:
    assert presented(cookies(line), frozenset({C})) is None
    assert cookie(cookies(line)) is None


def test_the_whole_value_of_the_cookie_is_told() -> None:
    assert cookie(cookies("a=b; __Host-tokenhouse=ths_0.abc.T-_==")) == "ths_0.abc.T-_=="


@pytest.mark.parametrize(
    "lines",
    [
        ("__Host-tokenhouse=a; __Host-tokenhouse=a",),
        ("__Host-tokenhouse=a", "b=c; __Host-tokenhouse="),
    ],
)
def test_the_cookie_twice_is_malformed(lines: tuple[str, ...]) -> None:
    with pytest.raises(Refused, match="two credentials") as refused:
        presented(cookies(*lines), frozenset({C}))
    assert refused.value.code is Code.MALFORMED


@pytest.mark.parametrize("value", ['"a"', "a b", "a,b", "a\u00e9", "=", "\u00a0a", "%61"])
def test_a_malformed_cookie_is_no_credential_and_is_not_told(value: str) -> None:
    with pytest.raises(Refused) as refused:
        presented(cookies(f"__Host-tokenhouse={value}.0.x"), frozenset({C}))
    assert refused.value.code is Code.UNAUTHENTICATED
    assert value not in refused.value.public


def test_a_face_that_lists_no_cookie_looks_at_none() -> None:
    others = frozenset(Spelling) - {C, Spelling.NAMED}
    twice = ("cookie", "__Host-tokenhouse=a; __Host-tokenhouse=a")
    assert presented(request(twice), others) is None
    found = presented(request(twice, authorization(f"Bearer {VALUE}")), others)
    assert found is not None
    assert found[1] is B


def test_where_both_are_read_a_cookie_is_a_second_credential_and_elsewhere_the_only_one() -> None:
    sent = ("cookie", "__Host-tokenhouse=a")
    for other in (authorization(f"Bearer {VALUE}"), ("x-access-token", VALUE)):
        with pytest.raises(Refused, match="two credentials"):
            presented(request(sent, other), frozenset({B, X, C}))
        found = presented(request(sent, other), frozenset({C}))
        assert found is not None
        assert found[1] is C
