"""Signing in and out."""

from typing import Final

from tokenhouse.boundary import NO_CONTENT, NOTHING, About, Answer, Asked, Request, Route, Success
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Asker, Door
from tokenhouse.core.refusal import Code
from tokenhouse.faces.native.examples import ANNA, CHALLENGE, NORDLICHT, TOKEN
from tokenhouse.faces.native.wire import sessions as wire
from tokenhouse.faces.native.wire.passkeys import Challenge, write_challenge
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller

_TAG: Final = "Sessions"
_OWN: Final = Demand(Door.MANAGEMENT, asker=Asker.SIGNED_IN)


def _sign_in(authority: Authority, request: Request, _: Caller | None) -> Answer:
    return wire.write_signed_in(authority.sign_in(wire.read_credentials(request)))


def _challenge(authority: Authority, _: Request, __: Caller | None) -> Answer:
    return write_challenge(authority.passkeys.challenge())


def _sign_out(authority: Authority, _: Request, caller: Caller) -> Answer:
    authority.revoke.own_session(caller)
    return NOTHING


def _end_others(authority: Authority, _: Request, caller: Caller) -> Answer:
    authority.revoke.own_sessions(caller)
    return NOTHING


ROUTES: Final = (
    Route(
        "POST",
        "/v1/sessions",
        _sign_in,
        about=About(
            tag=_TAG,
            summary="Sign in with e-mail and password.",
            text="The answer holds a session token, told this once. Every failing sign-in gets one"
            " same 401; behind the right password whoever has a second factor is asked for it by a"
            " 403, `second_factor_required`, and sends `code` or `passkey` beside it."
            " `organization` chooses between several memberships.",
            body=wire.CREDENTIALS,
            answers={201: Success(wire.Session)},
            refuses=frozenset({Code.UNAUTHENTICATED, Code.SECOND_FACTOR, Code.TOO_MANY}),
            body_example={"email": ANNA["email"], "password": "what you chose"},
            answer_example={
                "id": TOKEN,
                "token": "eyJ…",
                "token_type": "Bearer",
                "expires_at": "2030-01-01T12:00:00Z",
                "expires_in": 43200,
                "person": ANNA,
                "organization": NORDLICHT,
            },
        ),
    ),
    Route(
        "POST",
        "/v1/sessions/challenge",
        _challenge,
        about=About(
            tag=_TAG,
            summary="Get a challenge for a passkey, to sign in or to use a link.",
            text="The answer of the passkey is sent as `passkey`, beside the password or the link."
            " It is good once, for five minutes. The challenge tells nothing of anybody.",
            answers={200: Success(Challenge)},
            refuses=frozenset({Code.UNPROCESSABLE}),
            answer_example=CHALLENGE,
        ),
    ),
    Route(
        "DELETE",
        "/v1/sessions",
        Asked(_end_others),
        _OWN,
        about=About(
            tag=_TAG,
            summary="End all of your other sessions, in every organization.",
            text="The session that asks goes on, and so do personal tokens and applications.",
            answers=NO_CONTENT,
        ),
    ),
    Route(
        "DELETE",
        "/v1/sessions/current",
        Asked(_sign_out),
        _OWN,
        about=About(
            tag=_TAG,
            summary="Sign out: the session ends at once.",
            answers=NO_CONTENT,
        ),
    ),
)
