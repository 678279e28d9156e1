"""In which order a settled batch is written, so that few statements do it. Knows no engine."""

from collections.abc import Iterable

from tokenhouse.core.token import Token
from tokenhouse.operations.changes import Drop, Put


def gathered(writes: tuple[Put | Drop, ...]) -> Iterable[Put | Drop]:
    """Writes of tokens by what is done with them: first those that change, then those that come.

    What one token claims no other ever had, but for its predecessor, which is changed first. Where
    one is written twice, or there are other records, the order is kept.
    """
    puts = [write for write in writes if isinstance(write, Put) and type(write.record) is Token]
    if len({put.record.id.int for put in puts}) < len(writes):
        return writes
    return sorted(puts, key=lambda put: put.record.version == 1)
