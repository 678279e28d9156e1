"""20,000 requests made of the OpenAPI document: what is answered is what it says, and no more.

Never a fault of ours, no answer that the document does not tell, nothing told or done to whom the
route table does not let in.
"""

from collections.abc import Iterator
from itertools import cycle, islice
from random import Random
from typing import Any, Final, NamedTuple

import pytest
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.generation.modes import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from conformance.cases import ADDRESS, Sender, coverage, lighter, random_cases
from conformance.dialects import Outcome, is_allowed
from conformance.face_suite import FACES, ROUTES, holds_no_secret
from conformance.house import FOREIGN, REAL, Credential, House
from conformance.ranks import EVERYTHING, Kept, Rank, Ranked, demanded, expected
from tokenhouse.boundary import Face, Route
from tokenhouse.core.kind import Asker
from tokenhouse.openapi import document

REQUESTS = 20_000

CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

ANY_NAME: Final = frozenset({"POST /v1/verify", "GET /v1/verify/{permission}"})
"""Where a permission is named that nobody has to know. Nor is a wrong sort of content seen in a
form that brings a file: whatever it was, it comes as bytes."""

DESCRIBED: Final = {str(route): (face, route) for face, route in ROUTES if route.about is not None}
SCHEMA: Final = schemathesis.openapi.from_dict(lighter(document(FACES, ADDRESS)))
OPERATIONS: Final = [found.ok() for found in SCHEMA.get_all_operations()]
EACH: Final = -(-REQUESTS // len(OPERATIONS))


class Asking(NamedTuple):
    """Who sends a case."""

    rank: Rank
    kind: str
    credential: Credential | None


class Town:
    """A house, its people of every rank, and records of every sort that ids can name."""

    def __init__(self, at: House) -> None:
        self.at = at
        self._ranked = Ranked(at)
        self._real = {name: [make(at) for make in _makers(name)] for name in REAL}
        self.sender = Sender(at, self._real, Random("ids"))
        self.total = 0

    def asking(self, route: Route) -> list[Asking]:
        """Those who ask; the first ones are let in where anybody is."""
        if route.demand is None:
            return [Asking(Rank("nobody", frozenset()), "none", None)]
        exactly = Rank("member with exactly that", demanded(route))
        ranks: tuple[tuple[Rank, str], ...] = (
            (Rank("operator", EVERYTHING), "session"),
            (Rank("administrator", EVERYTHING), "organizational"),
            (exactly, "personal"),
            (Rank("member without groups", frozenset()), "session"),
            (Rank("administrator", EVERYTHING), "limited_personal"),
            (Rank("foreign administrator", EVERYTHING), "session"),
        )
        if route.demand.asker is Asker.DEVICE:
            ranks = ((Rank("administrator", EVERYTHING), "device"), *ranks[:2])
        return [Asking(rank, kind, self._ranked.credential(rank, kind)) for rank, kind in ranks]


def _makers(name: str) -> list[Any]:
    return [REAL[name], FOREIGN[name]] if name in FOREIGN else [REAL[name]]


@pytest.fixture(scope="module")
def town(at: House) -> Town:
    return Town(at)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_what_is_answered_is_what_the_document_says(town: Town, operation: Any):
    face, route = DESCRIBED[operation.label]
    asking = town.asking(route)
    kept = Kept(town.at)
    for case, who in islice(_cases(operation, asking), EACH):
        credential = None if who.credential is None else who.credential.at(face)
        reply, response = town.sender(case, credential)
        case.validate_response(response, checks=CHECKS)
        if is_allowed(face, reply):
            assert who.credential is None or _opens(face, route, who), (who, reply)
            if str(route) not in ANY_NAME and not route.streamed:
                case.validate_response(response, checks=[negative_data_rejection])
        else:
            holds_no_secret(reply)
        kept.restore()


def _cases(operation: Any, asking: list[Asking]) -> Iterator[tuple[Any, Asking]]:
    """Cases of coverage, the good ones by everybody; then random ones, by one after the other."""
    turns = cycle(asking)
    for case in coverage(operation):
        good = case.meta is not None and case.meta.generation.mode.is_positive
        yield from ((case, who) for who in (asking if good else [next(turns)]))
    sound = random_cases(operation, GenerationMode.POSITIVE, f"good {operation.label}")
    bad = random_cases(operation, GenerationMode.NEGATIVE, f"bad {operation.label}")
    for place, case in enumerate(sound):
        yield case, next(turns)
        if place % 3 == 0:
            yield from ((one, next(turns)) for one in islice(bad, 1))


def _opens(face: Face, route: Route, who: Asking) -> bool:
    assert who.credential is not None
    spelling = who.credential.at(face).spelling
    return expected(face, route, who.rank, who.kind, spelling) is Outcome.ALLOWED
