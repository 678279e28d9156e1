"""The composition root: what a process is built from, and in which order.

Owns which adapter fulfils which port, and which engine keeps the records. Does not own what is
decided (`operations`) nor which process it is for (`serving`, `cli`).
"""

from tokenhouse.wiring.authority import build
from tokenhouse.wiring.opened import Opened, make_directory, open_deployment
from tokenhouse.wiring.parts import Parts

__all__ = ["Opened", "Parts", "build", "make_directory", "open_deployment"]
