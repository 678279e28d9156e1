"""Events and their chain: frozen to the byte, and no edit goes unseen."""

import hashlib
import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from core.records import BOUNDED, DEPLOYMENT_ID, NOW, ORGANIZATION_ID, PERSON_ID, TOKEN_ID
from tokenhouse.core.events import (
    GENESIS,
    SALT_BYTES,
    Event,
    Name,
    RecordedEvent,
    broken_at,
    canonical,
    digest,
    link,
    record,
)

SALT = bytes(range(SALT_BYTES))
ISSUED = Event(
    Name.TOKEN_ISSUED,
    ORGANIZATION_ID,
    actor=PERSON_ID,
    through=None,
    subject=TOKEN_ID,
    details={
        "number": 12,
        "description": "Büro\n€",
        "groups": ["b", "a"],
        "live": True,
        "to": None,
    },
)
FOUNDED = Event(Name.DEPLOYMENT_CREATED, DEPLOYMENT_ID, None, None, DEPLOYMENT_ID)


def _chain(*events: Event) -> list[RecordedEvent]:
    chain: list[RecordedEvent] = []
    for sequence, event in enumerate(events, start=1):
        previous = chain[-1].link if chain else GENESIS
        salt = hashlib.sha256(bytes([sequence])).digest()[:SALT_BYTES]
        chain.append(record(event, sequence, NOW + sequence, salt, previous))
    return chain


CHAIN = _chain(FOUNDED, ISSUED, replace(ISSUED, name=Name.TOKEN_ROTATED), FOUNDED)


_TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@BOUNDED
@given(st.dictionaries(_TEXT, _TEXT | st.integers(-(2**63), 2**63 - 1) | st.lists(_TEXT)))
def test_the_canonical_text_is_what_any_json_writer_gives_with_sorted_keys(details) -> None:
    text = canonical(replace(ISSUED, details=details), 7, NOW, SALT)
    told = json.loads(text)
    assert told["details"] == details
    assert text == json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def test_the_canonical_text_of_an_event_is_frozen() -> None:
    assert canonical(ISSUED, 7, NOW, SALT) == (
        '{"actor":"018f0000-0000-7000-8000-00000000000b",'
        '"details":{"description":"Büro\\n€","groups":["b","a"],"live":true,"number":12,"to":null},'
        '"moment":1900000000000000,"name":"token:holder:issued",'
        '"organization":"018f0000-0000-7000-8000-00000000000a",'
        '"salt":"000102030405060708090a0b0c0d0e0f","sequence":7,'
        '"subject":"018f0000-0000-7000-8000-00000000000d","through":null}'
    )


def test_digests_and_links_are_frozen() -> None:
    first = record(FOUNDED, 1, NOW, SALT, GENESIS)
    second = record(ISSUED, 7, NOW, SALT, first.link)
    assert first.digest.hex() == "d2f372c1ca3779ba0d65823f31d4639932f68357da305add5ae05792550e293f"
    assert first.link.hex() == "818baa8d332490c4e21c28a2373790dc4890b8d9f04f1fe16f0864d40afb9ef7"
    assert second.digest.hex() == "689b20e49b1a61bb0aa3f493ab7ac346b75598e76c9c618e5bf7f4619eee794b"
    assert second.link.hex() == "10138b5e15d1a90097f874dee1a9c96e8af9af6f0fb60519b6794573cfa44f2e"


def test_a_link_hashes_previous_version_and_digest_in_this_order() -> None:
    previous, own = b"\x11" * 32, b"\x22" * 32
    assert link(previous, own) == hashlib.sha256(previous + b"\x01" + own).digest()


def test_the_first_event_follows_32_zero_bytes() -> None:
    assert bytes(32) == GENESIS


def test_a_recorded_event_says_what_the_event_said() -> None:
    recorded = record(ISSUED, 7, NOW, SALT, GENESIS)
    told = (recorded.sequence, recorded.organization_id, recorded.name, recorded.moment)
    assert told == (7, ORGANIZATION_ID, "token:holder:issued", NOW)
    assert recorded.body == canonical(ISSUED, 7, NOW, SALT)


@pytest.mark.parametrize("count", [0, SALT_BYTES - 1, SALT_BYTES + 1])
def test_another_amount_of_salt_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="salt"):
        canonical(ISSUED, 7, NOW, bytes(count))


def test_the_salt_alone_makes_equal_events_differ() -> None:
    other = canonical(ISSUED, 7, NOW, bytes(SALT_BYTES))
    assert digest(canonical(ISSUED, 7, NOW, SALT)) != digest(other)


def test_an_untouched_chain_is_whole_from_any_event_on() -> None:
    assert broken_at(CHAIN, GENESIS) is None
    assert broken_at([], GENESIS) is None
    for start in range(1, len(CHAIN)):
        assert broken_at(CHAIN[start:], CHAIN[start - 1].link) is None


def _edits(event: RecordedEvent) -> list[RecordedEvent]:
    assert event.body is not None
    forged = event.body.replace('"through":null', f'"through":"{TOKEN_ID}"')
    return [
        replace(event, sequence=event.sequence + 100),
        replace(event, organization_id=PERSON_ID),
        replace(event, name="token:holder:changed"),
        replace(event, moment=event.moment - 1),
        replace(event, person_id=TOKEN_ID),
        replace(event, digest=bytes(32)),
        replace(event, digest=event.digest[::-1]),
        replace(event, link=bytes(32)),
        replace(event, body=forged),
        replace(event, body=event.body + " "),
        replace(event, body=""),
        replace(event, body=forged, digest=digest(forged)),
        replace(event, body="no JSON", digest=digest("no JSON")),
        replace(event, body="[]", digest=digest("[]")),
        replace(event, body="{}", digest=digest("{}")),
        replace(event, body=None, digest=digest(forged)),
    ]


@pytest.mark.parametrize("place", range(len(CHAIN)))
def test_an_edit_of_any_part_of_any_event_is_found_where_it_is(place: int) -> None:
    for edited in _edits(CHAIN[place]):
        chain = [*CHAIN[:place], edited, *CHAIN[place + 1 :]]
        assert broken_at(chain, GENESIS) == edited.sequence


@pytest.mark.parametrize("body", ["no JSON", "[]", "{}", "null", '{"sequence":1}'])
def test_a_forged_body_whose_hashes_all_fit_is_called_broken(body: str) -> None:
    own = digest(body)
    forged = replace(CHAIN[0], body=body, digest=own, link=link(GENESIS, own))
    assert broken_at([forged], GENESIS) == 1


@pytest.mark.parametrize("place", range(len(CHAIN) - 1))
def test_a_forger_who_hashes_again_is_found_at_the_next_event(place: int) -> None:
    was, before = CHAIN[place], CHAIN[place - 1].link if place else GENESIS
    forged = record(replace(ISSUED, actor=None), was.sequence, was.moment, SALT, before)
    chain = [*CHAIN[:place], forged, *CHAIN[place + 1 :]]
    assert broken_at(chain, GENESIS) == CHAIN[place + 1].sequence


@pytest.mark.parametrize("place", range(len(CHAIN) - 1))
def test_a_missing_doubled_or_swapped_event_is_found(place: int) -> None:
    one, other = CHAIN[place], CHAIN[place + 1]
    missing = [*CHAIN[:place], *CHAIN[place + 1 :]]
    doubled = [*CHAIN[: place + 1], *CHAIN[place:]]
    swapped = [*CHAIN[:place], other, one, *CHAIN[place + 2 :]]
    assert broken_at(missing, GENESIS) == other.sequence
    assert broken_at(doubled, GENESIS) == one.sequence
    assert broken_at(swapped, GENESIS) == other.sequence


def test_a_chain_that_starts_elsewhere_is_broken_at_its_first_event() -> None:
    assert broken_at(CHAIN, bytes(31) + b"\x01") == 1


@pytest.mark.parametrize("erased", [{0}, {1}, {3}, {0, 2}, {0, 1, 2, 3}])
def test_erased_bodies_leave_the_chain_whole(erased: set[int]) -> None:
    chain = [
        replace(event, body=None) if place in erased else event for place, event in enumerate(CHAIN)
    ]
    assert broken_at(chain, GENESIS) is None


@pytest.mark.parametrize("place", range(len(CHAIN)))
def test_an_erased_event_cannot_be_exchanged_for_another(place: int) -> None:
    chain = [replace(event, body=None) for event in CHAIN]
    chain[place] = replace(chain[place], digest=digest("another"))
    assert broken_at(chain, GENESIS) == CHAIN[place].sequence


TEXTS = st.text(max_size=8) | st.sampled_from(
    ["\x00\x1f\x7f", "\u2028\u2029", '"},"actor":"', "\\", "e\u0301", "é", "\U0001f511", "\u202e"]
)
DETAILS = st.dictionaries(
    TEXTS,
    TEXTS | st.integers(-(2**63), 2**63) | st.booleans() | st.none() | st.lists(TEXTS, max_size=3),
    max_size=4,
)


@BOUNDED
@given(DETAILS, st.integers(1, 2**53))
def test_every_detail_is_kept_to_the_character(details, sequence: int) -> None:
    body = canonical(replace(ISSUED, details=details), sequence, NOW, SALT)
    fields = json.loads(body)
    assert fields["details"] == details
    assert fields["sequence"] == sequence
    assert not any(character < " " for character in body)
    shuffled = dict(sorted(details.items(), reverse=True))
    assert canonical(replace(ISSUED, details=shuffled), sequence, NOW, SALT) == body


@BOUNDED
@given(DETAILS, DETAILS)
def test_two_different_facts_have_two_texts(one, other) -> None:
    texts = [canonical(replace(ISSUED, details=each), 7, NOW, SALT) for each in (one, other)]
    assert (texts[0] == texts[1]) is (
        json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    )


def test_composed_and_decomposed_letters_stay_two_facts() -> None:
    one, other = (
        canonical(replace(ISSUED, details={"description": text}), 7, NOW, SALT)
        for text in ("é", "e\u0301")
    )
    assert digest(one) != digest(other)


def test_a_lone_surrogate_is_not_recorded_in_some_other_form() -> None:
    with pytest.raises(UnicodeEncodeError):
        record(replace(ISSUED, details={"description": "\ud800"}), 7, NOW, SALT, GENESIS)


@pytest.mark.parametrize("name", Name)
def test_an_events_name_is_family_subject_and_action(name: Name) -> None:
    parts = name.value.split(":")
    assert len(parts) == 3
    assert all(part and part.replace("_", "").isalpha() and part.islower() for part in parts)


def test_who_and_through_what_are_told_apart_even_for_the_zero_id() -> None:
    zero = UUID(int=0)
    body = canonical(replace(ISSUED, actor=zero, through=None), 7, NOW, SALT)
    assert json.loads(body)["actor"] == str(zero)
    assert json.loads(body)["through"] is None
