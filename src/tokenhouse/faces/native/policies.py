"""What an organization allows its new tokens."""

from typing import Final

from tokenhouse.boundary import About, Answer, Asked, Request, Route, Success
from tokenhouse.boundary.precondition import expected_version
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Door
from tokenhouse.faces.native.examples import MADE, ORGANIZATION
from tokenhouse.faces.native.wire import policies as wire
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller

_TAG: Final = "Policies"
_PATH: Final = "/v1/organization/policies"
_READ: Final = Demand(Door.MANAGEMENT, frozenset({"PoliciesRead"}))
_WRITE: Final = Demand(Door.MANAGEMENT, frozenset({"PoliciesWrite"}))


def _show(authority: Authority, _: Request, caller: Caller) -> Answer:
    return wire.write_policies(authority.policies.shown(caller))


def _set(authority: Authority, request: Request, caller: Caller) -> Answer:
    expected, policies = expected_version(request), wire.POLICIES.read(request)
    return wire.write_policies(authority.policies(caller, policies, expected))


_POLICIES: Final = {
    "longest_lifetimes": {
        "organizational": "P365D",
        "personal": "P90D",
        "limited_personal": "P90D",
        "session": None,
    },
    "expiry_required": True,
}
_EXAMPLE: Final = {
    "organization": ORGANIZATION,
    **_POLICIES,
    "updated_at": MADE,
}
_TOLD: Final = {200: Success(wire.Told, ("ETag",))}

ROUTES: Final = (
    Route(
        "GET",
        _PATH,
        Asked(_show),
        _READ,
        about=About(
            tag=_TAG,
            summary="Show what your organization allows its new tokens.",
            answers=_TOLD,
            answer_example=_EXAMPLE,
        ),
    ),
    Route(
        "PUT",
        _PATH,
        Asked(_set),
        _WRITE,
        precondition=True,
        about=About(
            tag=_TAG,
            summary="Set all policies of your organization.",
            text="They bind whenever a token is made or its expiry is moved, in every dialect."
            " Tokens that are there already are not touched. Sessions are shortened to theirs.",
            body=wire.POLICIES,
            answers=_TOLD,
            body_example=_POLICIES,
            answer_example=_EXAMPLE,
        ),
    ),
)
