"""What a committer still knows of records that it looked up or wrote.

Where nobody else wrote meanwhile, what was known at the last batch is not looked up again.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

from tokenhouse.operations.changes import Change
from tokenhouse.store.settle import ABSENT, Known
from tokenhouse.store.shape import Ref, refs_of

MOST: Final = 32_768
"""Records known at most; when there are more, all are looked up anew."""

Look: TypeAlias = Callable[[Iterable[Ref]], dict[Ref, Known]]


class Versions:
    """The versions of records, for one writer: asked and told under the writers' lock."""

    def __init__(self) -> None:
        self._known: dict[Ref, Known] = {}
        self._stands = False

    def at(self, changes: Sequence[Change], look: Look, *, undisturbed: bool) -> dict[Ref, Known]:
        """Every ref of `refs_of`, of which `look` is asked for those that are not known.

        `undisturbed`: nobody else has written since this was asked before. Settling brings what is
        given up to date. Unless it is said then that it `stands`, nothing of it is believed again.
        """
        if not (undisturbed and self._stands) or len(self._known) > MOST:
            self._known = {}
        self._stands = False
        known = self._known
        if unknown := [ref for ref in refs_of(changes) if ref not in known]:
            known.update(dict.fromkeys(unknown, ABSENT))
            known.update(look(unknown))
        return known

    def stands(self) -> None:
        """What was given last, and settled, is what is kept."""
        self._stands = True
