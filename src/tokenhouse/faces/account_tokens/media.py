"""Which media type an answer has: the vendor's when asked for, else plain JSON."""

from typing import Final

from tokenhouse.boundary import Request
from tokenhouse.core.refusal import Code, Refused

VENDOR: Final = "application/vnd.gridx.v2+json"
PLAIN: Final = "application/json"

_MATCHES: Final = {
    VENDOR: VENDOR,
    PLAIN: PLAIN,
    "application/*": PLAIN,
    "*/*": PLAIN,
}


def answer_type(request: Request) -> str:
    """The media type to answer with; raise Refused(NOT_ACCEPTABLE) when none of ours is taken."""
    accepted = ",".join(request.all_headers("accept"))
    if not accepted.strip():
        return PLAIN
    best, best_weight = None, 0.0
    for one in accepted.split(","):
        name, _, parameters = one.partition(";")
        offered = _MATCHES.get(name.strip().lower())
        weight = _weight(parameters)
        if offered is not None and (weight > best_weight or (weight and offered == VENDOR)):
            best, best_weight = offered, max(weight, best_weight)
    if best is None:
        raise Refused(Code.NOT_ACCEPTABLE, f"Answers here are {VENDOR} or {PLAIN}.")
    return best


def error_type(request: Request) -> str:
    """The media type of an error: as asked for, and plain JSON where that cannot be."""
    try:
        return answer_type(request)
    except Refused:
        return PLAIN


def _weight(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return float(value) if 0 <= float(value) <= 1 else 0.0
            except ValueError:
                return 0.0
    return 1.0
