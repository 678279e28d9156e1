"""What this authority can do, for clients that find out by themselves (RFC 8414)."""

import msgspec

from tokenhouse.boundary import Answer
from tokenhouse.boundary.media import JSON
from tokenhouse.core.client import Grant

METHODS = ["client_secret_basic", "client_secret_post", "none"]
"""How a client proves itself at the token endpoint; `none` is a public one."""
_PROVED = METHODS[:2]


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """Each thing that is announced works, and nothing else is announced."""

    issuer: str
    token_endpoint: str
    introspection_endpoint: str
    revocation_endpoint: str
    jwks_uri: str
    grant_types_supported: list[str]
    response_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    introspection_endpoint_auth_methods_supported: list[str]
    revocation_endpoint_auth_methods_supported: list[str]
    subject_types_supported: list[str]
    id_token_signing_alg_values_supported: list[str]


def write_metadata(issuer: str) -> Answer:
    """The metadata of an authority of this name."""
    return Answer(200, msgspec.json.encode(_metadata(issuer)), JSON)


def _metadata(issuer: str) -> Metadata:
    return Metadata(
        issuer=issuer,
        token_endpoint=f"{issuer}/oauth/token",
        introspection_endpoint=f"{issuer}/oauth/introspect",
        revocation_endpoint=f"{issuer}/oauth/revoke",
        jwks_uri=f"{issuer}/.well-known/jwks.json",
        grant_types_supported=[grant.value for grant in Grant],
        response_types_supported=[],
        token_endpoint_auth_methods_supported=METHODS,
        introspection_endpoint_auth_methods_supported=_PROVED,
        revocation_endpoint_auth_methods_supported=METHODS,
        subject_types_supported=["public"],
        id_token_signing_alg_values_supported=["ES256"],
    )
