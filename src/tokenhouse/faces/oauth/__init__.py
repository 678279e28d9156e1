"""The OAuth dialect: the token endpoint, what stands beside it, and the public keys (RFC 7517).

Owns the routes of `tokens` and those below; `wire` spells them. Does not own what a grant gives nor
which keys are published: that is the operations' to say.
"""

from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

from tokenhouse.boundary import About, Answer, Face, Refusals, Request, Route, Success
from tokenhouse.boundary.media import JSON
from tokenhouse.boundary.possible import statuses
from tokenhouse.faces.oauth import tokens
from tokenhouse.faces.oauth.wire.metadata import Metadata, write_metadata
from tokenhouse.faces.oauth.wire.refusals import Error, refuse
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller

KEYS_KEPT_SECONDS: Final = 300


_MEDIA_TYPE: Final = "application/jwk-set+json"
_Coordinate: TypeAlias = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{43}$")]


class PublicKey(msgspec.Struct, frozen=True):
    """A public key on P-256 (RFC 7518, 6.2.1)."""

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: _Coordinate
    y: _Coordinate
    kid: str
    alg: Literal["ES256"]
    use: Literal["sig"]


class KeySet(msgspec.Struct, frozen=True):
    """The keys that verify tokens of now, the one that signs first."""

    keys: list[PublicKey]


def _published_keys(authority: Authority, _: Request, caller: Caller | None) -> Answer:
    assert caller is None
    kept = (("cache-control", f"public, max-age={KEYS_KEPT_SECONDS}"),)
    keys = msgspec.convert(authority.keys.published(), KeySet)
    return Answer(200, msgspec.json.encode(keys), _MEDIA_TYPE, kept)


_ABOUT: Final = About(
    tag="Keys",
    summary="The public keys, by which anyone can check a session token.",
    text="They may be kept for 5 minutes.",
    answers={200: Success(KeySet, ("Cache-Control",), (_MEDIA_TYPE,))},
)


def _metadata(authority: Authority, _: Request, __: Caller | None) -> Answer:
    return write_metadata(authority.deployment.issuer)


_ABOUT_METADATA: Final = About(
    tag="OAuth",
    summary="What this authority can do, for clients that find out by themselves.",
    answers={200: Success(Metadata)},
)

FACE: Final = Face(
    name="oauth",
    prefixes=("/.well-known", "/oauth", "/v2"),
    routes=(
        *tokens.ROUTES,
        Route("GET", "/.well-known/jwks.json", _published_keys, about=_ABOUT),
        *(
            Route("GET", f"/.well-known/{name}", _metadata, about=_ABOUT_METADATA)
            for name in ("oauth-authorization-server", "openid-configuration")
        ),
    ),
    refuse=refuse,
    spellings=frozenset(),
    refusals=Refusals(Error, (JSON,), statuses),
    media_types=(JSON,),
)
