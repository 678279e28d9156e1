"""Whether a token is good now, which is what everything else is for."""

from typing import Final

from msgspec.structs import replace

from tokenhouse.boundary import About, Answer, Asked, Request, Route, Success
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Door
from tokenhouse.core.permission import is_permission_name
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.faces.native.examples import MADE, ORGANIZATION, TOKEN
from tokenhouse.faces.native.wire import identity
from tokenhouse.faces.native.wire import verify as wire
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.refusing import refusal

_TAG: Final = "Verification"
_OWN: Final = Demand(Door.VERIFY)
_ASKING: Final = Demand(Door.ASKING, frozenset({"TokenVerify"}))


def _verify(authority: Authority, request: Request, caller: Caller) -> Answer:
    audience = wire.read_audience(request)
    if audience is not None:
        caller = replace(caller, demand=replace(caller.demand, audience=audience))
    told = authority.ask.own(caller)
    if not told.verdict.allowed:
        raise refusal(told.verdict, caller.spelling, caller.demand)
    return wire.write_told(told, identity.headers(told.verdict))


def _verify_permission(authority: Authority, request: Request, caller: Caller) -> Answer:
    name = request.parameters["permission"]
    if not is_permission_name(name):
        # 403, since a gateway such as nginx turns anything but 401 and 403 into 500
        raise Refused(Code.FORBIDDEN, "That is no name of a permission.")
    demand = Demand(Door.VERIFY, frozenset({name}))
    return _verify(authority, request, replace(caller, demand=demand))


def _ask(authority: Authority, request: Request, caller: Caller) -> Answer:
    return wire.write_told(authority.ask.about(caller, wire.QUESTION.read(request)))


_GOOD: Final = {
    "active": True,
    "allowed": True,
    "as_of": MADE,
    "fresh_ms": 1000,
    "id": TOKEN,
    "kind": "organizational",
    "subject": ORGANIZATION,
    "organization": ORGANIZATION,
    "permissions": ["SystemsRead"],
    "expires_at": "2030-01-01T00:00:00Z",
}
_GATE_TEXT: Final = (
    "For a gateway that asks about each request: let through what gets 200, and nothing else. A"
    " malformed request is 403 here. The headers say what the body says. A token that is meant for"
    " one API is enough only where `audience` names it."
)
_TOLD: Final = Success(wire.Verdict, headers=identity.NAMES)

ROUTES: Final = (
    Route(
        "GET",
        "/v1/verify",
        Asked(_verify),
        _OWN,
        from_memory=wire.TAIL,
        about=About(
            tag=_TAG,
            summary="Ask whether your own token is good.",
            text=_GATE_TEXT,
            query=wire.AUDIENCE,
            answers={200: _TOLD},
            answer_example=_GOOD,
        ),
    ),
    Route(
        "GET",
        "/v1/verify/{permission}",
        Asked(_verify_permission),
        _OWN,
        from_memory=wire.TAIL,
        about=About(
            tag=_TAG,
            summary="Ask whether your own token is good and has a permission.",
            text=_GATE_TEXT,
            query=wire.AUDIENCE,
            answers={200: _TOLD},
            path_example={"permission": "SystemsRead"},
            answer_example=_GOOD,
        ),
    ),
    Route(
        "POST",
        "/v1/verify",
        Asked(_ask),
        _ASKING,
        from_memory=wire.TAIL,
        about=About(
            tag=_TAG,
            summary="Ask about somebody else's token.",
            text="The answer is 200 whatever the verdict. A token of another organization is as"
            " unknown as none.",
            body=wire.QUESTION,
            answers={200: Success(wire.Verdict)},
            body_example={"token": "tho_…", "permissions": ["SystemsRead"]},
            answer_example=_GOOD,
        ),
    ),
)
