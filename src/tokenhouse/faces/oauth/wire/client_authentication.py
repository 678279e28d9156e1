"""Where a client says who it is: HTTP Basic, or two fields of the form (RFC 6749, 2.3.1)."""

import base64
import binascii
from typing import Final
from urllib.parse import unquote_plus

from tokenhouse.boundary import Request
from tokenhouse.core.credential import Secret
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.operations.authenticate import ClientCredentials

MAX_CREDENTIALS: Final = 512
"""Characters of a client's id and secret together."""


def refuse_query(request: Request) -> None:
    """Raise Refused(MALFORMED) for parameters in a URL, where credentials are kept (RFC 6749)."""
    if request.query:
        raise Refused(Code.MALFORMED, "Send the parameters in the body, not in the URL.")


def read_client(
    request: Request, client_id: str | None, secret: Secret | None
) -> ClientCredentials:
    """The client of a request, `client_id` and `secret` as its form has them.

    Raises Refused: MALFORMED for two ways at once, UNAUTHENTICATED for none and for a header that
    is no Basic one.
    """
    header = request.header("authorization")
    if header is None:
        if not client_id:
            raise _unknown()
        return ClientCredentials(client_id, secret)
    basic = _basic(header)
    if basic is None:
        raise _unknown()
    if secret is not None or client_id not in (None, basic.client_id):
        problem = Problem("client_secret", "cannot stand beside the Authorization header")
        raise Refused(Code.MALFORMED, "The client presents itself twice.", (problem,))
    return basic


def _basic(header: str) -> ClientCredentials | None:
    scheme, _, encoded = header.partition(" ")
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


def _unknown() -> Refused:
    return Refused(Code.UNAUTHENTICATED, "The client is not known here, or did not prove itself.")
