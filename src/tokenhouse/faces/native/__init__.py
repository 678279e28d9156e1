"""Our own JSON API under `/v1`: sign-in and verification.

Owns the route table below, which says what each URL calls and what it demands; `wire` spells, and
`identity` says in headers what a gateway hands on.
Does not own how a password is checked or a token judged: that is the operations' to say.
"""

from typing import Final

from msgspec.structs import replace

from tokenhouse.boundary import Answer, Face, Request, Route
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Asker, Door, Spelling
from tokenhouse.core.permission import is_permission_name
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.faces.native import identity, wire
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller, refusal


def _sign_in(authority: Authority, request: Request, _: Caller | None) -> Answer:
    return wire.write_signed_in(authority.sign_in(wire.read_credentials(request)))


def _sign_out(authority: Authority, _: Request, caller: Caller | None) -> Answer:
    assert caller is not None
    authority.revoke.own_session(caller)
    return Answer(204)


def _verify(authority: Authority, _: Request, caller: Caller | None) -> Answer:
    assert caller is not None
    told = authority.ask.own(caller)
    if not told.verdict.allowed:
        raise refusal(told.verdict, caller.spelling, caller.demand)
    return wire.write_told(told, identity.headers(told.verdict))


def _verify_permission(authority: Authority, request: Request, caller: Caller | None) -> Answer:
    assert caller is not None
    name = request.parameters["permission"]
    if not is_permission_name(name):
        # 403, since a gateway such as nginx turns anything but 401 and 403 into 500
        raise Refused(Code.FORBIDDEN, "That is no name of a permission.")
    demand = Demand(Door.VERIFY, frozenset({name}))
    return _verify(authority, request, replace(caller, demand=demand))


def _ask(authority: Authority, request: Request, caller: Caller | None) -> Answer:
    assert caller is not None
    return wire.write_told(authority.ask.about(caller, wire.read_question(request)))


_OWN: Final = Demand(Door.VERIFY)
_ASKING: Final = Demand(Door.ASKING, frozenset({"TokenVerify"}))
_SESSION: Final = Demand(Door.MANAGEMENT, asker=Asker.SIGNED_IN)

FACE: Final = Face(
    name="native",
    prefixes=("/v1",),
    routes=(
        Route("POST", "/v1/sessions", _sign_in),
        Route("DELETE", "/v1/sessions/current", _sign_out, _SESSION),
        Route("GET", "/v1/verify", _verify, _OWN),
        Route("GET", "/v1/verify/{permission}", _verify_permission, _OWN),
        Route("POST", "/v1/verify", _ask, _ASKING),
    ),
    refuse=wire.refuse,
    spellings=frozenset({Spelling.BEARER, Spelling.TOKEN, Spelling.X_ACCESS_TOKEN}),
)
