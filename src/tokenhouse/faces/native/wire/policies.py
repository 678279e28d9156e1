"""How the policies of an organization are spelled."""

from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.boundary import Answer, Object, Time, answered, time
from tokenhouse.boundary.lists import Durations
from tokenhouse.boundary.precondition import entity_tag
from tokenhouse.boundary.sorts import Flag
from tokenhouse.core.moment import Lifetime, format_duration
from tokenhouse.core.policy import LONGEST_LIMIT, SHORTEST_LIMIT, Policies
from tokenhouse.core.principal import Organization
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.faces.native.wire.lengths import fault_of_length, length_of

KINDS: Final = (
    *("organizational", "personal", "limited_personal", "session"),
    *("access", "refresh", "device"),
)
"""Every kind of token that there is."""


def _policies(longest_lifetimes: dict[str, Lifetime | None], expiry_required: bool) -> Policies:
    longest, problems = {}, []
    for kind, lifetime in longest_lifetimes.items():
        if lifetime is None:
            continue
        longest[kind] = length_of(lifetime)
        if fault := fault_of_length(lifetime, SHORTEST_LIMIT, LONGEST_LIMIT):
            problems.append(Problem(f"longest_lifetimes.{kind}", fault))
    if problems:
        raise Refused(Code.MALFORMED, "The body has faults.", tuple(problems))
    return Policies(longest, expiry_required)


POLICIES: Final = Object(
    _policies,
    {"longest_lifetimes": Durations(KINDS), "expiry_required": Flag()},
    required=("longest_lifetimes", "expiry_required"),
)


class Told(msgspec.Struct, frozen=True):
    """What an organization allows its new tokens.

    `longest_lifetimes` gives each kind of token a duration from its making, or null for none.
    """

    organization: UUID
    longest_lifetimes: dict[str, str | None]
    expiry_required: bool
    updated_at: Time


def write_policies(organization: Organization) -> Answer:
    """The policies, with the version from which an edit starts."""
    longest = organization.longest_lifetimes
    told = Told(
        organization=organization.id,
        longest_lifetimes={
            kind: format_duration(longest[kind]) if kind in longest else None for kind in KINDS
        },
        expiry_required=organization.expiry_required,
        updated_at=time(organization.updated_at),
    )
    return answered(200, told, (entity_tag(organization.version),))
