"""Tokens in the console: the list, one token, and every change of them.

<<<<<<< HEAD
Owns what these pages show, and how an address or a form asks for it. Does not own what a token may
do or what a change takes: the operations say that.
=======
Owns the pages under `/console/tokens` and `/console/organization/tokens`, which are the same for
both owners. Does not own who may do what, nor what becomes of a token: that is the operations' to
say.
>>>>>>> listtests
"""

from typing import Final

from tokenhouse.faces.console.tokens import listing, removing, showing

ROUTES: Final = (*listing.ROUTES, *removing.ROUTES, *showing.ROUTES)
