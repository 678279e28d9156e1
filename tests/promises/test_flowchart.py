"""The published flow of an organizational token: about to expire? rotate, then call."""

from typing import Any

import httpx2 as httpx

from stage import ADMINISTRATOR, PASSWORD, START, Stage
from tokenhouse.boundary import Boundary
from tokenhouse.core.moment import DAY, parse_moment
from tokenhouse.demo import systems
from tokenhouse.faces import account_tokens, native
from tokenhouse.server import Background

SOON = 7 * DAY
YEARS = 2


class BackEnd:
    """An application as the flowchart draws it; it knows its token and the time, nothing else."""

    def __init__(self, client: httpx.Client, stage: Stage, issued: dict[str, Any]) -> None:
        self.client = client
        self.stage = stage
        self.token = issued
        self.rotations = 0

    def call(self) -> int:
        if parse_moment(self.token["expiresAt"]) - self.stage.clock.now() < SOON:
            answer = self.client.post(
                f"/account/tokens/{self.token['id']}/rotate?lifetime=1M", headers=self._headers()
            )
            assert answer.status_code == 201, answer.text
            self.token = answer.json()
            self.rotations += 1
        return self.client.get("/systems", headers=self._headers()).status_code

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Token {self.token['token']}"}


def test_a_back_end_that_rotates_in_time_is_never_refused_in_two_years(stage: Stage):
    faces = (account_tokens.FACE, native.FACE, systems.FACE)
    with (
        Background(Boundary(stage.authority, faces)) as server,
        httpx.Client(base_url=server.url) as client,
    ):
        signed_in = client.post(
            "/v1/sessions", json={"email": ADMINISTRATOR, "password": PASSWORD}
        ).json()
        by = {"authorization": f"Bearer {signed_in['token']}"}
        first = client.post(
            "/account/tokens",
            headers=by,
            json={"description": "My org token", "expiresAt": "2026-04-10T09:00:00Z"},
        ).json()
        back_end = BackEnd(client, stage, first)
        for day in range(0, YEARS * 365, 3):
            stage.clock.moment = START + day * DAY
            assert back_end.call() == 200, day
        assert back_end.rotations == YEARS * 12
        refused = client.get("/systems", headers={"authorization": f"Token {first['token']}"})
        assert refused.status_code == 401
