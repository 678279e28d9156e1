"""The token endpoint, introspection and revocation."""

from collections.abc import Callable
from typing import Final

from tokenhouse.boundary import About, Answer, Request, Route, Success, presented
from tokenhouse.boundary.face import Tail
from tokenhouse.core.client import Grant, ScopeAs
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Door, Spelling
from tokenhouse.core.refusal import Code
from tokenhouse.faces.oauth.wire import introspection, token
from tokenhouse.faces.oauth.wire.client_authentication import read_client, refuse_query
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.grant_client import ClientGrant
from tokenhouse.operations.grant_password import PasswordGrant
from tokenhouse.operations.grant_refresh import RefreshGrant
from tokenhouse.operations.granting import Granted

_TAG: Final = "OAuth"
_CLIENT: Final = {"client_id": "Zq7rT0aXb2Mn4Kp6Ls8Vd1Wy", "client_secret": "thc_…"}
_SPELLINGS: Final = frozenset({Spelling.BEARER, Spelling.TOKEN})
_ASK: Final = Demand(Door.ASKING, frozenset({"TokenVerify"}))
_REFUSES: Final = frozenset({Code.UNAUTHENTICATED, Code.TOO_MANY})


def _grant(authority: Authority, asked: token.Asked, address: str) -> Granted:
    match asked.grant:
        case Grant.PASSWORD:
            return authority.grants.password(
                PasswordGrant(asked.client, asked.username, asked.password, address, asked.scope)
            )
        case Grant.REFRESH_TOKEN:
            return authority.grants.refresh(
                RefreshGrant(asked.client, asked.refresh_token, asked.scope)
            )
        case Grant.CLIENT_CREDENTIALS:
            return authority.grants.client(ClientGrant(asked.client, asked.scope))


def _token(scope_as: ScopeAs) -> Callable[..., Answer]:
    def handle(authority: Authority, request: Request, _: Caller | None) -> Answer:
        granted = _grant(authority, token.read_asked(request), request.address)
        return token.write_tokens(granted, scope_as)

    return handle


def _introspect(authority: Authority, request: Request, _: Caller | None) -> Answer:
    refuse_query(request)
    named = introspection.read_named(request)
    scheme = (request.header("authorization") or "").partition(" ")[0].lower()
    if scheme in {"bearer", "token"}:
        found = presented(request, _SPELLINGS)
        assert found is not None
        route = "POST /oauth/introspect"
        caller = Caller(found[0], found[1], _ASK, route, request.address)
        return introspection.write_introspection(
            authority.grants.introspect.by_token(caller, named.token)
        )
    client = read_client(request, named.client_id, named.client_secret)
    return introspection.write_introspection(
        authority.grants.introspect.by_client(client, named.token)
    )


def _revoke(authority: Authority, request: Request, _: Caller | None) -> Answer:
    refuse_query(request)
    named = introspection.read_named(request)
    client = read_client(request, named.client_id, named.client_secret)
    authority.grants.revoke(client, named.token)
    return Answer(200, headers=(("pragma", "no-cache"),))


def _about(summary: str, text: str, scope: object) -> About:
    return About(
        tag=_TAG,
        summary=summary,
        text=text,
        form=token.FORM,
        answers={200: Success(token.Tokens)},
        refuses=_REFUSES,
        query_example={
            **_CLIENT,
            "grant_type": "password",
            "username": "anna@nordlicht.example",
            "password": "what you chose",
        },
        answer_example={
            "access_token": "eyJ…",
            "refresh_token": "thr_…",
            "id_token": "eyJ…",
            "expires_in": 3600,
            "token_type": "Bearer",
            **({} if scope is None else {"scope": scope}),
        },
    )


ROUTES: Final = (
    Route(
        "POST",
        "/v2/token",
        _token(ScopeAs.LIST),
        brief=True,
        about=_about(
            "Get tokens for a password, or for a refresh token (NET2GRID).",
            "`scope` is a list here, empty where none was asked for; a string, where the client is"
            " told it so everywhere.",
            [],
        ),
    ),
    Route(
        "POST",
        "/oauth/token",
        _token(ScopeAs.STRING),
        brief=True,
        about=_about(
            "Get tokens for a password, for a refresh token, or for the client itself.",
            "The client presents itself by HTTP Basic or in the form. `scope` names permissions"
            " between spaces; it comes back so, or as a list where the client is told one.",
            None,
        ),
    ),
    Route(
        "POST",
        "/oauth/introspect",
        _introspect,
        from_memory=Tail(),
        about=About(
            tag=_TAG,
            summary="Ask whether a token is good now.",
            text="A client asks about its own tokens, with `TokenVerify` about others of its"
            " organization; so does an organizational token or a client's access token. Whatever is"
            " not good is told as inactive, and nothing else.",
            form=introspection.FORM,
            answers={200: Success(introspection.Introspected)},
            refuses=_REFUSES | {Code.FORBIDDEN},
            query_example={**_CLIENT, "token": "eyJ…"},
            answer_example={"active": False},
        ),
    ),
    Route(
        "POST",
        "/oauth/revoke",
        _revoke,
        brief=True,
        about=About(
            tag=_TAG,
            summary="Revoke a token of the client's own.",
            text="A refresh token ends with its whole family. What is unknown counts as revoked.",
            form=introspection.FORM,
            answers={200: Success()},
            refuses=_REFUSES,
            query_example={**_CLIENT, "token": "thr_…"},
        ),
    ),
)
