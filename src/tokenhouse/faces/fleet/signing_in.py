"""Tokens for users, and for devices that have one already."""

from typing import Final

from tokenhouse.boundary import About, Answer, Request, Route, Success
from tokenhouse.core.refusal import Code
from tokenhouse.faces.fleet.wire import tokens as wire
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller

_TAG: Final = "Fleet"
_REFUSES: Final = frozenset({Code.UNAUTHENTICATED, Code.TOO_MANY})
_ANSWER: Final = {"token": "eyJ…"}


def _sign_in(authority: Authority, request: Request, _: Caller | None) -> Answer:
    signed_in = authority.sign_in.readable(wire.read_credentials(request))
    return wire.write_token(200, signed_in.secret, signed_in.delay)


class _Renew:
    """Renews the token of a device; `status` is that of the answer."""

    def __init__(self, status: int) -> None:
        self._status = status

    def __call__(self, authority: Authority, request: Request, _: Caller | None) -> Answer:
        renewed = authority.devices.renew(wire.read_renewal(request))
        return wire.write_token(self._status, renewed.secret, renewed.delay)


def routes(renewed: int) -> tuple[Route, ...]:
    """The routes, with the status of a renewal."""
    return (
        Route("POST", "/login", _sign_in, brief=True, about=_SIGN_IN),
        Route(
            "POST",
            "/loginDevice",
            _Renew(renewed),
            brief=True,
            about=About(
                tag=_TAG,
                summary="Renew the token of a device, up to 12 hours after its expiry.",
                text="The device proves itself by its `cpu_id` and `uuid`. The same token renews"
                " again, as often as it takes: nothing ends. Every refusal is one same 401.",
                body=wire.RENEWAL,
                answers={renewed: Success(wire.Token)},
                refuses=_REFUSES,
                body_example={
                    "cpu_id": "0000000012345678",
                    "uuid": "7d444840-9dc0-41d1-8245-5ffdce74fad2",
                    "token": "eyJ…",
                },
                answer_example=_ANSWER,
            ),
        ),
    )


_SIGN_IN: Final = About(
    tag=_TAG,
    summary="Sign in for a user token.",
    text="The token tells who signed in, in which organization, and what he may do. Whoever has"
    " a second factor sends its `code` too. Every failing sign-in gets one same 401.",
    body=wire.CREDENTIALS,
    answers={200: Success(wire.Token)},
    refuses=_REFUSES,
    body_example={"username": "anna@nordlicht.example", "password": "what you chose"},
    answer_example=_ANSWER,
)
