"""The faults of a refusal by what was typed, where an operation names its own fields."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from tokenhouse.core.refusal import Problem, Refused

_PLACE: Final = re.compile(r"\[(\d+)\]")


@contextmanager
def spelled(typed: Mapping[str, str]) -> Iterator[None]:
    """Tell the faults of what is refused in here by these words, such as full_name: --name.

    A field that is not named here is the flag of its name. Raises Refused anew.
    """
    try:
        yield
    except Refused as refused:
        problems = tuple(
            Problem(_word(problem.field, typed), problem.sentence) for problem in refused.problems
        )
        raise Refused(refused.code, refused.public, problems, detail=refused.detail) from None


def _word(field: str, typed: Mapping[str, str]) -> str:
    plain = field.partition("[")[0]
    word = typed.get(plain, f"--{plain.replace('_', '-')}" if plain else "")
    place = _PLACE.search(field)
    return word if place is None else f"{word} number {int(place[1]) + 1}"
