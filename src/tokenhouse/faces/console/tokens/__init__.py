"""Tokens in the console: the list, one token, and every change of them.

Owns what these pages show, and how an address or a form asks for it. Does not own what a token may
do or what a change takes: the operations say that.
"""

from typing import Final

from tokenhouse.faces.console.tokens import listing, removing, showing

ROUTES: Final = (*listing.ROUTES, *removing.ROUTES, *showing.ROUTES)
