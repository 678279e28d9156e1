"""The store in memory: the reference model that the other engines are compared with.

Owns records as long as the process lives. Does not own what is decided (`settle`) nor durability;
its neighbours are the engines that keep the same (`sqlite`, `postgres`).
"""

from tokenhouse.store.memory.attempts import MemoryAttempts
from tokenhouse.store.memory.store import MemoryStore
from tokenhouse.store.memory.usage import MemoryUsage

__all__ = ["MemoryAttempts", "MemoryStore", "MemoryUsage"]
