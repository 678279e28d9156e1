"""One file per kind of token, each a value that says what the kind is.

Owns the terms of each kind: prefix or type, holder, doors, life, succession. Does not own any
rule: those are the core's and ask these values. None of the files imports another.
"""

from typing import Final

from tokenhouse.core.kind import Kind
from tokenhouse.kinds.access import ACCESS, CLIENT_ACCESS
from tokenhouse.kinds.device import DEVICE
from tokenhouse.kinds.limited import LIMITED
from tokenhouse.kinds.organizational import ORGANIZATIONAL
from tokenhouse.kinds.personal import PERSONAL
from tokenhouse.kinds.refresh import REFRESH
from tokenhouse.kinds.session import SESSION, SESSION_ID

ALL: Final[tuple[Kind, ...]] = (
    ORGANIZATIONAL,
    PERSONAL,
    LIMITED,
    SESSION,
    ACCESS,
    REFRESH,
    DEVICE,
)

FORMS: Final[tuple[Kind, ...]] = (*ALL, SESSION_ID, CLIENT_ACCESS)
"""Every form in which a string can be one of these."""
