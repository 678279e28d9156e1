"""What clients of the Virtuozzo dialect write is read in every form that they have."""

import pytest

from tokenhouse.core.moment import DAY, format_moment, parse_moment
from tokenhouse.faces.session_parameter.wire.moments import read_expiry, write_moment
from tokenhouse.faces.session_parameter.wire.names import fold_path, folded, read_names

A, B = "environment.control.StopEnv", "environment.control.GetEnvs"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2030-12-31 23:59:59", "2030-12-31T23:59:59Z"),
        ("2030-12-31T23:59:59", "2030-12-31T23:59:59Z"),
        ("2030-12-31T23:59:59.250000", "2030-12-31T23:59:59.25Z"),
        ("2030-12-31 23:59", "2030-12-31T23:59:00Z"),
        ("2030-12-31T23:59:59Z", "2030-12-31T23:59:59Z"),
        ("2030-12-31T23:59:59+02:00", "2030-12-31T21:59:59Z"),
        ("31-12-2030", "2031-01-01T00:00:00Z"),
        ("2030-12-31", "2031-01-01T00:00:00Z"),
        ("29-02-2028", "2028-03-01T00:00:00Z"),
    ],
)
def test_an_expiry_is_read_in_each_spelling_and_a_day_is_good_to_its_end(text: str, moment: str):
    assert format_moment(read_expiry(text)) == moment


@pytest.mark.parametrize(
    "text",
    [
        *("", "tomorrow", "31.12.2030", "12/31/2030", "32-01-2030", "29-02-2030", "2030-13-01"),
        *("2030-12-31 25:00:00", "1700000000", "31-12-30", "٣١-١٢-٢٠٣٠", "00-00-0000"),
        *("2030-12-31T23:59:59+99:00", "2030-12-31 23:59:59 UTC", "01-01-1969", "x" * 10_000),
        "31-12-9999",
    ],
)
def test_what_is_no_date_is_refused_with_a_sentence(text: str):
    with pytest.raises(ValueError, match=r"^(is|has|lies|ends) "):
        read_expiry(text)


def test_what_is_written_is_read_again_as_the_same_second():
    moment = parse_moment("2030-12-31T23:59:59.9Z")
    assert write_moment(moment) == "2030-12-31 23:59:59"
    assert read_expiry(write_moment(moment)) == moment // 1_000_000 * 1_000_000
    assert read_expiry("31-12-2030") - read_expiry("30-12-2030") == DAY


@pytest.mark.parametrize(
    "texts",
    [
        [f"{A},{B}"],
        [f" {A} , {B} "],
        [f'["{A}", "{B}"]'],
        [f"['{A}','{B}']"],
        [f"[{A}, {B}]"],
        [A, B],
        [f"{A},", B],
        [f"['{A}']", f'["{B}"]'],
        [A, B, A],
    ],
)
def test_a_list_of_methods_is_read_in_each_spelling(texts: list[str]):
    assert read_names(texts) == (A, B)


@pytest.mark.parametrize("text", ["[a", "a]", '"a', "a'b", "[[a]]", "['a\"]", '"a" "b"'])
def test_a_list_that_is_none_is_refused_with_a_sentence(text: str):
    with pytest.raises(ValueError, match=r"^(is|has) "):
        read_names([text])


def test_names_are_the_same_without_regard_to_case_and_with_env_for_environment():
    assert folded("ENV.Control.stopenv") == folded(A) == folded("environment.control.STOPENV")
    assert folded("environments.control.StopEnv") != folded(A)
    assert folded("users.env.StopEnv") != folded("users.environment.StopEnv")


@pytest.mark.parametrize(
    ("path", "routed"),
    [
        ("/1.0/Users/Authentication/REST/SignIn", "/1.0/users/authentication/rest/signin"),
        ("/1.0/env/control/rest/StopEnv", "/1.0/environment/control/rest/stopenv"),
        ("/1.0/ENV/control/rest/stopenv", "/1.0/environment/control/rest/stopenv"),
        ("/1.0/environment/control/rest/stopenv", "/1.0/environment/control/rest/stopenv"),
        ("/1.0/env", "/1.0/env"),
        ("/1.0/users/env/rest/x", "/1.0/users/env/rest/x"),
    ],
)
def test_a_path_is_routed_without_regard_to_case(path: str, routed: str):
    assert fold_path(path) == routed
