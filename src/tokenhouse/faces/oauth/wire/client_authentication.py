"""Where a client says who it is: HTTP Basic, or two fields of the form (RFC 6749, 2.3.1)."""

from tokenhouse.boundary import Request
from tokenhouse.boundary.basic import read_basic
from tokenhouse.core.credential import Secret
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.operations.authenticate import ClientCredentials


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
    basic = read_basic(header)
    if basic is None:
        raise _unknown()
    if secret is not None or client_id not in (None, basic.client_id):
        problem = Problem("client_secret", "cannot stand beside the Authorization header")
        raise Refused(Code.MALFORMED, "The client presents itself twice.", (problem,))
    return basic


def _unknown() -> Refused:
    return Refused(Code.UNAUTHENTICATED, "The client is not known here, or did not prove itself.")
