"""A file in our own form is read as it is meant, or refused with every fault and its place."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.records import BOUNDED
from tokenhouse.catalogue.faults import MAX_FAULTS, MAX_FILE_BYTES
from tokenhouse.catalogue.toml import MAX_LINE_CHARACTERS, read_toml
from tokenhouse.core.permission import Operation
from tokenhouse.core.refusal import Code, Refused

WHOLE = """
[[permission]]
name = "fleet.control.Stop"
title = "Stop a truck"
description = "Bring a truck to a halt."
docs = "https://docs.example.com/#stop"
operations = ["POST /trucks/{id}/stop", "POST /halt"]

[[permission]]
name = "fleet.keys.Renew"
manages_access = true

[[set]]
name = "Dispatchers"
description = "At the desk."
permissions = ["fleet.control.Stop"]
"""


def faults(text: str) -> dict[str, str]:
    """Every fault of a file, by the words that name its place."""
    with pytest.raises(Refused) as refused:
        read_toml(text.encode())
    assert refused.value.code is Code.MALFORMED
    return {problem.field: problem.sentence for problem in refused.value.problems}


def test_everything_that_a_file_says_is_read():
    contents = read_toml(WHOLE.encode())
    stop, renew = contents.entries
    assert (stop.name, stop.title, stop.description, stop.docs_url) == (
        "fleet.control.Stop",
        "Stop a truck",
        "Bring a truck to a halt.",
        "https://docs.example.com/#stop",
    )
    assert stop.operations == (Operation("POST", "/trucks/{id}/stop"), Operation("POST", "/halt"))
    assert (stop.manages_access, renew.manages_access) == (False, True)
    (one,) = contents.sets
    assert (one.name, one.description) == ("Dispatchers", "At the desk.")
    assert one.permissions == {"fleet.control.Stop"}


@pytest.mark.parametrize("text", ["", "# nothing\n", "\ufeff", "permission = []\nset = []\n"])
def test_a_file_that_says_nothing_holds_nothing(text: str):
    contents = read_toml(text.encode())
    assert (contents.entries, contents.sets) == ((), ())


def test_every_fault_is_told_at_once_by_its_place():
    wrong = """
title = "a catalogue"
[[permission]]
titel = "x"
manages_access = "yes"
[[permission]]
name = "GroupsRead"
docs = "ftp://example.com"
operations = ["get /a", "GET a", "GET"]
[[permission]]
name = 7
operations = "GET /a"
[[set]]
name = ""
permissions = ["NoSuchThing"]
"""
    assert faults(wrong) == {
        "title": "is not known here; known are permission, set",
        "permission number 1 titel": "is not known here; known are name, title, description,"
        " docs, operations, manages_access",
        "permission number 1 name": "is required",
        "permission number 1 manages_access": "is not true or false",
        "permission number 2 name": "is the name of one of our own permissions",
        "permission number 2 docs": "is not an http or https URL",
        "permission number 2 operations[0]": "has a method that is none of GET, HEAD, POST, PUT,"
        " PATCH, DELETE, OPTIONS, TRACE",
        "permission number 2 operations[1]": "has a path that does not read like /systems/{id}",
        "permission number 2 operations[2]": "has a path that does not read like /systems/{id}",
        "permission number 3 name": "is not a string",
        "permission number 3 operations": "is not a list of strings",
        "set number 1 name": "is not 1 to 100 characters",
        "set number 1 permissions": "'NoSuchThing' is unknown",
    }


@pytest.mark.parametrize(
    ("text", "field", "sentence"),
    [
        ('[[permission]]\nname = "A"\n[[permission]]\nname = "a"', "permission number 2 name",
         "stands there twice, case aside"),
        (('[[permission]]\nname = "A"\noperations = ["GET /a/{x}"]\n'
         '[[permission]]\nname = "B"\noperations = ["GET /a/{y}"]'),
         "permission number 2 operations[0]", "is opened by permission number 1 already"),
        ('[[set]]\nname = "A"\n[[set]]\nname = "a"', "set number 2 name",
         "stands there twice, case aside"),
        (('[[permission]]\nname = "A"\nmanages_access = true\n'
         '[[set]]\nname = "S"\npermissions = ["A"]'), "set number 1 permissions",
         "'A' manages access, and no limited token carries it"),
        ("permission = 1", "permission", "is not a list of tables: write [[permission]]"),
        ("permission = [1]", "permission number 1 name", "is not that of a table"),
    ],
)  # fmt: skip
def test_what_no_catalogue_can_hold_is_told_by_its_place(text: str, field: str, sentence: str):
    assert faults(text) == {field: sentence}


def test_a_key_that_could_be_a_secret_is_not_repeated():
    secret = "tho_" + "x" * 40
    told = faults(f'[[permission]]\nname = "A"\n{secret} = 1\n"two words" = 2\n')
    assert list(told) == ["permission number 1 a key"]
    assert secret not in str(told)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xff", "The file is not UTF-8."),
        (b"a = \n", "The file is not TOML: look at line 1, column 5."),
        (b"a = 1\na = 2\n", "The file is not TOML: look at line 2, column 6."),
        (b'"\\uD800" = 1', "The file is not TOML: look at line 1, column 8."),
        (b"a = " + b"[" * 9_000, "The file is not TOML."),
        (b"a = " + b"9" * 9_000, "The file is not TOML."),
        (b"a" * (MAX_LINE_CHARACTERS + 1), "Line 1 is longer than 20000 characters."),
    ],
)
def test_what_is_no_file_of_ours_is_told_without_repeating_it(content: bytes, told: str):
    with pytest.raises(Refused) as refused:
        read_toml(content)
    assert refused.value.code is Code.MALFORMED
    assert refused.value.public == told


def test_a_file_that_is_too_large_is_not_read():
    with pytest.raises(Refused) as refused:
        read_toml(b"#" * (MAX_FILE_BYTES + 1))
    assert refused.value.code is Code.TOO_LARGE


def test_of_very_many_faults_the_first_are_told():
    assert len(faults("[[permission]]\n" * 10_000)) == MAX_FAULTS


@BOUNDED
@given(
    st.binary(max_size=300)
    | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace"))
)
@example(b"[permission.name]\n")
@example(b"[[permission]]\nname = 2030-01-01\n[[set]]\npermissions = [[]]\n")
@example(b"[[permission.name]]\n")
@example(b"[[set]]\nname = inf\npermissions = {}\n")
def test_whatever_stands_in_a_file_is_read_or_refused(content: bytes):
    try:
        read_toml(content)
    except Refused as refused:
        assert refused.code is Code.MALFORMED  # noqa: PT017 -- either answer is good
