"""The demo's energy firm: who works there, which groups it has, what its API knows."""

from collections.abc import Callable
from typing import Final

import msgspec

from tokenhouse.core.credential import Secret
from tokenhouse.core.permission import Permission
from tokenhouse.operations.set_up import ADMINISTRATOR, Blueprint, GroupPlan, PersonPlan

NAME: Final = "Nordlicht Energie"

CATALOGUE: Final = (
    Permission("SystemsRead", "Read systems", "List the firm's solar systems and their state."),
    Permission("SystemsWrite", "Change systems", "Register, rename and remove systems."),
    Permission("MeasurementsRead", "Read measurements", "Read power and energy of systems."),
)

GROUPS: Final = (
    GroupPlan("Client", "People who look at their systems.", frozenset({"SystemsRead"})),
    GroupPlan(
        "Metering",
        "Back ends that collect measurements.",
        frozenset({"SystemsRead", "MeasurementsRead"}),
    ),
    GroupPlan(
        "Automation",
        "Back ends that keep their own tokens fresh.",
        frozenset({"SystemsRead", "AccountTokenRead", "AccountTokenWrite"}),
    ),
    GroupPlan("Gateway", "Gateways that ask about tokens.", frozenset({"TokenVerify"})),
)


class Member(msgspec.Struct, frozen=True):
    """Somebody of the firm, with the rank that the demo shows."""

    email: str
    full_name: str
    role: str
    groups: tuple[str, ...]


MEMBERS: Final = (
    Member("olga@nordlicht.example", "Olga Berg", "Super", (ADMINISTRATOR,)),
    Member("anna@nordlicht.example", "Anna Lind", "Administrator", (ADMINISTRATOR,)),
    Member("carl@nordlicht.example", "Carl Moen", "Client", ("Client",)),
)


def blueprint(issuer: str, brand: str, password_of: Callable[[str], Secret]) -> Blueprint:
    """The firm as a deployment to set up; `password_of` gives the password for an e-mail."""
    return Blueprint(
        issuer=issuer,
        brand=brand,
        organization=NAME,
        catalogue=CATALOGUE,
        groups=GROUPS,
        people=tuple(
            PersonPlan(
                member.email,
                member.full_name,
                password_of(member.email),
                member.groups,
                operator=member.role == "Super",
            )
            for member in MEMBERS
        ),
    )
