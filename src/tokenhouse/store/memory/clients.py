"""The reads about clients."""

from uuid import UUID

from tokenhouse.core.client import Client
from tokenhouse.operations.changes import Stretch
from tokenhouse.store.memory.reading import Asked, along


class ClientReads(Asked):
    """Finds and lists clients."""

    def one_client(self, organization_id: UUID, client_id: UUID) -> Client | None:
        """A client of an organization, by its id."""
        with self._lock:
            client = self._kept.one(Client, client_id)
            within = client is not None and client.organization_id == organization_id
            return client if within else None

    def page_clients(self, organization_id: UUID, stretch: Stretch) -> tuple[Client, ...]:
        """A stretch of an organization's clients."""
        with self._lock:
            return along(
                self._kept.all(Client), stretch, lambda c: c.organization_id == organization_id
            )
