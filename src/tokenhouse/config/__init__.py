"""What a deployment is run with: the settings, and where each of them was given.

Owns the one table of settings (`settings`), how each is written (`forms`), the places that they
come from and which of these wins (`sources`, `reading`), and the bounds that are no settings
(`bounds`). Does not own what a setting does: `wiring` and the command line act on them. Secrets
that are read anew while a server runs are kept by `signing`; here stands only where.
"""

from tokenhouse.config.bounds import BRAND, DEFAULT_PORT, REVOCATION_REACH_MS
from tokenhouse.config.forms import Address, Network
from tokenhouse.config.places import KeptIn, SecretPlace
from tokenhouse.config.reading import Configuration, read, read_master_key
from tokenhouse.config.settings import SETTINGS, Setting, Settings
from tokenhouse.config.wrong import Misconfigured

__all__ = [
    "BRAND",
    "DEFAULT_PORT",
    "REVOCATION_REACH_MS",
    "SETTINGS",
    "Address",
    "Configuration",
    "KeptIn",
    "Misconfigured",
    "Network",
    "SecretPlace",
    "Setting",
    "Settings",
    "read",
    "read_master_key",
]
