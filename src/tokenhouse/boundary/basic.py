"""How a client presents itself by HTTP Basic: both parts are form-encoded (RFC 6749, 2.3.1)."""

import base64
import binascii
from typing import Final
from urllib.parse import unquote_plus

from tokenhouse.core.credential import Secret
from tokenhouse.operations.authenticate import ClientCredentials

MAX_CREDENTIALS: Final = 512
"""Characters of a client's id and secret together."""


def read_basic(authorization: str) -> ClientCredentials | None:
    """The client of a header `Authorization`; None where it is no Basic one, or malformed."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic" or len(encoded) > 2 * MAX_CREDENTIALS:
        return None
    try:
        text = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    name, colon, secret = text.partition(":")
    if not colon or not name:
        return None
    try:
        return ClientCredentials(
            unquote_plus(name, errors="strict"),
            Secret(unquote_plus(secret, errors="strict")) if secret else None,
        )
    except UnicodeDecodeError:
        return None
