"""How the native API spells: one file per resource, and here what all of them share.

Owns refusals, and which answers can be given. Does not own what is done: a resource's file beside
this folder says which operation a URL calls. Pure: bytes in, bytes out.
"""

from typing import Final

from tokenhouse.boundary import NO_PARAMETERS, Answer, Refusals, Request, Route, problem
from tokenhouse.boundary.media import JSON, answer_type
from tokenhouse.boundary.possible import negotiated
from tokenhouse.core.refusal import Code, Refused, Unavailable

MEDIA_TYPES: Final = (JSON,)

_GATE: Final = "/v1/verify"
_GATE_KNOWS: Final = frozenset({401, 403, 404, 405})
_GATE_SAYS: Final = frozenset({*_GATE_KNOWS, 503})


def check(request: Request, route: Route) -> None:
    """Refuse what could not be answered (406) and parameters that would silently do nothing.

    A gateway hands on the `Accept` of its own client, and reads no body.
    """
    if _is_gateways(request.method, request.path):
        return
    answer_type(request, _offered(route))
    query = None if route.about is None else route.about.query
    (query or NO_PARAMETERS).check(request)


def _offered(route: Route) -> tuple[str, ...]:
    """What the good answers of a route come in."""
    said = () if route.about is None else tuple(route.about.answers.values())
    return next((success.media_types for success in said if success.media_types), MEDIA_TYPES)


def refuse(request: Request, refusal: Refused | Unavailable) -> Answer:
    """A problem (RFC 9457). Of a gateway's question, whatever is wrong with it is a 403.

    nginx passes 401 and 403 on to its client and makes a 500 of every other refusal.
    """
    if isinstance(refusal, Refused) and _is_gateways(request.method, request.path):
        known = problem.STATUS[refusal.code] in _GATE_KNOWS
        refusal = refusal if known else Refused(Code.FORBIDDEN, refusal.public)
    return problem.refuse(request, refusal)


def _statuses(route: Route) -> frozenset[int]:
    possible = negotiated(route)
    return possible & _GATE_SAYS if _is_gateways(route.method, route.path) else possible


REFUSALS: Final = Refusals(problem.Problem, (problem.MEDIA_TYPE,), _statuses)


def _is_gateways(method: str, path: str) -> bool:
    return (path == _GATE or path.startswith(f"{_GATE}/")) and method in {"GET", "HEAD"}
