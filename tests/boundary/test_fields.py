"""A body is read field by field, every fault is told at once, and no value is told back."""

import pytest
from msgspec import UNSET

from tokenhouse.boundary import Fields, Request, parse_id
from tokenhouse.boundary.fields import read_object
from tokenhouse.core.refusal import Code, Refused

ID = "01890a5d-ac96-774b-bcce-b302099a8057"
KNOWN = frozenset({"text", "when", "ids", "id", "may"})


def request(body: bytes, media_type: str | None = "application/json") -> Request:
    headers = {} if media_type is None else {"content-type": (media_type,)}
    return Request("POST", "/", {}, (), headers, body, "", "")


def read(body: str) -> Fields:
    return Fields(read_object(request(body.encode())), KNOWN)


def faults(fields: Fields) -> dict[str, str]:
    with pytest.raises(Refused) as refused:
        fields.done()
    assert refused.value.code is Code.MALFORMED
    return {problem.field: problem.sentence for problem in refused.value.problems}


def test_what_is_absent_is_told_from_what_is_empty() -> None:
    absent, empty = read("{}"), read('{"text":null,"when":null,"id":null,"ids":[],"may":[]}')
    for fields, values in (
        (absent, (UNSET, UNSET, UNSET, UNSET, UNSET)),
        (empty, ("", None, None, (), frozenset())),
    ):
        assert values == (
            fields.text("text", 9),
            fields.moment("when"),
            fields.one_id("id"),
            fields.ids("ids"),
            fields.permissions("may"),
        )
        fields.done()


def test_every_fault_is_told_at_once_and_no_value_with_it() -> None:
    fields = read(
        '{"text":"hunter2\\u0000","when":"hunter2","id":"hunter2","ids":["hunter2"],'
        '"may":["hunter2 "],"other":"hunter2"}'
    )
    fields.text("text", 99)
    fields.moment("when")
    fields.one_id("id")
    fields.ids("ids")
    fields.permissions("may")
    told = faults(fields)
    assert set(told) == {"text", "when", "id", "ids[0]", "may[0]", "other"}
    assert "hunter2" not in str(told)


@pytest.mark.parametrize("value", ["1", "true", "[]", "{}", '"a\\nb"', '"toolong..."'])
def test_a_text_is_a_short_string_without_control_characters(value: str) -> None:
    fields = read(f'{{"text":{value}}}')
    assert fields.text("text", 9) is UNSET
    assert set(faults(fields)) == {"text"}


def test_what_is_required_is_missed_once() -> None:
    fields = read('{"id":null}')
    fields.require("text", "id")
    fields.text("text", 9, empty=False)
    assert faults(fields) == {"text": "is required", "id": "is required"}


def test_an_unknown_name_is_told_back_only_where_it_cannot_be_a_token() -> None:
    secret = "tho_" + "a" * 36
    fields = read(f'{{"{secret}":1,"a b":1,"groupIds":1}}')
    told = faults(fields)
    assert set(told) == {"a field", "groupIds"}


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"[]", b'"a"', b"null", b"{'a':1}", b'{"a":1}x', b"\xff", b'{"a":NaN}'),
        *(b'{"text":"\\ud800"}', b'{"text":"\xff"}', b"[" * 60_000, b'{"a":' * 12_000),
    ],
)
def test_what_is_no_json_object_is_malformed(body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        read_object(request(body))
    assert refused.value.code is Code.MALFORMED


@pytest.mark.parametrize(
    "media_type", [None, "", "text/plain", "application/x-www-form-urlencoded"]
)
def test_a_body_that_does_not_say_that_it_is_json_is_not_read(media_type: str | None) -> None:
    with pytest.raises(Refused) as refused:
        read_object(request(b"{}", media_type))
    assert refused.value.code is Code.MEDIA_TYPE


@pytest.mark.parametrize(
    "media_type", ["Application/JSON; charset=utf-8", "application/vnd.gridx.v2+json"]
)
def test_every_spelling_of_json_is_read(media_type: str) -> None:
    assert read_object(request(b'{"text":"a"}', media_type)) == {"text": "a"}


def test_an_id_has_one_form() -> None:
    assert str(parse_id(ID.upper())) == ID
    for text in ("", ID[:-1], ID + "0", ID.replace("-", ""), f"{{{ID}}}", ID[:-1] + "\u0665"):
        assert parse_id(text) is None
