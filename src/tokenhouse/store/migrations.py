"""Which migrations an engine has, and which of them a database has seen."""

from collections.abc import Iterable
from importlib import resources
from typing import NamedTuple

from tokenhouse.store.opening import CannotOpen


class Migration(NamedTuple):
    """One numbered step of the schema, in the engine's own SQL."""

    number: int
    text: str


def unseen(package: str, seen: Iterable[int]) -> tuple[Migration, ...]:
    """The migrations of an engine's package that a database has not seen, in their order.

    Raises CannotOpen where the database is ahead of this program.
    """
    known = {
        int(file.name.removesuffix(".sql")): file
        for file in resources.files(package).iterdir()
        if file.name.endswith(".sql")
    }
    if newer := set(seen) - set(known):
        raise CannotOpen(
            f"the database has migration {max(newer):04d}, which this version of Tokenhouse"
            " does not know: start the version that made it, or a later one"
        )
    wanted = sorted(set(known) - set(seen))
    return tuple(Migration(number, known[number].read_text("utf-8")) for number in wanted)
