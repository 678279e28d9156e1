"""An edit says which version it means, and a list goes on where it ended."""

from uuid import UUID

import pytest

from tokenhouse.boundary import Query, Request
from tokenhouse.boundary.cursor import SLICE, AfterSequence, Slice, cursor, write_slice
from tokenhouse.boundary.precondition import entity_tag, expected_version
from tokenhouse.core.refusal import Code, Refused

ID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
SLICED = Query(Slice, SLICE, into={"cursor": "after"})


def request(*tags: str, query: tuple[tuple[str, str], ...] = ()) -> Request:
    headers = {"if-match": tags} if tags else {}
    return Request("PATCH", "/v1/things", {}, query, headers, b"", "", "")


def test_a_version_comes_back_as_it_was_given():
    name, tag = entity_tag(17)
    assert (name, tag) == ("etag", '"17"')
    assert expected_version(request(tag)) == 17
    assert expected_version(request("*")) is None


def test_an_edit_that_names_no_version_is_refused_as_that():
    with pytest.raises(Refused) as refused:
        expected_version(request())
    assert refused.value.code is Code.PRECONDITION


@pytest.mark.parametrize(
    "tags",
    [
        *(('"1", "2"',), ('"1"', '"2"'), ('W/"1"',), ("1",), ('"0"',), ('"01"',), ('"x"',)),
        *(("",), ('"\u0661"',), ('"' + "9" * 19 + '"',), ('"-1"',), ("*, *",)),
    ],
)
def test_what_is_no_single_tag_of_ours_is_malformed(tags: tuple[str, ...]):
    with pytest.raises(Refused) as refused:
        expected_version(request(*tags))
    assert refused.value.code is Code.MALFORMED


def test_a_cursor_leads_to_the_next_slice_in_the_body_and_in_link():
    answer = write_slice(request(query=(("limit", "2"),)), ["a", "b"], ID)
    following = cursor(ID)
    assert answer.body == f'{{"data":["a","b"],"next_cursor":"{following}"}}'.encode()
    link = f'</v1/things?limit=2&cursor={following}>; rel="next"'
    assert answer.headers == (("link", link),)
    query = (("limit", "2"), ("cursor", following))
    assert SLICED.read(request(query=query)) == Slice(ID, 2)


def test_the_last_slice_has_no_cursor():
    answer = write_slice(request(), ["a"], None)
    assert (answer.body, answer.headers) == (b'{"data":["a"]}', ())
    assert SLICED.read(request()) == Slice(None, 50)


def sequence(cursor: int | None = None) -> int | None:
    return cursor


def test_a_cursor_may_be_a_sequence():
    shape = Query(sequence, {"cursor": AfterSequence()})
    for place in (0, 1, 2**63 - 1):
        assert shape.read(request(query=(("cursor", cursor(place)),))) == place


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "\u00e9", cursor(7), cursor(ID) + "=", cursor(ID)[:-1]),
        *("A" * 23, "_" * 22, "A" * 9000),
    ],
)
def test_a_cursor_that_no_answer_gave_is_refused(text: str):
    with pytest.raises(Refused) as refused:
        SLICED.read(request(query=(("cursor", text),)))
    assert refused.value.code is Code.MALFORMED


@pytest.mark.parametrize("limit", ["0", "101", "x", "-1"])
def test_a_slice_is_bounded(limit: str):
    with pytest.raises(Refused):
        SLICED.read(request(query=(("limit", limit),)))
