"""May the token do this? A question in one line, and the judge's answer."""

from typing import Final

import msgspec

from tokenhouse.core.catalogue import METHODS
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.faces.console.tokens.whose import Whose
from tokenhouse.faces.console.visit import Visit
from tokenhouse.operations.holding import Named
from tokenhouse.operations.simulating import Question, Simulated

_SUBJECTS: Final = {
    "permission": "A permission",
    "method": "The method",
    "path": "The path",
    "address": "The address",
}
_WORDS_OF_A_REQUEST: Final = 2


class Asked(msgspec.Struct, frozen=True):
    """What was typed, and what came of it: an answer, or faults; neither before it was asked."""

    may: str = ""
    address: str = ""
    answer: Simulated | None = None
    faults: tuple[str, ...] = ()


def asked(visit: Visit, whose: Whose, named: Named) -> Asked:
    """Read the question of a page's address and have it answered; nothing is counted as a use."""
    may, address = visit.query("may").strip(), visit.query("address").strip()
    if not may:
        faults = ("Say which request it is about, or which permission.",) if address else ()
        return Asked(may, address, faults=faults)
    holding = whose.holding(visit.authority)
    try:
        question = _question(may, address)
        answer = visit.authority.explain.may(visit.caller, holding, named, question)
    except Refused as refused:
        if refused.code is not Code.MALFORMED:
            raise
        told = [f"{_SUBJECTS[one.field]} {one.sentence}." for one in refused.problems]
        return Asked(may, address, faults=tuple(told))
    return Asked(may, address, answer)


def _question(may: str, address: str) -> Question:
    """A request such as `PUT /devices/7`, a path alone, a whole URL, or a permission's name."""
    words = may.split()
    method, rest = words[0].upper(), " ".join(words[1:])
    if len(words) == 1 and "/" in may:
        return Question(method="GET", path=may, address=address)
    if len(words) >= _WORDS_OF_A_REQUEST or method in METHODS:
        return Question(method=method, path=rest, address=address)
    return Question(permission=may, address=address)
