"""The Virtuozzo dialect: `/1.0/<service>/<controller>/rest/<method>`, credentials in `session`.

Owns the methods about sign-ins and tokens for API methods: `signing_in` and `tokens` have them,
`wire` spells them, `abouts` tells of them. Every answer has the HTTP status 200; what it is stands
in its `result`. Does not own what a token is or who may do what: that is the operations' to say.
"""

from typing import Final

from tokenhouse.boundary import Face, Refusals, Route
from tokenhouse.boundary.media import JSON
from tokenhouse.core.kind import Spelling
from tokenhouse.faces.session_parameter import signing_in, tokens
from tokenhouse.faces.session_parameter.wire.names import fold_path
from tokenhouse.faces.session_parameter.wire.results import Failure, refuse


def _statuses(_: Route) -> frozenset[int]:
    return frozenset({200})


FACE: Final = Face(
    name="session_parameter",
    prefixes=("/1.0",),
    routes=(*signing_in.ROUTES, *tokens.ROUTES),
    refuse=refuse,
    spellings=frozenset({Spelling.SESSION}),
    refusals=Refusals(Failure, (JSON,), _statuses),
    media_types=(JSON,),
    fold=fold_path,
)
