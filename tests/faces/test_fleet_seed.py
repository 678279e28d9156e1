"""What the platform's page on access tokens says, done as it says, with only the host changed."""

import json
from typing import Any
from uuid import uuid4

from faces.fleet import read
from faces.test_account_tokens_seed import shell
from running import Demo

LOGIN = """
curl -s --request POST $HOST/login \
     --header 'Content-Type: application/json' \
     --write-out ' %{http_code}' \
     --data "{\\"username\\": \\"$NAME\\", \\"password\\": \\"$WORD\\"}"
"""
MAKE = """
curl -s --request POST $HOST/api/v2/devices \
     --header "x-access-token: $TOKEN" \
     --header 'Content-Type: application/json' \
     --write-out ' %{http_code}' \
     --data "{\\"identifier\\": \\"$NAME\\", \\"cpuId\\": \\"$CPU\\"}"
"""
RENEW = """
curl -s --request POST $HOST/loginDevice \
     --header 'Content-Type: application/json' \
     --write-out ' %{http_code}' \
     --data "{\\"cpu_id\\": \\"$CPU\\", \\"uuid\\": \\"$ID\\", \\"token\\": \\"$TOKEN\\"}"
"""
ITSELF = """
curl -s $HOST/api/v2/devices --header "x-access-token: $TOKEN" --write-out ' %{http_code}'
"""
SECRETS = """
curl -s --request GET $HOST/api/v2/devices/$ID/secrets \
     --header "x-access-token: $TOKEN" \
     --write-out ' %{http_code}'
"""
SECRETS_BELOW_SUPER = """
curl -s --request GET $HOST/api/v2/devices/$ID/secrets \
     --header "x-access-token: $TOKEN" \
     --header 'Content-Type: application/json' \
     --write-out ' %{http_code}' \
     --data "{\\"cpuId\\": \\"$CPU\\"}"
"""
CPU = "0000000012345678"


def asked(script: str, **variables: str) -> Any:
    """The JSON object of a 200."""
    text, _, status = shell(script, **variables).rpartition(" ")
    assert status == "200", text
    return json.loads(text)


def known_of(host: str, token: str) -> dict[str, Any]:
    """What a device is told of itself, but for when it was seen last: that is written meanwhile."""
    (itself,) = asked(ITSELF, HOST=host, TOKEN=token)
    assert "lastOnline" in itself
    return {name: value for name, value in itself.items() if name != "lastOnline"}


def test_users_and_devices_get_their_tokens_as_the_page_says(running_demo: Demo):
    host, name = running_demo.url, f"rig-{uuid4()}"
    users = {}
    for role in ("Administrator", "Super"):
        person = running_demo.person(role)
        told = asked(LOGIN, HOST=host, NAME=person["email"], WORD=person["password"])
        assert set(told) == {"token"}
        claims = read(told["token"])
        assert claims["username"] == person["email"]
        assert {"permissions", "organizationId"} <= set(claims)
        users[role] = told["token"]

    made = asked(MAKE, HOST=host, TOKEN=users["Administrator"], NAME=name, CPU=CPU)
    claims = read(made["token"])
    assert (claims["deviceId"], claims["mqttPrefix"]) == (made["id"], made["mqttPrefix"])

    renewed = asked(RENEW, HOST=host, CPU=CPU, ID=made["uuid"], TOKEN=made["token"])
    assert set(renewed) == {"token"}
    itself = known_of(host, renewed["token"])
    assert itself["identifier"] == name

    number = str(made["id"])
    for told in (
        asked(SECRETS, HOST=host, TOKEN=users["Super"], ID=number),
        asked(SECRETS_BELOW_SUPER, HOST=host, TOKEN=users["Administrator"], ID=number, CPU=CPU),
    ):
        assert set(told) == {"cpuId", "uuid", "token"}
        assert (told["cpuId"], told["uuid"]) == (CPU, made["uuid"])
        assert known_of(host, told["token"]) == itself
