"""Ends live connections at brokers that can be told to only by their own management.

Owns how each of these brokers lists connections and ends one (`rabbitmq`, `emqx`, over `api`), what
makes us look (`watch`), what is known of the connections (`look`), and the threads that do it
(`thread`). Does not own which may go on: that is `operations.mqtt_staying`'s to say. Nothing here
is kept: a process that begins anew looks at every connection, and several may do the same.
"""

from tokenhouse.enforcing.brokers import brokers
from tokenhouse.enforcing.thread import Enforcing

__all__ = ["Enforcing", "brokers"]
