"""Tokens in the console: the list, one token, and every change of them.

Owns what these pages show, how an address or a form asks for it, and where in a form a refusal is
told. Does not own what a token may do or what a change takes: the operations say that.
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
    *showing.ROUTES,
    *drafting.ROUTES,
    *editing.ROUTES,
    *regenerating.ROUTES,
    *revealing.ROUTES,
)
