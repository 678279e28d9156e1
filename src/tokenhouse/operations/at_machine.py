"""Somebody at the machine itself, who is asked for no credential.

Whoever can open the database could do anything to it; so the command line acts in his name, under
the same rules but permissions, and the audit trail tells of it with no actor. Nothing that a
network can reach may make one of these: the direction of imports is checked for it.
"""

from uuid import UUID

import msgspec


class AtMachine(msgspec.Struct, frozen=True):
    """Stands where a request's caller does. `organization_id`: within which, or DEPLOYMENT."""

    organization_id: UUID
    command: str
