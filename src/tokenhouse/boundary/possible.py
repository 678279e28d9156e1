"""Which refusals a route can give, as far as they follow from the route itself."""

import re
from typing import Final

from tokenhouse.boundary import problem
from tokenhouse.boundary.about import Refusals
from tokenhouse.boundary.face import Route
from tokenhouse.core.refusal import Code

ALWAYS: Final = frozenset({400, 408, 413, 414, 431, 503})
"""Whatever the route is: its request can be malformed, too late or too large, or undecided."""

_DEMANDED: Final = frozenset({401, 403})
_REPEATED: Final = frozenset({409, 422})
_PRECONDITION: Final = frozenset({412, 428})
_PARAMETER: Final = re.compile(r"\{([a-z_]+)\}")


def parameters(path: str) -> list[str]:
    """The names in the path of a route."""
    return _PARAMETER.findall(path)


def statuses(route: Route) -> frozenset[int]:
    """Every status with which a route can refuse, but what its face alone knows."""
    found = set(ALWAYS)
    if route.demand is not None:
        found |= _DEMANDED
    if parameters(route.path):
        found.add(404)
    if route.idempotent:
        found |= _REPEATED
    if route.precondition:
        found |= _PRECONDITION
    if route.about is not None:
        found |= {problem.STATUS[code].value for code in route.about.refuses}
        if route.about.body is not None:
            found.add(415)
    return frozenset(found)


def negotiated(route: Route) -> frozenset[int]:
    """The same, where the face looks at `Accept` too."""
    return statuses(route) | {problem.STATUS[Code.NOT_ACCEPTABLE].value}


PROBLEMS: Final = Refusals(problem.Problem, (problem.MEDIA_TYPE,), statuses)
"""The refusals of a face that answers every one as a problem."""
