"""How a broker says who it is, and which names it lets devices connect under."""

from typing import Final

from tokenhouse.boundary import Request, presented
from tokenhouse.boundary.basic import read_basic
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Door, Spelling
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.verifier import VERIFIES, Verifier

PREFIX: Final = "/v1/broker"
_SPELLINGS: Final = frozenset({Spelling.BEARER, Spelling.TOKEN})
_ASK: Final = Demand(Door.ASKING, frozenset({VERIFIES}))
_CLIENT_IDS: Final = {"bound": True, "free": False}


def verifier(request: Request) -> Verifier:
    """The broker: a client by HTTP Basic, or whoever sends a token that is good for it.

    Raises Refused(UNAUTHENTICATED).
    """
    header = request.header("authorization") or ""
    basic = read_basic(header)
    if basic is not None:
        return basic
    found = presented(request, _SPELLINGS)
    if found is None:
        raise Refused(
            Code.UNAUTHENTICATED,
            "The broker has to say who it is: as a client by HTTP Basic, or with a token.",
        )
    return Caller(found[0], found[1], _ASK, f"{request.method} {request.path}", request.address)


def is_bound(request: Request) -> bool:
    """Whether a device connects under its own name alone, as the URL says that the broker calls.

    Raises Refused(NOT_FOUND) where it says neither `bound` nor `free`.
    """
    said = _CLIENT_IDS.get(request.parameters["client_ids"])
    if said is None:
        raise Refused(Code.NOT_FOUND, "There is nothing here: say `bound` or `free` in the URL.")
    return said
