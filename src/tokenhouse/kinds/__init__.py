"""One file per kind of token, each a value that says what the kind is.

Owns the terms of each kind: prefix or type, holder, doors, life, succession. Does not own any
rule: those are the core's and ask these values. None of the files imports another.
"""

from typing import Final

from tokenhouse.core.kind import Kind
from tokenhouse.kinds.organizational import ORGANIZATIONAL
from tokenhouse.kinds.personal import PERSONAL
from tokenhouse.kinds.session import SESSION

ALL: Final[tuple[Kind, ...]] = (ORGANIZATIONAL, PERSONAL, SESSION)
