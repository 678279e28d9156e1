"""The reads about the deployment itself, and what it keeps for retries."""

from uuid import UUID

from tokenhouse.core.principal import DEPLOYMENT, Deployment
from tokenhouse.core.signing_key import SigningKey
from tokenhouse.operations.changes import KeptAnswer
from tokenhouse.store import statements as sql
from tokenhouse.store.reads.reading import Asked, one, rows
from tokenhouse.store.tables import DEPLOYMENTS, KEPT_ANSWERS, SIGNING_KEYS


class DeploymentReads(Asked):
    """Finds what there is once, and what an idempotency key did."""

    def deployment(self) -> Deployment | None:
        """The deployment's own record."""
        return self._once(lambda reading: one(reading, DEPLOYMENTS, DEPLOYMENT))

    def signing_keys(self) -> tuple[SigningKey, ...]:
        """All signing keys, oldest first."""
        return self._once(lambda reading: rows(reading, SIGNING_KEYS, sql.ALL_SIGNING_KEYS, {}))

    def find_kept_answer(self, answer_id: UUID) -> KeptAnswer | None:
        """What an idempotency key already did."""
        return self._once(lambda reading: one(reading, KEPT_ANSWERS, answer_id))
