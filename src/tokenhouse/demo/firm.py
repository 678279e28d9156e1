"""The demo's energy firm: who works there, which groups it has, what its API knows."""

from collections.abc import Callable
from importlib import resources
from typing import Final

import msgspec
from msgspec.structs import replace

from tokenhouse.catalogue.toml import read_toml
from tokenhouse.core.credential import Secret
from tokenhouse.operations.blueprint import (
    ADMINISTRATOR,
    Blueprint,
    ClientPlan,
    GroupPlan,
    PersonPlan,
)

NAME: Final = "Nordlicht Energie"

LISTED: Final = read_toml((resources.files("tokenhouse.demo") / "catalogue.toml").read_bytes())
"""What its two APIs can do: the one of its solar systems, and the platform that hosts it."""
CATALOGUE: Final = LISTED.entries

_OF_ENVIRONMENTS: Final = frozenset(
    one.name for one in CATALOGUE if one.name.startswith("environment.") and not one.manages_access
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
    GroupPlan("Developers", "People who run environments on the platform.", _OF_ENVIRONMENTS),
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
    Member("carl@nordlicht.example", "Carl Moen", "Client", ("Client", "Developers")),
)


CLIENT: Final = "Customer portal"
"""The label of the client that its people sign in with."""
BROKER: Final = "MQTT broker"
"""The label of the client by which its broker asks about tokens."""


def clients(pair_of: Callable[[str], ClientPlan]) -> tuple[ClientPlan, ...]:
    """Its clients; `pair_of` gives what one of a label presents itself with."""
    asking = replace(pair_of(BROKER), grants=frozenset(), permissions=frozenset({"TokenVerify"}))
    return pair_of(CLIENT), asking


def blueprint(
    issuer: str,
    brand: str,
    password_of: Callable[[str], Secret],
    clients: tuple[ClientPlan, ...] = (),
) -> Blueprint:
    """The firm as a deployment to set up; `password_of` gives the password for an e-mail."""
    return Blueprint(
        issuer=issuer,
        brand=brand,
        organization=NAME,
        catalogue=LISTED,
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
        clients=clients,
    )
