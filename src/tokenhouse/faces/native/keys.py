"""The keys that sign tokens, as operators see them."""

from typing import Final

from tokenhouse.boundary import About, Answer, Asked, Request, Route, Success
from tokenhouse.boundary.cursor import Listed
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Asker, Door
from tokenhouse.core.refusal import Code
from tokenhouse.faces.native.examples import KEYS, MADE
from tokenhouse.faces.native.wire import keys as wire
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.signing_keys import PUBLISHED_KEPT_FOR

_TAG: Final = "Keys"
_READ: Final = Demand(Door.MANAGEMENT, frozenset({"KeysRead"}))
_WRITE: Final = Demand(Door.MANAGEMENT, frozenset({"KeysWrite"}), Asker.SIGNED_IN)


def _list(authority: Authority, _: Request, caller: Caller) -> Answer:
    return wire.write_keys(authority.signing_keys.listed(caller))


def _rotate(authority: Authority, request: Request, caller: Caller) -> Answer:
    published_for = 0 if wire.read_now(request) else PUBLISHED_KEPT_FOR
    return wire.write_rotated(authority.signing_keys.rotate(caller, published_for))


ROUTES: Final = (
    Route(
        "GET",
        "/v1/keys",
        Asked(_list),
        _READ,
        about=About(
            tag=_TAG,
            summary="List the signing keys, oldest first.",
            text="A key is `pending` (published, signs nothing yet), `active` (signs), `retiring`"
            " (verifies what it signed) or `retired` (neither).",
            answers={200: Success(Listed[wire.Key])},
            answer_example={
                "data": [
                    {
                        "id": KEYS[0],
                        "state": "active",
                        "algorithm": "ES256",
                        "published": True,
                        "created_at": MADE,
                        "activated_at": MADE,
                        "retires_at": None,
                    }
                ]
            },
        ),
    ),
    Route(
        "POST",
        "/v1/keys/rotate",
        Asked(_rotate),
        _WRITE,
        about=About(
            tag=_TAG,
            summary="Sign with the next key from now on, and publish one more for the next time.",
            text="Nothing ends: what the old key signed stays good until its own expiry. 422 while"
            " verifiers may not know the next key yet, for 5 minutes; `now` does not wait.",
            body=wire.ROTATE,
            answers={200: Success(wire.Rotation)},
            refuses=frozenset({Code.UNPROCESSABLE}),
            body_example={"now": False},
            answer_example={
                "active": KEYS[1],
                "retiring": KEYS[0],
                "pending": KEYS[2],
                "retires_at": "2029-12-02T08:00:00Z",
            },
        ),
    ),
)
