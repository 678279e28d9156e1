"""Passkeys: a person's own, and the challenges that they answer."""

from typing import Final

from msgspec.structs import replace

from tokenhouse.boundary import NO_CONTENT, NOTHING, About, Answer, Asked, Request, Route, Success
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Asker, Door
from tokenhouse.core.refusal import Code
from tokenhouse.faces.native.examples import CHALLENGE, PASSKEY
from tokenhouse.faces.native.wire import factors
from tokenhouse.faces.native.wire import passkeys as wire
from tokenhouse.faces.native.wire.ids import read_id
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller

_TAG: Final = "Second factors"
_OWN: Final = Demand(Door.MANAGEMENT, asker=Asker.SIGNED_IN)


def _challenge(authority: Authority, request: Request, caller: Caller) -> Answer:
    deed = wire.DEED.read(request).deed
    return wire.write_challenge(authority.passkeys.challenge_for(caller, deed))


def _begin_passkey(authority: Authority, request: Request, caller: Caller) -> Answer:
    evidence = factors.read_evidence(request)
    return wire.write_creation(authority.passkeys.begin(caller, evidence))


def _finish_passkey(authority: Authority, request: Request, caller: Caller) -> Answer:
    sent = wire.FINISHED.read(request)
    return wire.write_made(authority.passkeys.finish(caller, sent.label, sent.credential))


def _remove_passkey(authority: Authority, request: Request, caller: Caller) -> Answer:
    passkey_id = read_id(request, "passkey_id", "passkey")
    evidence = factors.read_evidence(request)
    return replace(NOTHING, delay=authority.passkeys.remove(caller, passkey_id, evidence))


_CONFIRMING: Final = {"password": "what you chose", "code": "123456"}

ROUTES: Final = (
    Route(
        "POST",
        "/v1/me/factors/challenge",
        Asked(_challenge),
        _OWN,
        about=About(
            tag=_TAG,
            summary="Get a challenge with which a passkey confirms one request of yours.",
            text="`for` is the method and path of that request. The answer is good there alone, in"
            " this session, once and for five minutes.",
            body=wire.DEED,
            answers={200: Success(wire.Challenge)},
            refuses=frozenset({Code.UNPROCESSABLE}),
            body_example={"for": "POST /v1/me/password"},
            answer_example=CHALLENGE,
        ),
    ),
    Route(
        "POST",
        "/v1/me/factors/passkeys",
        Asked(_begin_passkey),
        _OWN,
        about=About(
            tag=_TAG,
            summary="Begin with a passkey: get what the browser makes it from.",
            text="Finish it within five minutes, in this session." + factors.HOW,
            body=factors.CONFIRMED,
            answers={200: Success(wire.Creation)},
            refuses=frozenset({Code.TOO_MANY, Code.UNPROCESSABLE}),
            body_example={"password": "what you chose"},
            answer_example={
                "publicKey": {
                    "challenge": "AZCa…",
                    "rp": {"id": "tokens.example.com", "name": "tokens.example.com"},
                    "user": {"id": "AZCa…", "name": "anna@…", "displayName": "Anna Lind"},
                    "pubKeyCredParams": [{"alg": -7, "type": "public-key"}],
                    "timeout": 300000,
                    "excludeCredentials": [],
                    "authenticatorSelection": {
                        "residentKey": "required",
                        "requireResidentKey": True,
                        "userVerification": "required",
                    },
                    "attestation": "none",
                }
            },
        ),
    ),
    Route(
        "POST",
        "/v1/me/factors/passkeys/finish",
        Asked(_finish_passkey),
        _OWN,
        about=About(
            tag=_TAG,
            summary="Keep the passkey that the browser made.",
            text="The first factor brings recovery codes, told this once, and ends what"
            " applications were given for your password alone.",
            body=wire.FINISHED,
            answers={201: Success(wire.Added)},
            refuses=frozenset({Code.UNPROCESSABLE}),
            body_example={"label": "My laptop", "credential": {"id": "…", "type": "public-key"}},
            answer_example={"passkey": PASSKEY, "recovery_codes": ["k3v9-…", "7m2q-…"]},
        ),
    ),
    Route(
        "POST",
        "/v1/me/factors/passkeys/{passkey_id}/remove",
        Asked(_remove_passkey),
        _OWN,
        about=About(
            tag=_TAG,
            summary="Remove one of your passkeys.",
            text="With the last factor go the recovery codes." + factors.HOW,
            body=factors.CONFIRMED,
            answers=NO_CONTENT,
            refuses=frozenset({Code.TOO_MANY}),
            body_example=_CONFIRMING,
        ),
    ),
)
