"""Tell the audit trail of connections that were ended at MQTT brokers."""

from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.core.credential import recognise
from tokenhouse.core.events import Name
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.standing import Found
from tokenhouse.operations.note import Cause, Notes

PLUGIN: Final = "plugin"
"""A broker in which our own plugin runs."""
_HIDDEN: Final = "[a token]"


class Ended(msgspec.Struct, frozen=True):
    """A connection that is over: at which broker, under which name, and the judge's reason."""

    broker: str
    client_id: str
    cause: str


class Whose(msgspec.Struct, frozen=True):
    """Whose it was: where that is told, about what, and details beside."""

    organization_id: UUID
    subject: UUID
    beside: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, found: Found) -> "Whose":
        """Of one that rested on a token."""
        person = found.standing.person
        beside = () if person is None else (("person", str(person.id)),)
        return cls(found.token.organization_id, found.token.id, beside)


NOBODY: Final = Whose(DEPLOYMENT, DEPLOYMENT)
"""Of a device that is no more: nobody knows whose it was."""


class TellEnded:
    """Notes them: one event for each who, name, cause and minute, with how often."""

    def __init__(self, notes: Notes, brand: str) -> None:
        self._notes = notes
        self._brand = brand

    def __call__(self, ended: Ended, whose: Whose) -> None:
        """Tell of one."""
        name = ended.client_id
        if recognise(name, self._brand) is not None:  # where names are free, anything can be one
            name = _HIDDEN
        cause = Cause(
            Name.CONNECTION_ENDED,
            whose.organization_id,
            None,
            whose.subject,
            ended.cause,
            (("broker", ended.broker), ("client_id", name), *whose.beside),
        )
        self._notes.note(cause)
