"""The headers that routes name, as OpenAPI tells them."""

from typing import Any, Final

from tokenhouse.boundary.exchange import IDEMPOTENCY_KEY

_TEXT: Final = {"type": "string"}

_ANSWERED: Final[dict[str, tuple[str, bool]]] = {
    "Accept-Ranges": ("`bytes`: a part of it can be asked for with `Range`.", True),
    "Cache-Control": ("For how long the answer may be kept.", True),
    "Content-Range": ("Which bytes these are, and how many there are.", True),
    "ETag": ("The version, to be sent in `If-Match` or `If-Range` by whoever relies on it.", True),
    "Link": ('The target of the next page, `rel="next"`; the last page has none.', False),
    "Location": ("Where the new one is.", True),
    "Retry-After": ("Seconds after which to ask again.", True),
    "WWW-Authenticate": ("Which schemes are taken.", True),
    "X-Auth-Kind": ("The kind of the token.", True),
    "X-Auth-Organization": ("The id of its organization.", True),
    "X-Auth-Permissions": ("All that it may do now; left out when that is too long.", False),
    "X-Auth-Subject": ("The id of its person or organization.", True),
    "X-Auth-Token-Id": ("The id of the token.", True),
}
"""Each with whether the answer always has it."""

IF_MATCH: Final[dict[str, Any]] = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The `ETag` of the version that you read, or `*` for any.",
    "schema": {"type": "string", "pattern": '^(\\*|"[1-9][0-9]{0,17}")$'},
}
IDEMPOTENCY: Final[dict[str, Any]] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A retry under the same key gets the same answer, for 10 minutes.",
    "schema": {"type": "string", "pattern": f"^{IDEMPOTENCY_KEY}$"},
}


def answered(names: tuple[str, ...]) -> dict[str, Any]:
    """Headers of an answer; raises KeyError for one that is not told here."""
    told = {}
    for name in names:
        description, always = _ANSWERED[name]
        told[name] = {"description": description, "required": always, "schema": _TEXT}
    return told
