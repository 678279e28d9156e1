"""py-jelastic: signs in, manages tokens, and stops an environment with one of them."""

import json
import sys
from datetime import datetime
from typing import Any

from jelastic import Jelastic
from jelastic.api.exceptions import JelasticApiError, JelasticPermissionError

STOP, LIST = "environment.control.StopEnv", "environment.control.GetEnvs"


def refusal(asked: Any, *parameters: object, **named: object) -> str:
    """The name of the error that a call raises."""
    try:
        asked(*parameters, **named)
    except JelasticApiError as error:
        return type(error).__name__
    return "none"


def main(url: str, login: str, password: str) -> dict[str, object]:
    with Jelastic(url, token="") as stranger:
        session = stranger.users.Authentication.Signin(login, password)["session"]
    told: dict[str, object] = {}
    with Jelastic(url, token=session) as client:
        tokens = client.users.Authentication
        told["templates"] = [one["name"] for one in tokens.GetTokenTemplates()["templates"]]
        told["methods"] = len(tokens.GetTokenApiList()["tokenPermissions"])
        expires_at = datetime(2099, 12, 31, 12, 30, 15)  # noqa: DTZ001 -- as people write it, without a zone
        made = tokens.CreateToken("nightly", password, api_list=[STOP, LIST], expires_at=expires_at)
        token = made["token"]
        told["expires"] = token["expiresAt"] == expires_at.strftime("%Y-%m-%d %H:%M:%S")
        told["listed"] = tokens.GetTokens(ids=[str(token["id"])])["apiTokens"]
        told["edited"] = tokens.EditToken(
            token["id"], password, "weekly", api_list=[STOP, LIST], expires_at=expires_at
        )["token"]["description"]
        again = tokens.RegenerateToken(str(token["id"]), password)["token"]
        told["same_id"] = again["id"] == token["id"]
        told["wrong_password"] = refusal(tokens.DeleteTokens, ids="*", password="wrong")
    with Jelastic(url, token=token["key"]) as old:
        told["old"] = refusal(old.environment.Control.GetEnvs)
    with Jelastic(url, token=again["key"]) as holder:
        control = holder.environment.Control
        told["stopped"] = control.StopEnv("my-project")["result"]
        told["status"] = {
            one["env"]["envName"]: one["env"]["status"] for one in control.GetEnvs()["infos"]
        }["my-project"]
        told["start"] = refusal(control.StartEnv, "my-project")
        told["is_permission_error"] = told["start"] == JelasticPermissionError.__name__
    with Jelastic(url, token=session) as client:
        told["deleted"] = client.users.Authentication.DeleteTokens("*", password)["result"]
        told["left"] = client.users.Authentication.GetTokens()["apiTokens"]
        told["signed_out"] = client.users.Authentication.Signout()["result"]
        told["after"] = refusal(client.users.Authentication.GetTokens)
    return told


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
