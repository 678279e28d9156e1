"""Which media type an answer has, of those that a client takes."""

from typing import Final

from tokenhouse.boundary.request import Request
from tokenhouse.core.refusal import Code, Refused

JSON: Final = "application/json"
_ANY: Final = ("application/*", "*/*")


def answer_type(request: Request, offered: tuple[str, ...]) -> str:
    """The media type to answer with; raise Refused(NOT_ACCEPTABLE) when none of ours is taken.

    The first of `offered` answers whoever takes anything; the others, which go before it among
    equals, only those who name them.
    """
    accepted = ",".join(request.all_headers("accept"))
    if not accepted.strip() or accepted in _ANY:
        return offered[0]
    best, best_weight, best_named = None, 0.0, False
    for one in accepted.split(","):
        name, _, parameters = one.partition(";")
        taken = name.strip().lower()
        found = offered[0] if taken in _ANY else taken
        weight = _weight(parameters)
        named = found in offered[1:]
        if found in offered and weight and (weight > best_weight or (named and not best_named)):
            best, best_weight, best_named = found, max(weight, best_weight), named or best_named
    if best is None:
        raise Refused(Code.NOT_ACCEPTABLE, f"Answers here are {' or '.join(reversed(offered))}.")
    return best


def _weight(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return float(value) if 0 <= float(value) <= 1 else 0.0
            except ValueError:
                return 0.0
    return 1.0
