"""The house's words: which it does not use, and what each package says of itself."""

import ast
import re

import pytest

from docs.documents import PAGES, codes
from docs.facts import FILES, defined_names, name_of, tree_of

UNUSED = {"manager", "helper", "util", "handler", "service", "base", "common", "data", "info"} | {
    "validate",
    "auth",
}
NOT_OURS = {
    ("core.credential", "base62"): "the name of a way to write numbers",
    ("faces.broker.go_auth", "go_auth"): "the name of a plugin of Mosquitto",
    ("server.lane", "data_received"): "a method of asyncio.Protocol",
    ("server.protocol", "data_received"): "a method of asyncio.Protocol",
    ("server.protocol", "timeout_keep_alive_handler"): "a method of uvicorn's protocol",
}
PACKAGES = [path for path in FILES if path.name == "__init__.py"]


def words(name: str) -> set[str]:
    """The words of a name, plural or not."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return {part.lower() for part in parts} | {part.lower().removesuffix("s") for part in parts}


def test_the_glossary_names_the_words_that_are_not_used():
    _, _, section = PAGES["glossary"].text.partition("## Words that we do not use")
    assert set(codes(section)) == UNUSED


def test_no_file_class_or_function_is_named_by_a_word_that_says_nothing():
    found = {(where, name) for where, name in defined_names() if words(name) & UNUSED}
    assert found == set(NOT_OURS)


@pytest.mark.parametrize("name", ["TokenManager", "utils", "base_url", "HTTPHandler", "authInfo"])
def test_such_a_word_is_noticed_however_it_is_written(name: str):
    assert words(name) & UNUSED


@pytest.mark.parametrize("path", PACKAGES, ids=lambda path: name_of(path) or "tokenhouse")
def test_each_package_says_what_it_owns_and_what_it_does_not(path):
    said = " ".join((ast.get_docstring(tree_of(path)) or "").split())
    assert re.search(r"\bOwns\b", said)
    assert re.search(r"\bDoes not own\b", said)
