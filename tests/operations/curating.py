"""Changes of the demo's catalogue, as somebody at the machine makes them."""

import pytest
from msgspec.structs import replace

from stage import Stage
from tokenhouse.core.catalogue import Catalogue, Contents, PredefinedSet
from tokenhouse.core.identifier import PENDING
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.demo import firm
from tokenhouse.operations.at_machine import AtMachine
from tokenhouse.operations.effect import Effect

MACHINE = AtMachine(DEPLOYMENT, "tokenhouse catalogue load")
IN_MEMORY = pytest.mark.parametrize("stage", ["memory"], indirect=True)
"""Where the store's engine does nothing of its own."""
STOP, GETS = "environment.control.StopEnv", "environment.control.GetEnvs"


def without(*names: str) -> Contents:
    """The demo's catalogue without these permissions, in sets too."""
    return Contents(
        tuple(one for one in firm.LISTED.entries if one.name not in names),
        tuple(
            replace(one, permissions=one.permissions - frozenset(names)) for one in firm.LISTED.sets
        ),
    )


def with_sets(*sets: tuple[str, set[str]]) -> Contents:
    made = (PredefinedSet(PENDING, name, "", frozenset(names)) for name, names in sets)
    return Contents(firm.LISTED.entries, tuple(made))


def change(stage: Stage, wanted: Contents) -> Catalogue:
    return stage.authority.catalogue.change(MACHINE, wanted)


def effect(stage: Stage, wanted: Contents) -> Effect:
    return stage.authority.catalogue.preview(MACHINE, wanted).effect


def set_id(stage: Stage, name: str) -> int:
    return next(one.id for one in stage.store.catalogue().sets if one.name == name)
