"""The reads about the deployment itself, and what it keeps for retries."""

from typing import Any
from uuid import UUID

from tokenhouse.core.principal import DEPLOYMENT, Deployment
from tokenhouse.core.signing_key import SigningKey
from tokenhouse.operations.changes import KeptAnswer
from tokenhouse.store import statements as sql
from tokenhouse.store.reads.reading import Asked, Snapshots, one, rows
from tokenhouse.store.tables import DEPLOYMENTS, KEPT_ANSWERS, SIGNING_KEYS


class DeploymentReads(Asked):
    """Finds what there is once, and what an idempotency key did."""

    def __init__(self, snapshots: Snapshots) -> None:
        super().__init__(snapshots)
        self._keys: tuple[Any, tuple[SigningKey, ...]] = (None, ())

    def deployment(self) -> Deployment | None:
        """The deployment's own record."""
        return self._once(lambda reading: one(reading, DEPLOYMENTS, DEPLOYMENT))

    def signing_keys(self) -> tuple[SigningKey, ...]:
        """All signing keys, oldest first."""
        versions = self._once(lambda reading: reading.execute(sql.SIGNING_KEY_VERSIONS, {}))
        known, keys = self._keys
        if known == versions:  # a record is a value of its id and version
            return keys
        keys = self._once(lambda reading: rows(reading, SIGNING_KEYS, sql.ALL_SIGNING_KEYS, {}))
        self._keys = [(key.id.bytes, key.version) for key in keys], keys
        return keys

    def find_kept_answer(self, answer_id: UUID) -> KeptAnswer | None:
        """What an idempotency key already did."""
        return self._once(lambda reading: one(reading, KEPT_ANSWERS, answer_id))
