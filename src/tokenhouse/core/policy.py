"""What an organization allows its new tokens: how long they may live, and whether for ever.

Policies bind when a token is made or its expiry is moved; tokens that are there already are not
touched.
"""

from typing import Final

import msgspec

from tokenhouse.core.moment import DAY, MINUTE, Moment, format_duration
from tokenhouse.core.principal import Organization
from tokenhouse.core.refusal import Problem

SHORTEST_LIMIT: Final = 5 * MINUTE
"""No limit is shorter: a session has to last until somebody has changed it again."""
LONGEST_LIMIT: Final = 36_500 * DAY


class Policies(msgspec.Struct, frozen=True):
    """The policies of an organization, as its record has them."""

    longest_lifetimes: dict[str, int] = {}
    expiry_required: bool = False


def policies_of(organization: Organization) -> Policies:
    """What an organization demands now."""
    return Policies(organization.longest_lifetimes, organization.expiry_required)


def latest_expiry(organization: Organization, kind: str, made_at: Moment) -> Moment | None:
    """When a token of a kind that is made at a moment has to end; None: whenever it likes."""
    longest = organization.longest_lifetimes.get(kind)
    return None if longest is None else made_at + longest


def against_policy(
    organization: Organization, kind: str, made_at: Moment, expires_at: Moment | None
) -> Problem | None:
    """What the organization has against an expiry; None where it may be so."""
    latest = latest_expiry(organization, kind, made_at)
    if expires_at is None:
        if latest is None and not organization.expiry_required:
            return None
        return Problem("expires_at", "is required: here every such token has to expire")
    if latest is None or expires_at <= latest:
        return None
    told = format_duration(latest - made_at)
    return Problem("expires_at", f"lies beyond the longest lifetime of such tokens here, {told}")
