"""requests-oauthlib: signs in, lets its session refresh by itself, asks for itself, revokes."""

import json
import sys
from typing import Any

from oauthlib.oauth2 import BackendApplicationClient, LegacyApplicationClient, OAuth2Error
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session


def refusal(session: OAuth2Session, asked: str, *parameters: object, **named: object) -> str:
    """The error that a request for tokens ends with."""
    try:
        getattr(session, asked)(*parameters, **named)
    except OAuth2Error as error:
        return str(error.error)
    return "none"


def main(url: str, client_id: str, secret: str, username: str, password: str) -> dict[str, object]:
    metadata = OAuth2Session().get(f"{url}/.well-known/oauth-authorization-server").json()
    token_url = metadata["token_endpoint"]
    pair, person = HTTPBasicAuth(client_id, secret), {"username": username, "password": password}
    session = OAuth2Session(client=LegacyApplicationClient(client_id))
    first = session.fetch_token(token_url, auth=pair, **person)
    told: dict[str, object] = {"first": sorted(first), "scope": first.scope}
    told["listed"] = OAuth2Session(client=LegacyApplicationClient(client_id)).fetch_token(
        f"{url}/v2/token", client_secret=secret, include_client_id=True, **person
    )["scope"]
    told["narrowed"] = OAuth2Session(
        client=LegacyApplicationClient(client_id, scope=["SystemsRead"])
    ).fetch_token(token_url, auth=pair, **person)["scope"]
    told["wrong"] = refusal(
        session, "fetch_token", token_url, auth=pair, username=username, password="wrong"
    )
    kept: list[dict[str, Any]] = []
    own = OAuth2Session(
        client_id,
        token={**first, "expires_at": 1},
        auto_refresh_url=token_url,
        auto_refresh_kwargs={"client_id": client_id, "client_secret": secret},
        token_updater=kept.append,
    )
    told["systems"] = own.get(f"{url}/systems").status_code
    told["refreshed"] = [one["refresh_token"] != first["refresh_token"] for one in kept]
    refused = OAuth2Session(client_id, token={"refresh_token": "nothing"})
    told["unknown"] = refusal(refused, "refresh_token", token_url, auth=pair)
    alone = OAuth2Session(client=BackendApplicationClient(client_id))
    asked = alone.fetch_token(token_url, client_secret=secret, include_client_id=True)
    told["alone"] = sorted(asked)
    last = kept[-1]["refresh_token"]
    where, headers, body = own._client.prepare_token_revocation_request(
        metadata["revocation_endpoint"], last, "refresh_token"
    )
    told["revoked"] = OAuth2Session().post(where, body, headers=headers, auth=pair).status_code
    told["after"] = refusal(
        OAuth2Session(client_id), "refresh_token", token_url, refresh_token=last, auth=pair
    )
    told["closed"] = own.get(f"{url}/systems").status_code
    return told


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
