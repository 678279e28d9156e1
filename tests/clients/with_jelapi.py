"""jelapi: lists environments with a token, stops one and starts it again."""

import json
import sys

import jelapi
from jelapi.exceptions import JelasticAPIException


def main(url: str, token: str) -> dict[str, object]:
    jelapi.api_url, jelapi.api_token = f"{url}/1.0/", token
    environments = jelapi.JelasticEnvironment.dict()
    chosen = environments["my-project"]
    told: dict[str, object] = {"names": sorted(environments), "before": chosen.status.name}
    chosen.stop()
    told["stopped"] = jelapi.JelasticEnvironment.get("my-project").status.name
    chosen.start()
    told["started"] = jelapi.JelasticEnvironment.get("my-project").status.name
    try:
        jelapi.api_connector()._("Environment.Control.DeleteEnv", envName="my-project")
    except JelasticAPIException:
        told["deleted"] = False
    return told


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
