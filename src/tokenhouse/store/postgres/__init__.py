"""The store in a PostgreSQL database that several processes share."""

from tokenhouse.store.postgres.attempts import PostgresAttempts
from tokenhouse.store.postgres.store import PostgresStore, open_postgres

__all__ = ["PostgresAttempts", "PostgresStore", "open_postgres"]
