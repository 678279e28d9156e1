"""The store in a PostgreSQL database."""

from tokenhouse.clock import StoreClock
from tokenhouse.core.credential import Secret
from tokenhouse.operations.ports import Entropy
from tokenhouse.store.opening import CannotOpen
from tokenhouse.store.reads import Reads


def open_postgres(url: Secret, clock: StoreClock, entropy: Entropy) -> "PostgresStore":
    """Open the store of a database, and set the clock by it. Raises CannotOpen."""
    raise CannotOpen("not built yet")


class PostgresStore(Reads):
    """Fulfils `Store`."""
