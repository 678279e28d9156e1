"""Tokens in the console: the list, one token, and every change of them.

Owns the pages under `/console/tokens` and `/console/organization/tokens`, which are the same for
both owners. Does not own who may do what, nor what becomes of a token: that is the operations' to
say.
"""

from typing import Final

from tokenhouse.faces.console.tokens import listing, removing

ROUTES: Final = (*listing.ROUTES, *removing.ROUTES)
