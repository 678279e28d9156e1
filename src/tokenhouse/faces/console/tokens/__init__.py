"""Tokens in the console: the list, one token, and every change of them.

Owns what stands on these pages, how their forms are read, and where a refusal is told in them.
Does not own what a token may be given, nor who may change it: that is the operations' to say.
"""

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
