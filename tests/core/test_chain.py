"""A log of a thousand events: whatever is changed, cut, doubled or moved in it is found."""

import json
import random
from collections.abc import Sequence

import msgspec
import pytest

from core.records import NOW, ORGANIZATION_ID, PERSON_ID, TOKEN_ID
from tokenhouse.core.chain import BEGINNING, Place, event_of, line_of, place_of, walk, walk_lines
from tokenhouse.core.events import SALT_BYTES, Event, Name, RecordedEvent, record

NUMBER = 1_000
FIELDS = ("sequence", "digest", "link", "organization", "name", "moment", "body")
CHOSEN = (1, 2, 499, 500, 501, 999, 1000)
"""Sequences that are meddled with: the ends, and some between."""
CHANCE = random.Random(1900)


def _log() -> list[RecordedEvent]:
    names, log = list(Name), []
    place = BEGINNING
    for number in range(1, NUMBER + 1):
        person = str(PERSON_ID) if number % 3 else None
        event = Event(
            names[number % len(names)],
            ORGANIZATION_ID,
            actor=PERSON_ID if number % 2 else None,
            through=TOKEN_ID,
            subject=TOKEN_ID,
            details={"description": f"Büro {number}\n", "person": person, "groups": ["b", "a"]},
        )
        salt = number.to_bytes(SALT_BYTES, "big")
        log.append(record(event, number, NOW + number, salt, place.link))
        place = Place(number, log[-1].link)
    return log


LOG = _log()
LINES = [msgspec.json.encode(line_of(event)).decode() for event in LOG]
END = Place(NUMBER, LOG[-1].link)


def broken(lines: Sequence[str], place: Place = BEGINNING) -> int | None:
    """Where a file is found to be broken; reading it can fail too, and does so there."""
    return walk_lines(lines, place).broken_at


def test_a_whole_log_is_whole_from_every_kept_place_on():
    assert walk(LOG, BEGINNING).until == END
    assert broken(LINES) is None
    for sequence in CHOSEN:
        assert broken(LINES[sequence:], Place(sequence, LOG[sequence - 1].link)) is None
    assert walk((), BEGINNING).until == BEGINNING


def test_a_line_says_what_the_event_says():
    for event, line in zip(LOG, LINES, strict=True):
        assert event_of(line) == event
    told = json.loads(LINES[4])
    assert tuple(told) == FIELDS
    assert told["moment"] == LOG[4].moment


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("sequence", CHOSEN)
def test_whatever_is_changed_in_a_line_is_found_there(sequence: int, field: str):
    told = json.loads(LINES[sequence - 1])
    whole = str(told[field])
    start = max(0, sequence - 3)
    kept = Place(start, LOG[start - 1].link) if start else BEGINNING
    for place in CHANCE.sample(range(len(whole)), min(len(whole), 40)):
        for other in CHANCE.sample('0123456789abcdefgXY:_ -{}"é', 3):
            changed = whole[:place] + other + whole[place + 1 :]
            if changed == whole:
                continue
            number = int(changed) if isinstance(told[field], int) and changed.isdigit() else changed
            line = json.dumps(told | {field: number})
            try:
                if event_of(line) == LOG[sequence - 1]:
                    continue  # another spelling of the same id or number
            except ValueError:
                pass
            lines = [*LINES[start : sequence - 1], line, *LINES[sequence : sequence + 2]]
            assert broken(lines, kept) == sequence, line


@pytest.mark.parametrize("sequence", CHOSEN)
def test_a_byte_changed_anywhere_in_a_line_is_found_there(sequence: int):
    line, before = LINES[sequence - 1].encode(), sequence - 1
    start = Place(before, LOG[before - 1].link) if before else BEGINNING
    for place in range(len(line)):
        changed = line[:place] + bytes([line[place] ^ 1]) + line[place + 1 :]
        try:
            if event_of(changed) == LOG[sequence - 1]:
                continue
            found = walk([event_of(changed), *LOG[sequence : sequence + 2]], start).broken_at
        except ValueError:
            continue  # no line of an export any more
        assert found == sequence, changed


@pytest.mark.parametrize("sequence", CHOSEN[:-1])
def test_what_is_left_out_doubled_or_moved_is_found_where_it_begins(sequence: int):
    place = sequence - 1
    assert broken([*LINES[:place], *LINES[sequence:]]) == sequence
    assert broken([*LINES[:sequence], *LINES[place:]]) == sequence + 1
    swapped = [*LINES[:place], LINES[sequence], LINES[place], *LINES[sequence + 1 :]]
    assert broken(swapped) == sequence
    assert broken(LINES[sequence:]) == 1


def test_a_cut_or_moved_block_and_a_turned_log_are_found():
    assert broken([*LINES[:200], *LINES[300:]]) == 201
    assert broken([*LINES[:200], *LINES[300:400], *LINES[200:300], *LINES[400:]]) == 201
    assert broken(LINES[::-1]) == 1


def test_an_end_that_was_cut_off_is_found_by_a_kept_place_alone():
    cut = LOG[:900]
    walked = walk(cut, BEGINNING)
    assert walked.broken_at is None
    assert walked.until.sequence == 900
    assert walked.until != END
    assert walk(LOG[950:], Place(950, LOG[949].link)).until == END


def test_a_chain_that_was_hashed_again_does_not_pass_through_a_kept_place():
    forged, place = LOG[:700], Place(700, LOG[699].link)
    for number in range(701, NUMBER + 1):
        event = Event(Name.TOKEN_ISSUED, ORGANIZATION_ID, None, None, TOKEN_ID)
        forged.append(record(event, number, NOW, bytes(SALT_BYTES), place.link))
        place = Place(number, forged[-1].link)
    assert walk(forged, BEGINNING).broken_at is None
    assert walk(forged[800:], Place(800, LOG[799].link)).broken_at == 801


def test_of_what_somebody_may_not_see_the_places_suffice():
    seen = [line_of(one) if one.sequence % 5 else place_of(one) for one in LOG]
    lines = [msgspec.json.encode(line).decode() for line in seen]
    assert broken(lines) is None
    assert set(json.loads(lines[4])) == {"sequence", "digest", "link"}
    other = json.loads(lines[4]) | {"digest": LOG[5].digest.hex()}
    assert broken([*lines[:4], json.dumps(other), *lines[5:]]) == 5


@pytest.mark.parametrize(
    "line",
    [
        *("", "{}", "[]", "null", "x", '{"sequence": 1}', '{"sequence": "1"}'),
        json.dumps({"sequence": 1, "digest": "0" * 62, "link": "0" * 64}),
        json.dumps({"sequence": 1, "digest": "A" * 64, "link": "0" * 64}),
        json.dumps({"sequence": 1, "digest": "0" * 64, "link": "é" * 64}),
        json.dumps({"sequence": 1.5, "digest": "0" * 64, "link": "0" * 64}),
    ],
)
def test_what_is_no_line_of_an_export_is_refused(line: str):
    with pytest.raises(ValueError):  # noqa: PT011 -- whatever the sentence is
        event_of(line)
