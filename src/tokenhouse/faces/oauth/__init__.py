"""The OAuth dialect; so far the public keys, by which anyone can check a signed token (RFC 7517).

Owns the route table below. Does not own the keys: which are published is `operations.keys`' to say.
"""

from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

from tokenhouse.boundary import About, Answer, Face, Request, Route, Success, problem
from tokenhouse.boundary.possible import PROBLEMS
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


FACE: Final = Face(
    name="oauth",
    prefixes=("/.well-known",),
    routes=(Route("GET", "/.well-known/jwks.json", _published_keys, about=_ABOUT),),
    refuse=problem.refuse,
    spellings=frozenset(),
    refusals=PROBLEMS,
)
