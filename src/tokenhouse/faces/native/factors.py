"""Second factors: a person's own, and those that somebody has lost."""

from typing import Final

from msgspec.structs import replace

from tokenhouse.boundary import NO_CONTENT, NOTHING, About, Answer, Asked, Request, Route, Success
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Asker, Door
from tokenhouse.core.refusal import Code
from tokenhouse.faces.native.examples import MADE, PASSKEY
from tokenhouse.faces.native.wire import factors as wire
from tokenhouse.faces.native.wire.ids import read_id
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller

_TAG: Final = "Second factors"
_OWN: Final = Demand(Door.MANAGEMENT, asker=Asker.SIGNED_IN)
_WRITES: Final = replace(_OWN, permissions=frozenset({"AccountsUsersWrite"}))
_OPERATES: Final = replace(_OWN, permissions=frozenset({"OrganizationsWrite"}))


def _show(authority: Authority, _: Request, caller: Caller) -> Answer:
    return wire.write_factors(authority.my_factors.show(caller))


def _begin_totp(authority: Authority, request: Request, caller: Caller) -> Answer:
    evidence = wire.read_evidence(request)
    return wire.write_app(authority.my_factors.begin_totp(caller, evidence))


def _confirm_totp(authority: Authority, request: Request, caller: Caller) -> Answer:
    code = wire.SHOWN.read(request).code
    return wire.write_codes(200, authority.my_factors.confirm_totp(caller, code))


def _remove_totp(authority: Authority, request: Request, caller: Caller) -> Answer:
    evidence = wire.read_evidence(request)
    return replace(NOTHING, delay=authority.my_factors.remove_totp(caller, evidence))


def _recovery_codes(authority: Authority, request: Request, caller: Caller) -> Answer:
    evidence = wire.read_evidence(request)
    return wire.write_codes(201, authority.my_factors.new_recovery_codes(caller, evidence))


def _remove_of_member(authority: Authority, request: Request, caller: Caller) -> Answer:
    authority.remove_factors.of_member(caller, read_id(request, "membership_id", "membership"))
    return NOTHING


def _remove_of_person(authority: Authority, request: Request, caller: Caller) -> Answer:
    authority.remove_factors.of_person(caller, read_id(request, "person_id", "person"))
    return NOTHING


_CODES: Final = {"recovery_codes": ["k3v9-…", "7m2q-…"]}
_CONFIRMING: Final = {"password": "what you chose", "code": "123456"}
_AT_ODDS: Final = frozenset({Code.TOO_MANY, Code.UNPROCESSABLE})

ROUTES: Final = (
    Route(
        "GET",
        "/v1/me/factors",
        Asked(_show),
        _OWN,
        about=About(
            tag=_TAG,
            summary="List your second factors.",
            answers={200: Success(wire.Mine)},
            answer_example={
                "required": True,
                "totp": {"since": MADE},
                "passkeys": [PASSKEY],
                "recovery_codes": {"left": 10, "created_at": MADE},
            },
        ),
    ),
    Route(
        "POST",
        "/v1/me/factors/totp",
        Asked(_begin_totp),
        _OWN,
        about=About(
            tag=_TAG,
            summary="Begin with an authenticator app: get the secret for it, told this once.",
            text="It counts once you have confirmed it, within ten minutes." + wire.HOW,
            body=wire.CONFIRMED,
            answers={201: Success(wire.Prepared)},
            refuses=frozenset({Code.TOO_MANY, Code.ALREADY_DONE}),
            body_example={"password": "what you chose"},
            answer_example={"secret": "JBSWY3DP…", "uri": "otpauth://totp/…"},
        ),
    ),
    Route(
        "POST",
        "/v1/me/factors/totp/confirm",
        Asked(_confirm_totp),
        _OWN,
        about=About(
            tag=_TAG,
            summary="Turn the app on, with what it shows now.",
            text="The first factor brings recovery codes, told this once, and ends what"
            " applications were given for your password alone.",
            body=wire.SHOWN,
            answers={200: Success(wire.Recovering)},
            refuses=_AT_ODDS,
            body_example={"code": "123456"},
            answer_example=_CODES,
        ),
    ),
    Route(
        "POST",
        "/v1/me/factors/totp/remove",
        Asked(_remove_totp),
        _OWN,
        about=About(
            tag=_TAG,
            summary="Remove your authenticator app.",
            text="With the last factor go the recovery codes." + wire.HOW,
            body=wire.CONFIRMED,
            answers=NO_CONTENT,
            refuses=frozenset({Code.TOO_MANY, Code.NOT_FOUND}),
            body_example=_CONFIRMING,
        ),
    ),
    Route(
        "POST",
        "/v1/me/factors/recovery-codes",
        Asked(_recovery_codes),
        _OWN,
        about=About(
            tag=_TAG,
            summary="Make ten recovery codes, told this once; those before end.",
            text="Each stands in for a second factor once." + wire.HOW,
            body=wire.CONFIRMED,
            answers={201: Success(wire.Recovering)},
            refuses=_AT_ODDS,
            body_example=_CONFIRMING,
            answer_example=_CODES,
        ),
    ),
    Route(
        "POST",
        "/v1/memberships/{membership_id}/factors/remove",
        Asked(_remove_of_member),
        _WRITES,
        about=About(
            tag=_TAG,
            summary="Remove all second factors of a member who has lost them.",
            text="For people of your organization alone, who may do nothing that you may not; for"
            " all others an operator does. The person is told, and all of his sessions end.",
            answers=NO_CONTENT,
        ),
    ),
    Route(
        "POST",
        "/v1/people/{person_id}/factors/remove",
        Asked(_remove_of_person),
        _OPERATES,
        about=About(
            tag=_TAG,
            summary="Remove all second factors of anybody but yourself.",
            text="For operators.",
            answers=NO_CONTENT,
        ),
    ),
)
