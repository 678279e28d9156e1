"""The devices of the firm: in each of its systems one, which sends what is measured there."""

from typing import Final

from tokenhouse.core.credential import Secret
from tokenhouse.demo.passwords import Passwords
from tokenhouse.demo.systems import SYSTEMS
from tokenhouse.operations.device_terms import DeviceTerms

IDENTIFIERS: Final = tuple(system.id for system in SYSTEMS)
"""Each is called as the system that it is in."""
_MODEL: Final = "NL-200"


def terms_of(identifier: str, passwords: Passwords) -> DeviceTerms:
    """What such a device begins with; its `uuid` is made for it."""
    return DeviceTerms(
        identifier=identifier, model_id=_MODEL, cpu_id=Secret(passwords.cpu_id_of(identifier))
    )
