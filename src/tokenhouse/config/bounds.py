"""What is part of the program and no setting, named with its unit."""

from typing import Final

DEFAULT_PORT: Final = 8080

BRAND: Final = "th"
"""What our opaque strings begin with, before the letter of their kind."""

REVOCATION_REACH_MS: Final = 1_000
"""The longest time in milliseconds until a revocation is honoured by whoever keeps an answer."""
