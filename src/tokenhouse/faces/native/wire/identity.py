"""Whose token it was, in headers: what a gateway may hand on to the API behind it.

Ids and names of our own records only, in which nobody ever typed anything freely: a header cannot
be told from the next one by whoever reads it after three more programs.
"""

from typing import Final

from tokenhouse.boundary.answers import Headers
from tokenhouse.core.judge import Verdict
from tokenhouse.core.permission import Permissions
from tokenhouse.core.standing import subject

MAX_PERMISSIONS: Final = 2048
"""Characters of `X-Auth-Permissions`. With it the whole head of an answer stays below the 4 KiB
that nginx reads one into, beyond which it would call the answer broken."""

NAMES: Final = (
    *("X-Auth-Subject", "X-Auth-Organization", "X-Auth-Kind", "X-Auth-Token-Id"),
    "X-Auth-Permissions",
)


def headers(verdict: Verdict) -> Headers:
    """The identity behind an allowed verdict. A list of permissions that is too long is left out.

    It is never cut: half a list would read like a smaller right.
    """
    assert verdict.allowed
    assert verdict.found is not None
    token = verdict.found.token
    told = (
        ("x-auth-subject", str(subject(verdict.found))),
        ("x-auth-organization", str(token.organization_id)),
        ("x-auth-kind", token.kind),
        ("x-auth-token-id", str(token.id)),
    )
    return told + _permissions(verdict.permissions)


def _permissions(held: Permissions) -> Headers:
    listed = " ".join(sorted(held))
    return (("x-auth-permissions", listed),) if len(listed) <= MAX_PERMISSIONS else ()
