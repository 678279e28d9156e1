"""What NET2GRID's clients do: an application signs somebody in once, and refreshes from then on."""

from typing import Final

from tokenhouse.demo.walk.guide import Guide
from tokenhouse.demo.walk.request import Request
from tokenhouse.demo.walk.told import Told

TITLE: Final = "An application that keeps no password, as NET2GRID spells it"

_TOKEN: Final = "/v2/token"


def walk(guide: Guide, told: Told) -> None:
    """From a password to a refresh token that is revoked."""
    carl = told.person("Client")
    client = {"client_id": told.client.client_id, "client_secret": told.client.client_secret}
    signing_in = {"username": carl.email, "password": carl.password, "grant_type": "password"}
    first = guide(
        "An application asks for tokens with the password of its user, and forgets it.",
        Request.of_form(_TOKEN, {**client, **signing_in}),
        200,
        expires_in=3600,
        token_type="Bearer",  # noqa: S106 -- a word of the dialect
        scope=[],
    )
    guide(
        "The access token opens an API for an hour.",
        Request.plain("GET", "/systems", f"Authorization: Bearer {first['access_token']}"),
        200,
    )
    refreshing = {**client, "grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = guide(
        "When it is over, the refresh token gives the next ones, and its own successor.",
        Request.of_form(_TOKEN, refreshing),
        200,
    )
    again = guide(
        "Was the answer lost? Asked again with the same one, it is given again.",
        Request.of_form(_TOKEN, refreshing),
        200,
    )
    guide.see(again["refresh_token"] == second["refresh_token"], "the same refresh token")
    guide(
        "Sign the user out: revoking the refresh token ends all that came of it.",
        Request.of_form("/oauth/revoke", {**client, "token": second["refresh_token"]}),
        200,
    )
    guide(
        "It refreshes nothing any more.",
        Request.of_form(_TOKEN, refreshing),
        400,
        error="invalid_grant",
    )
    guide(
        "And no API takes its access tokens.",
        Request.plain("GET", "/systems", f"Authorization: Bearer {again['access_token']}"),
        401,
    )
