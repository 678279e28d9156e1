"""jelastic-client: asks for an environment with a token, stops it and starts it again."""

import json
import sys

from jelastic_client import JelasticClientFactory
from jelastic_client.core import JelasticClientException


def main(url: str, token: str) -> dict[str, object]:
    control = JelasticClientFactory(f"{url}/1.0/", token).create_control_client()
    told: dict[str, object] = {"before": control.get_env_info("my-project").is_running()}
    control.stop_env("my-project")
    told["stopped"] = not control.get_env_info("my-project").is_running()
    control.start_env("my-project")
    told["started"] = control.get_env_info("my-project").is_running()
    told["unknown"] = control.get_env_info("nothing").exists()
    try:
        control.delete_env("my-project")
    except JelasticClientException as error:
        told["result_of_deleting"] = error.response["result"]
    return told


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
