"""The store in one SQLite file, and the files beside it in which guesses and uses are counted.

Owns how the files are opened and synced (`file`), the one connection that writes (`writer`) and
those that read (`readers`). Does not own what is decided and read, which is the same on every
engine (`settle`, `reads`); its neighbours are the other engines.
"""

from tokenhouse.store.sqlite.attempts import SqliteAttempts
from tokenhouse.store.sqlite.store import FILE, SqliteStore, open_sqlite
from tokenhouse.store.sqlite.usage import SqliteUsage

__all__ = ["FILE", "SqliteAttempts", "SqliteStore", "SqliteUsage", "open_sqlite"]
