"""What is wrong with what somebody typed, at its field and in whole sentences."""

from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec.structs import replace

from tokenhouse.boundary import Answer, problem
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.faces.console.pages import Fault

SUBJECTS: Final = {
    "description": "The description",
    "expiry": "The expiry",
    "api": "The field API",
    "groups": "The choice of groups",
    "addresses": "The list of networks",
    "audience": "The audience",
    "overlap": "The choice for the old value",
}
"""In the order of the form."""

_FIELDS: Final = {
    "expires_at": "expiry",
    "lifetime": "expiry",
    "permissions": "api",
    "predefined_set": "api",
}
_CONFIRMING: Final = frozenset({Code.FORBIDDEN, Code.SECOND_FACTOR, Code.TOO_MANY})
_MOST: Final = 20
"""Faults that are named; who mends these sees the others."""


class Wrong(msgspec.Struct, frozen=True):
    """What stands at the fields, and at the end of the form where it is confirmed."""

    faults: tuple[Fault, ...] = ()
    confirm: str = ""
    refused: Refused | None = None

    @property
    def status(self) -> int:
        """With which status the form is shown again."""
        if self.refused is None:
            return 422 if self.faults or self.confirm else 200
        if self.refused.code in {Code.MALFORMED, Code.UNPROCESSABLE}:
            return 422
        return problem.STATUS[self.refused.code]

    def held_back(self, answer: Answer) -> Answer:
        """The form as slow as the refusal that it tells of."""
        if self.refused is None:
            return answer
        headers = answer.headers
        if self.refused.retry_after is not None:
            headers = (*headers, ("retry-after", str(self.refused.retry_after)))
        return replace(answer, headers=headers, delay=self.refused.delay)


def fault(field: str, predicate: str) -> Fault:
    """A whole sentence about a field."""
    return Fault(field, f"{SUBJECTS[field]} {predicate}.")


def wrong(refused: Refused) -> Wrong:
    """Where a refusal is told in the form; one that belongs to no field is raised on."""
    fields = {one.field for one in refused.problems}
    if refused.code is Code.MALFORMED and fields == {"password"}:
        return Wrong(confirm="Confirm this with your password.", refused=refused)
    if refused.code in _CONFIRMING and not (fields - {"code", "passkey"}):
        return Wrong(confirm=refused.public, refused=refused)
    faults = tuple(_told(refused))
    if not faults:
        raise refused
    return Wrong(faults=faults, refused=refused)


def _told(refused: Refused) -> Iterable[Fault]:
    for one in refused.problems[:_MOST]:
        name = one.field.partition("[")[0]
        field = _FIELDS.get(name, name)
        if field in SUBJECTS:
            yield _said(field, one.sentence)
        elif name == "permission":
            yield Fault("groups", refused.public)


def _said(field: str, sentence: str) -> Fault:
    if sentence.startswith("you "):
        return Fault(field, f"Y{sentence[1:]}.")
    if sentence == "names nothing":
        return Fault(field, "Choose at least one method.")
    is_of_a_name = " is not in the catalogue" in sentence or " manages access" in sentence
    return Fault(field, f"{sentence}.") if is_of_a_name else fault(field, sentence)
