"""Tokens in the console: the list, one token, and every change of them."""

from typing import Final

from tokenhouse.faces.console.tokens import listing, showing

ROUTES: Final = (*listing.ROUTES, *showing.ROUTES)
