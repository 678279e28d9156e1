"""The OAuth dialect; so far the public keys, by which anyone can check a signed token (RFC 7517).

Owns the route table below. Does not own the keys: which are published is `operations.keys`' to say.
"""

from typing import Final

import msgspec

from tokenhouse.boundary import Answer, Face, Request, Route, problem
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller

KEYS_KEPT_SECONDS: Final = 300


def _published_keys(authority: Authority, _: Request, caller: Caller | None) -> Answer:
    assert caller is None
    kept = (("cache-control", f"public, max-age={KEYS_KEPT_SECONDS}"),)
    body = msgspec.json.encode(authority.keys.published())
    return Answer(200, body, "application/jwk-set+json", kept)


FACE: Final = Face(
    name="oauth",
    prefixes=("/.well-known",),
    routes=(Route("GET", "/.well-known/jwks.json", _published_keys),),
    refuse=problem.refuse,
    spellings=frozenset(),
)
