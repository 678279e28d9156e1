"""The reads about the deployment itself, and what it keeps for retries."""

from uuid import UUID

from tokenhouse.core.principal import DEPLOYMENT, Deployment
from tokenhouse.core.signing_key import SigningKey
from tokenhouse.operations.changes import KeptAnswer
from tokenhouse.store import statements as sql
from tokenhouse.store.followed import SIGNING_KEYS, Followed
from tokenhouse.store.reads.cached import Cached
from tokenhouse.store.reads.reading import Asked, Snapshots, one, rows
from tokenhouse.store.tables import DEPLOYMENTS, KEPT_ANSWERS
from tokenhouse.store.tables import SIGNING_KEYS as KEYS


class DeploymentReads(Asked):
    """Finds what there is once, and what an idempotency key did."""

    def __init__(self, snapshots: Snapshots, followed: Followed) -> None:
        super().__init__(snapshots, followed)
        self._keys: Cached[tuple[SigningKey, ...]] = Cached(followed)

    def deployment(self) -> Deployment | None:
        """The deployment's own record."""
        return self._once(lambda reading: one(reading, DEPLOYMENTS, DEPLOYMENT))

    def signing_keys(self) -> tuple[SigningKey, ...]:
        """All signing keys, oldest first."""
        followed = self._followed
        if followed.left_ms() and (known := self._keys.get(SIGNING_KEYS)) is not None:
            return known
        head = followed.sequence
        keys = self._once(lambda reading: rows(reading, KEYS, sql.ALL_SIGNING_KEYS, {}))
        self._keys.keep(SIGNING_KEYS, keys, (SIGNING_KEYS,), head)
        return keys

    def find_kept_answer(self, answer_id: UUID) -> KeptAnswer | None:
        """What an idempotency key already did."""
        return self._once(lambda reading: one(reading, KEPT_ANSWERS, answer_id))
