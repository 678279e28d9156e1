"""The published commands of the dialect work as printed, with only the host changed."""

import json
import subprocess
from typing import Any

import pytest

from running import Demo, token


def shell(script: str, **variables: str) -> str:
    """Run a command as a person would paste it; what it prints."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env={"PATH": "/usr/bin:/bin", **variables},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout


CREATE = """
curl -s --request POST \
     --url $HOST/account/tokens \
     --header 'Accept: application/vnd.gridx.v2+json' \
     --header 'Content-Type: application/json' \
     --header "Authorization: Bearer $JWT" \
     --data '{"description": "My org token", "expiresAt": "2030-01-01T00:00:00Z"}'
"""
USE = """
curl -s --request GET \
     --url $HOST/systems \
     --header 'Accept: application/vnd.gridx.v2+json' \
     --header 'Content-Type: application/json' \
     --header "Authorization: Token $GRIDX_TOKEN"
"""
ROTATE = """
curl -s --request POST \
     --url $HOST/account/tokens/$TOKEN_ID/rotate?lifetime=1M \
     --header 'Accept: application/vnd.gridx.v2+json' \
     --header 'Content-Type: application/json' \
     --header "Authorization: Token $GRIDX_TOKEN"
"""


def test_create_use_and_rotate_work_as_printed(running_demo: Demo):
    jwt = running_demo.bearer()["authorization"].removeprefix("Bearer ")
    created: dict[str, Any] = json.loads(shell(CREATE, HOST=running_demo.url, JWT=jwt))
    assert created["description"] == "My org token"
    assert created["expiresAt"] == "2030-01-01T00:00:00Z"
    assert created["token"].startswith("tho_")

    systems = json.loads(shell(USE, HOST=running_demo.url, GRIDX_TOKEN=created["token"]))
    assert {"id", "name"} <= set(systems[0])

    rotated = json.loads(
        shell(
            ROTATE,
            HOST=running_demo.url,
            GRIDX_TOKEN=created["token"],
            TOKEN_ID=created["id"],
        )
    )
    assert rotated["expiresAt"] == "2030-02-01T00:00:00Z"
    assert rotated["id"] != created["id"]
    assert rotated["userID"] == created["userID"]
    for one in (created, rotated):
        assert running_demo.client.get("/systems", headers=token(one)).status_code == 200


@pytest.mark.parametrize("role", ["Administrator", "Client"])
def test_a_person_needs_the_permission_to_create_organizational_tokens(
    running_demo: Demo, role: str
):
    answer = running_demo.client.post(
        "/account/tokens", headers=running_demo.bearer(role), json={"description": "mine"}
    )
    assert answer.status_code == (201 if role == "Administrator" else 403)
    if role == "Client":
        assert "AccountTokenWrite" in answer.text
