"""The store in memory: the reference model that the other engines are compared with."""

from tokenhouse.store.memory.attempts import MemoryAttempts
from tokenhouse.store.memory.store import MemoryStore

__all__ = ["MemoryAttempts", "MemoryStore"]
