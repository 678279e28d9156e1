"""Settings, each bound named with its unit."""

from pathlib import Path
from typing import Final

import msgspec

DEFAULT_PORT: Final = 8080


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What one server process is told. `issuer` is the public URL, fixed with its data."""

    directory: Path
    issuer: str
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    brand: str = "th"
    revocation_reach_ms: int = 1_000
