"""The worked example of the chain, computed once with nothing of ours and once by the program."""

import hashlib
import json
from uuid import UUID

from docs.documents import PAGES, codes
from tokenhouse.core.events import GENESIS, Event, Name, record

PAGE = PAGES["events"]
BODIES = [block.text.strip() for block in PAGE.blocks if block.language == "json"]
HASHES = [codes(row[1])[0] for row in PAGE.rows("Worked example")]


def test_the_example_can_be_computed_by_anyone():
    link, computed = bytes(32), []
    for body in BODIES:
        digest = hashlib.sha256(body.encode()).digest()
        link = hashlib.sha256(link + b"\x01" + digest).digest()
        computed += [digest.hex(), link.hex()]
    assert computed == HASHES
    assert len(BODIES) == 2


def test_the_program_writes_the_same():
    previous = GENESIS
    for place, body in enumerate(BODIES):
        told = json.loads(body)
        event = Event(
            Name(told["name"]),
            UUID(told["organization"]),
            UUID(told["actor"]) if told["actor"] else None,
            UUID(told["through"]) if told["through"] else None,
            UUID(told["subject"]),
            told["details"],
        )
        salt = bytes.fromhex(told["salt"])
        written = record(event, told["sequence"], told["moment"], salt, previous)
        assert written.body == body
        assert [written.digest.hex(), written.link.hex()] == HASHES[2 * place : 2 * place + 2]
        previous = written.link
