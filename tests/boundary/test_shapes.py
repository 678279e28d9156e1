"""One description reads a request and tells how to write it; both say the same."""

from typing import Any
from uuid import UUID

import msgspec
import pytest
from msgspec import UNSET, UnsetType

from tokenhouse.boundary import NO_PARAMETERS, Object, Query, Request
from tokenhouse.boundary.lists import Durations, Ids, Names, Texts
from tokenhouse.boundary.sorts import (
    Duration,
    Flag,
    Id,
    SecretText,
    Span,
    Text,
    When,
    Whole,
    Word,
)
from tokenhouse.core.credential import Secret
from tokenhouse.core.moment import DAY, Lifetime
from tokenhouse.core.refusal import Code, Refused

ID = "01890a5d-ac96-774b-bcce-b302099a8057"


def no_network(text: str) -> str | None:
    return None if text.startswith("10.") else "is no network"


SORTS = {
    "name": Text(9, empty=False),
    "note": Text(9),
    "slug": Text(9, pattern="[a-z]+"),
    "code": SecretText(9),
    "when": When(),
    "one": Id(),
    "many": Ids(),
    "may": Names(),
    "on": Flag(),
    "count": Whole(1, 9),
    "word": Word(("a", "b")),
    "life": Duration(),
    "span": Span(),
    "networks": Texts("networks", 9, 2, no_network),
    "caps": Durations(("personal", "session")),
}
GOOD: list[tuple[str, Any, Any]] = [
    ("name", "a", "a"),
    ("note", None, ""),
    ("slug", "abc", "abc"),
    ("when", "1970-01-02T00:00:00Z", DAY),
    ("when", None, None),
    ("one", ID, UUID(ID)),
    ("one", None, None),
    ("many", [ID], (UUID(ID),)),
    ("may", ["SystemsRead"], frozenset({"SystemsRead"})),
    ("on", False, False),
    ("count", 9, 9),
    ("count", 1.0, 1),
    ("word", "b", "b"),
    ("life", "P1M", Lifetime(months=1)),
    ("life", None, None),
    ("span", "PT0S", Lifetime()),
    ("span", "P1M", Lifetime(months=1)),
    ("span", None, None),
    ("networks", ["10.1", "10.2"], ("10.1", "10.2")),
    (
        "caps",
        {"personal": "90D", "session": None},
        {"personal": Lifetime(days=90), "session": None},
    ),
]
BAD: list[tuple[str, Any, str]] = [
    ("name", " ", "name"),
    ("name", "x" * 10, "name"),
    ("name", None, "name"),
    ("slug", "Abc", "slug"),
    ("slug", "abc\n", "slug"),
    ("code", "x" * 10, "code"),
    ("when", "soon", "when"),
    ("one", "x", "one"),
    ("many", [ID, "x"], "many[1]"),
    ("may", ["a b"], "may[0]"),
    ("on", 1, "on"),
    ("on", "true", "on"),
    ("on", None, "on"),
    ("count", 0, "count"),
    ("count", 10, "count"),
    ("count", True, "count"),
    ("count", 1.5, "count"),
    ("count", "1", "count"),
    ("word", "c", "word"),
    ("word", ["a"], "word"),
    ("word", None, "word"),
    ("life", "1m", "life"),
    ("life", 30, "life"),
    ("networks", "10.1", "networks"),
    ("networks", ["10.1", "10.2", "10.3"], "networks"),
    ("networks", ["10.1", "11"], "networks[1]"),
    ("networks", ["10.12345678"], "networks[0]"),
    ("networks", ["10.\n"], "networks[0]"),
    ("caps", [], "caps"),
    ("caps", {"device": "1D"}, "caps"),
    ("caps", {"personal": "x"}, "caps.personal"),
]


def whatever(**sent: Any) -> dict[str, Any]:
    return sent


def made(  # noqa: PLR0917 -- one of each sort
    name=UNSET,
    note=UNSET,
    slug=UNSET,
    code=UNSET,
    when=UNSET,
    one=UNSET,
    many=UNSET,
    may=UNSET,
    on=UNSET,
    count=UNSET,
    word=UNSET,
    life=UNSET,
    span=UNSET,
    networks=UNSET,
    caps=UNSET,
) -> dict[str, Any]:
    return {name: value for name, value in locals().items() if value is not UNSET}


EVERY = Object(made, SORTS)


def request(body: object = None, query: tuple[tuple[str, str], ...] = ()) -> Request:
    headers = {"content-type": ("application/json",)}
    return Request("POST", "/", {}, query, headers, msgspec.json.encode(body), "", "")


@pytest.mark.parametrize(("name", "sent", "read"), GOOD)
def test_what_was_sent_is_read_and_nothing_else_is_there(name: str, sent: Any, read: Any):
    assert EVERY.read(request({name: sent})) == {name: read}


@pytest.mark.parametrize(("name", "sent", "told"), BAD)
def test_what_cannot_be_is_refused_where_it_stands(name: str, sent: Any, told: str):
    with pytest.raises(Refused) as refused:
        EVERY.read(request({name: sent}))
    assert refused.value.code is Code.MALFORMED
    assert [problem.field for problem in refused.value.problems] == [told]


def test_a_secret_reads_as_one_that_nothing_prints():
    code = EVERY.read(request({"code": "hunter2"}))["code"]
    assert isinstance(code, Secret)
    assert code.reveal() == "hunter2"
    assert EVERY.schema()["properties"]["code"]["writeOnly"] is True


def test_every_fault_is_told_at_once_with_what_is_missing_and_unknown():
    shape = Object(
        whatever_named, {"name": Text(9), "on": Flag(), "when": When()}, ("name", "when")
    )
    with pytest.raises(Refused) as refused:
        shape.read(request({"on": 1, "when": None, "colour": "red"}))
    assert {problem.field for problem in refused.value.problems} == {
        *("name", "on", "when", "colour")
    }
    schema = shape.schema()
    assert schema["required"] == ["name", "when"]
    assert schema["properties"]["when"]["type"] == "string"
    assert schema["additionalProperties"] is False


def whatever_named(name: str, when: int, on: bool | UnsetType = UNSET) -> tuple[object, ...]:
    return name, when, on


def test_a_description_that_could_not_be_made_is_noticed_before_any_request():
    with pytest.raises(ValueError, match="takes"):
        Object(whatever_named, {"name": Text(9), "when": When()})
    with pytest.raises(ValueError, match="takes"):
        Object(whatever_named, {"name": Text(9), "when": When(), "x": Flag()}, ("name", "when"))


def paged(count: int = 3, word: str = "a", on: bool = False) -> tuple[int, str, bool]:
    return count, word, on


PAGED = Query(paged, {"count": Whole(1, 9), "word": Word(("a", "b")), "on": Flag()})


def test_a_query_is_read_from_texts_and_has_defaults():
    assert PAGED.read(request()) == (3, "a", False)
    read = PAGED.read(request(query=(("count", "7"), ("on", "true"), ("word", "b"))))
    assert read == (7, "b", True)
    told = {one["name"]: one["schema"] for one in PAGED.parameters()}
    assert told["count"] == {"type": "integer", "minimum": 1, "maximum": 9, "default": 3}
    assert told["word"]["default"] == "a"


@pytest.mark.parametrize(
    "query",
    [
        (("count", "0"),),
        (("count", "1.0"),),
        (("count", "\u0663"),),
        (("count", "9" * 400),),
        (("on", "1"),),
        (("word", "c"),),
        (("words", "a"),),
        (("word", "a"), ("word", "a")),
    ],
)
def test_a_bad_query_is_refused(query: tuple[tuple[str, str], ...]):
    with pytest.raises(Refused) as refused:
        PAGED.read(request(query=query))
    assert refused.value.code is Code.MALFORMED


def test_where_no_parameter_is_known_each_is_refused():
    NO_PARAMETERS.check(request())
    with pytest.raises(Refused):
        NO_PARAMETERS.check(request(query=(("session", "x"),)))
