"""The reads about clients."""

from uuid import UUID

from tokenhouse.core.client import Client
from tokenhouse.operations.changes import Stretch
from tokenhouse.store import statements as sql
from tokenhouse.store.columns import Row
from tokenhouse.store.reads.reading import Asked, along, first, rows
from tokenhouse.store.tables import CLIENTS


class ClientReads(Asked):
    """Finds and lists clients."""

    def one_client(self, organization_id: UUID, client_id: UUID) -> Client | None:
        """A client of an organization, by its id."""
        values: Row = {"id": client_id.bytes, "organization": organization_id.bytes}
        return first(self._once(lambda reading: rows(reading, CLIENTS, sql.CLIENT_OF, values)))

    def page_clients(self, organization_id: UUID, stretch: Stretch) -> tuple[Client, ...]:
        """A stretch of an organization's clients."""
        way, values = along(stretch)
        within: Row = {"organization": organization_id.bytes, **values}
        return self._once(lambda reading: rows(reading, CLIENTS, sql.CLIENTS_BY_ID[way], within))
