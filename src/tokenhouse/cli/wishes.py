"""What a token is to be, or which ones are sought, as it is typed."""

from typing import Annotated, Literal, TypeAlias

from cyclopts import Parameter

from tokenhouse.cli.exits import Exit, Stopped
from tokenhouse.core.moment import Lifetime, parse_duration, parse_lifetime, parse_moment
from tokenhouse.core.networks import MAX_NETWORKS, canonical_network
from tokenhouse.core.succession import Expiry, Until

Span: TypeAlias = Annotated[str | None, Parameter(metavar="DURATION", show_default=False)]
Group: TypeAlias = Annotated[
    tuple[str, ...],
    Parameter(
        help="Name of a policy group that it carries; may be repeated.",
        metavar="NAME",
        negative="",
        show_default=False,
    ),
]
Address: TypeAlias = Annotated[
    tuple[str, ...],
    Parameter(
        help="Network from which alone it may be used, such as 192.0.2.0/24; may be repeated.",
        metavar="NETWORK",
        negative="",
        show_default=False,
    ),
]
Audience: TypeAlias = Annotated[
    str | None,
    Parameter(
        help="The one API that it is meant for. Default: any.", metavar="NAME", show_default=False
    ),
]
ExpiresAt: TypeAlias = Annotated[
    str | None,
    Parameter(
        help="When the new one expires, such as 2030-01-31T00:00:00Z; nothing else succeeds an"
        " expired one. Default: as --lifetime says.",
        metavar="MOMENT",
        show_default=False,
    ),
]
State: TypeAlias = Annotated[
    Literal[
        "active",
        "expired",
        "superseded",
        "revoked",
        "family_ended",
        "not_yet_valid",
        "organization_suspended",
    ]
    | None,
    Parameter(help="Only those in this state. Default: in any.", show_default=False),
]
Search: TypeAlias = Annotated[
    str | None,
    Parameter(
        help="Only those with this in the description, case aside. Default: all.",
        metavar="TEXT",
        show_default=False,
    ),
]


def span(text: str | None, flag: str, *, or_nothing: bool = False) -> Lifetime | None:
    """A duration as it was typed; raises Stopped."""
    if text is None:
        return None
    try:
        return parse_duration(text) if or_nothing else parse_lifetime(text)
    except ValueError as error:
        raise Stopped(f"What {flag} says {error}.", Exit.NOT_UNDERSTOOD) from None


def new_expiry(later: Lifetime | None, expires_at: str | None) -> Expiry:
    """What is to become of an expiry, by one of two flags; raises Stopped."""
    if expires_at is None:
        return later
    if later is not None:
        raise Stopped("Say either --lifetime or --expires-at.", Exit.NOT_UNDERSTOOD)
    try:
        return Until(parse_moment(expires_at))
    except ValueError as error:
        raise Stopped(f"What --expires-at says {error}.", Exit.NOT_UNDERSTOOD) from None


def networks(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Networks in their one form; raises Stopped."""
    found = [canonical_network(text) for text in texts]
    named = tuple(dict.fromkeys(network for network in found if network is not None))
    if None in found:
        told = "What --address says is no network such as 192.0.2.0/24, nor one address."
        raise Stopped(told, Exit.NOT_UNDERSTOOD)
    if len(named) > MAX_NETWORKS:
        raise Stopped(f"One token has at most {MAX_NETWORKS} networks.", Exit.NOT_UNDERSTOOD)
    return named
