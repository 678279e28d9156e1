"""The reads of the store in SQL, for every engine that gives a snapshot to read from.

Owns which statement answers which question, a file for each subject. Does not own the statements
(`statements`, `found`) nor connections: an engine hands in its snapshots.
"""

from tokenhouse.store.reads.clients import ClientReads
from tokenhouse.store.reads.deployment import DeploymentReads
from tokenhouse.store.reads.devices import DeviceReads
from tokenhouse.store.reads.events import EventReads
from tokenhouse.store.reads.groups import GroupReads
from tokenhouse.store.reads.many_tokens import ManyTokenReads
from tokenhouse.store.reads.people import PeopleReads
from tokenhouse.store.reads.reading import WHOSE, Reading, Snapshots
from tokenhouse.store.reads.tokens import TokenReads

__all__ = ["WHOSE", "Reading", "Reads", "Snapshots"]


class Reads(
    TokenReads,
    ManyTokenReads,
    PeopleReads,
    GroupReads,
    ClientReads,
    DeviceReads,
    EventReads,
    DeploymentReads,
):
    """Every read that `Store` promises."""
