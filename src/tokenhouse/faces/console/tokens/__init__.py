"""Tokens in the console: the list, one token, and every change of them.

Owns what stands on these pages, how their addresses and forms are read, and where a refusal is told
in them. Does not own what a token may do or be given, nor who may change it: operations say that.
"""

from typing import Final

from tokenhouse.faces.console.tokens import (
    drafting,
    editing,
    listing,
    regenerating,
    removing,
    revealing,
    showing,
)

ROUTES: Final = (
    *listing.ROUTES,
    *removing.ROUTES,
    *drafting.ROUTES,
    *editing.ROUTES,
    *regenerating.ROUTES,
    *revealing.ROUTES,
    *showing.ROUTES,
)
