"""What gridX's clients do: an organizational token is made, used, rotated and revoked."""

from typing import Any, Final

from tokenhouse.demo.walk.guide import Guide
from tokenhouse.demo.walk.request import Request
from tokenhouse.demo.walk.told import Told

TITLE: Final = "A back end and its own token, as gridX spells it"

_ACCEPT: Final = "Accept: application/vnd.gridx.v2+json"


def walk(guide: Guide, told: Told) -> None:
    """From signing in to a token that is refused."""
    anna = told.person("Administrator")
    signing_in = {"email": anna.email, "password": anna.password}
    session = guide(
        "Sign in. The answer holds a session token, the bearer token of this sign-in.",
        Request.of_json("POST", "/v1/sessions", signing_in),
        201,
    )
    bearer = f"Authorization: Bearer {session['token']}"
    organizational = guide(
        "Make an organizational token. Its string is told this once, and kept nowhere.",
        Request.of_json(
            "POST",
            "/account/tokens",
            {"description": "My org token", "expiresAt": "2030-01-01T00:00:00Z"},
            _ACCEPT,
            bearer,
        ),
        201,
        expiresAt="2030-01-01T00:00:00Z",
    )
    token = f"Authorization: Token {organizational['token']}"
    _use(guide, organizational["token"])
    rotated = guide(
        "Rotate it before it expires: another token, which lives a month longer.",
        Request.plain(
            "POST", f"/account/tokens/{organizational['id']}/rotate?lifetime=1M", _ACCEPT, token
        ),
        201,
        expiresAt="2030-02-01T00:00:00Z",
    )
    guide(
        "The old one is good until its own expiry, so nothing stops in between.",
        Request.plain("GET", "/systems", _ACCEPT, token),
        200,
    )
    guide(
        "Revoke it.",
        Request.plain("DELETE", f"/account/tokens/{organizational['id']}", bearer),
        204,
    )
    guide(
        "The next request with it is refused.",
        Request.plain("GET", "/systems", _ACCEPT, token),
        401,
        message="The token was revoked.",
    )
    less = _give_less(guide, told, bearer)
    mine = _personal(guide, bearer)
    for says, path in (
        ("Tidy up: revoke the one that lives a month longer,", f"/account/tokens/{rotated['id']}"),
        ("the one that reads meters,", f"/account/tokens/{less['id']}"),
        ("the personal one,", mine),
        ("and sign out.", "/v1/sessions/current"),
    ):
        guide(says, Request.plain("DELETE", path, bearer), 204)


def _use(guide: Guide, token: str) -> None:
    systems = guide(
        "Use it as a back end would.",
        Request.plain("GET", "/systems", _ACCEPT, f"Authorization: Token {token}"),
        200,
    )
    guide.see(len(systems) > 0, "at least one system")
    told = guide(
        "In the wrong spelling it is refused, and told the right one.",
        Request.plain("GET", "/systems", _ACCEPT, f"Authorization: Bearer {token}"),
        401,
    )
    guide.see("`Authorization: Token`" in told["message"], "a hint to `Authorization: Token`")


def _give_less(guide: Guide, told: Told, bearer: str) -> Any:
    """A token that has one policy group, and not all of its maker's."""
    metering = told.group("Metering")
    less = guide(
        "Better give a back end only what it needs: name the policy groups.",
        Request.of_json(
            "POST",
            "/account/tokens",
            {"description": "Reads meters", "groups": [metering.id]},
            _ACCEPT,
            bearer,
        ),
        201,
    )
    token = f"Authorization: Token {less['token']}"
    guide(
        "A gateway asks whether it may read measurements.",
        Request.plain("GET", "/v1/verify/MeasurementsRead", token),
        200,
        allowed=True,
    )
    guide(
        "It may not make tokens.",
        Request.of_json("POST", "/account/tokens", {"description": "More"}, _ACCEPT, token),
        403,
    )
    return less


def _personal(guide: Guide, bearer: str) -> str:
    """A personal token; gives its path."""
    personal = guide(
        "A personal token may do what its person may, and loses what he loses.",
        Request.of_json("POST", "/user/tokens", {"description": "My laptop"}, bearer),
        201,
    )
    guide(
        "What it is, and whose.",
        Request.plain("GET", "/v1/verify", f"Authorization: Token {personal['token']}"),
        200,
        kind="personal",
    )
    return f"/user/tokens/{personal['id']}"
