"""Tokens in the console: the list, one token, and every change of them."""

from typing import Final

from tokenhouse.faces.console.tokens import (
    drafting,
    editing,
    listing,
    regenerating,
    removing,
    revealing,
)

ROUTES: Final = (
    *listing.ROUTES,
    *removing.ROUTES,
    *drafting.ROUTES,
    *editing.ROUTES,
    *regenerating.ROUTES,
    *revealing.ROUTES,
)
