"""The store in a PostgreSQL database that several processes share.

Owns the connections and their bounds (`connection`), the schema (`schema`), the one connection that
writes (`writer`, `bulk`), those that read (`readers`) and the one that follows what other processes
commit (`follower`). Does not own what is decided and read, which is the same on every engine
(`settle`, `reads`); its neighbours are the other engines.
"""

from tokenhouse.store.postgres.attempts import PostgresAttempts
from tokenhouse.store.postgres.store import PostgresStore, open_postgres
from tokenhouse.store.postgres.usage import PostgresUsage

__all__ = ["PostgresAttempts", "PostgresStore", "PostgresUsage", "open_postgres"]
