"""The ranks that Spoke Zone's platform knows, high to low, and where people get them from."""

from collections.abc import Iterable
from enum import StrEnum

from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import Person


class Role(StrEnum):
    """A rank, by its name there. It decides nothing: permissions do."""

    SUPER = "Super"
    """The operator."""
    ADMINISTRATOR = "Administrator"
    """Whoever is in the organization's fixed group."""
    OEM = "OEM"
    DEALER = "Dealer"
    CLIENT = "Client"


def role_of(person: Person, groups: Iterable[PolicyGroup]) -> Role | None:
    """The highest rank of somebody with these groups; None for who has none of them."""
    if person.operator:
        return Role.SUPER
    named = {Role.ADMINISTRATOR if group.fixed else group.name for group in groups}
    return next((role for role in Role if role in named and role is not Role.SUPER), None)
