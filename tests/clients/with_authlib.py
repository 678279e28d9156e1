"""Authlib: reads the metadata strictly, and asks for, checks, introspects and revokes tokens."""

import json
import sys
from typing import Any

import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from authlib.oidc.discovery import OpenIDProviderMetadata
from authlib.oidc.discovery import get_well_known_url as get_openid_url
from joserfc import jwt
from joserfc.jwk import KeySet

METHODS = ("client_secret_basic", "client_secret_post")


def faults(metadata: Any) -> list[str]:
    """What Authlib has against metadata, field by field."""
    found = []
    for name in metadata.REGISTRY_KEYS:
        try:
            getattr(metadata, f"validate_{name}", lambda: None)()
        except ValueError as error:
            found.append(str(error))
    return found


def discovered(url: str) -> tuple[dict[str, Any], list[str]]:
    """The metadata of an issuer at both of its addresses, and what is wrong with it."""
    plain = requests.get(get_well_known_url(url, external=True), timeout=30).json()
    openid = requests.get(get_openid_url(url, external=True), timeout=30).json()
    assert plain == openid
    wrong = faults(AuthorizationServerMetadata(plain)) + faults(OpenIDProviderMetadata(openid))
    return plain, sorted(set(wrong))


def accepted(metadata: dict[str, Any], token: str) -> dict[str, Any]:
    """What a resource server that knows the issuer's keys reads in an access token (RFC 9068)."""

    class Validator(JWTBearerTokenValidator):  # type: ignore[misc]
        def get_jwks(self) -> Any:
            return requests.get(metadata["jwks_uri"], timeout=30).json()

    claims = Validator(metadata["issuer"], metadata["issuer"]).authenticate_token(token)
    claims.validate()
    return dict(claims)


def refusal(asked: Any, *parameters: object, **named: object) -> str:
    """The error that a request ends with."""
    try:
        asked(*parameters, **named)
    except OAuthError as error:
        return str(error.error)
    return "none"


def main(url: str, client_id: str, secret: str, username: str, password: str) -> dict[str, object]:
    metadata, wrong = discovered(url)
    told: dict[str, object] = {"faults": wrong}
    for method in METHODS:
        session = OAuth2Session(
            client_id,
            secret,
            token_endpoint=metadata["token_endpoint"],
            token_endpoint_auth_method=method,
            revocation_endpoint_auth_method=method,
        )
        told[method] = asked_of(metadata, session, username, password)
    return told


def asked_of(
    metadata: dict[str, Any], session: OAuth2Session, username: str, password: str
) -> dict[str, object]:
    """All that a client does in the life of a sign-in."""
    first = session.fetch_token(username=username, password=password)
    told: dict[str, object] = {"first": sorted(set(first) - {"expires_at"})}
    claims = accepted(metadata, first["access_token"])
    keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=30).json())
    identity = jwt.decode(first["id_token"], keys, algorithms=["ES256"]).claims
    told["same"] = claims["sub"] == identity["sub"]
    told["named"] = (identity["aud"], identity["email"], claims["client_id"])
    told["systems"] = session.get(f"{metadata['issuer']}/systems").status_code
    second = session.refresh_token(refresh_token=first["refresh_token"])
    told["successor"] = second["refresh_token"] != first["refresh_token"]
    again = session.refresh_token(refresh_token=first["refresh_token"])
    told["again"] = again["refresh_token"] == second["refresh_token"]
    introspect, revoke = metadata["introspection_endpoint"], metadata["revocation_endpoint"]
    seen = session.introspect_token(introspect, token=again["access_token"]).json()
    told["active"] = (seen["active"], seen["client_id"], seen["username"])
    told["noise"] = session.introspect_token(introspect, token="noise").json()
    told["revoked"] = session.revoke_token(
        revoke, token=again["refresh_token"], token_type_hint="refresh_token"
    ).status_code
    told["never_known"] = session.revoke_token(revoke, token="noise").status_code
    told["after"] = session.introspect_token(introspect, token=again["access_token"]).json()
    told["refused"] = refusal(session.refresh_token, refresh_token=again["refresh_token"])
    told["wrong"] = refusal(session.fetch_token, username=username, password="wrong")
    alone = session.fetch_token(grant_type="client_credentials")
    told["alone"] = accepted(metadata, alone["access_token"])["sub"]
    return told


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
