"""Spoke Zone's dialect: users and devices sign in, devices are managed, by `x-access-token`.

Owns the routes of `signing_in` and `devices`; `wire` spells them. Does not own what a token is or
who may do what: that is the operations' to say. Nor does it own how a refusal looks, which the API
beside it shares (`boundary.error_list`).
"""

from typing import Final

from tokenhouse.boundary import Face, Refusals
from tokenhouse.boundary.error_list import Errors
from tokenhouse.boundary.media import JSON
from tokenhouse.boundary.possible import statuses
from tokenhouse.core.kind import Spelling
from tokenhouse.faces.fleet import devices, signing_in
from tokenhouse.faces.fleet.wire.refusals import refuse


def face(renewed: int = 200) -> Face:
    """The dialect; `renewed` is the status with which a renewal is answered."""
    return Face(
        name="fleet",
        prefixes=("/login", "/loginDevice", devices.ALL),
        routes=(*signing_in.routes(renewed), *devices.ROUTES),
        refuse=refuse,
        spellings=frozenset({Spelling.X_ACCESS_TOKEN}),
        refusals=Refusals(Errors, (JSON,), statuses),
        media_types=(JSON,),
    )


FACE: Final = face()
