"""Who sent a form: one of our own pages, a program, or another site through somebody's browser."""

from typing import Final

from tokenhouse.boundary import Request
from tokenhouse.core.refusal import Code, Refused

_OURS: Final = frozenset({"same-origin", "none"})


def refuse_other_sites(request: Request) -> None:
    """Raise Refused(FORBIDDEN) for a form that another site made a browser send.

    Browsers say where a request comes from in `Sec-Fetch-Site`, and where they do not (plain
    http to another machine) in `Origin`; a program says nothing, and has no browser to abuse.
    """
    site, origin = request.header("sec-fetch-site"), request.header("origin")
    if site is not None:
        is_ours = site in _OURS
    else:
        is_ours = origin is None or origin.partition("://")[2] == request.header("host")
    if not is_ours:
        raise Refused(Code.FORBIDDEN, "This form was sent by another site.")
