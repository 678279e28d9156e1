"""Idempotent retry: the same key gives the same answer, secret included, for ten minutes."""

import hashlib
from collections.abc import Callable
from typing import Final, TypeAlias
from uuid import UUID

import msgspec

from tokenhouse.core.credential import Secret
from tokenhouse.core.moment import MINUTE
from tokenhouse.core.principal import HolderKind
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.operations.admit import Actor, Asking, Caller
from tokenhouse.operations.at_machine import AtMachine
from tokenhouse.operations.changes import KeptAnswer, Put
from tokenhouse.operations.ports import Clock, Sealer, Store

REPEATED_FOR: Final = 10 * MINUTE


NO_SECRET: Final = Secret("")
"""Sealed with an answer in which nothing is secret."""


class Repeat(msgspec.Struct, frozen=True):
    """An answer that was given before: what it was about, and its secret."""

    subject_id: UUID
    secret: Secret


Still: TypeAlias = Callable[[UUID], bool]
"""Tells whether what was made is still there, so that its secret may be given again."""


class Keep:
    """Remembers what an idempotency key did, so that neither we nor the key alone can tell it.

    Keys are unique per actor and route. The secret is sealed under the presented credential and
    the key together: another credential of the same actor learns only that it was done.
    """

    def __init__(self, store: Store, sealer: Sealer, clock: Clock) -> None:
        self._store = store
        self._sealer = sealer
        self._clock = clock

    def find(self, caller: Asking, actor: Actor, still: Still) -> Repeat | None:
        """What this key did before; raise Refused where that cannot be told any more.

        To whoever sends no hash of his request it is never told again: ALREADY_DONE names the id.
        """
        if isinstance(caller, AtMachine) or caller.idempotency_key is None:
            return None
        kept = self._store.find_kept_answer(_answer_id(caller, actor))
        if kept is None:
            return None
        if not caller.request_hash:
            raise already_done(kept.subject_id)
        if kept.request_hash != caller.request_hash:
            raise Refused(Code.KEY_REUSED, "This Idempotency-Key was used for another request.", ())
        secret = self._sealer.open(kept.sealed, _material(caller), kept.id.bytes)
        late = self._clock.now() - kept.created_at > REPEATED_FOR
        if late or secret is None or not still(kept.subject_id):
            raise already_done(kept.subject_id)
        return Repeat(kept.subject_id, secret)

    def plan(
        self, caller: Asking, actor: Actor, subject_id: UUID, secret: Secret = NO_SECRET
    ) -> tuple[Put, ...]:
        """What makes a commit remember its answer, or conflict with one that was given meanwhile.

        Nothing without a key.
        """
        if isinstance(caller, AtMachine) or caller.idempotency_key is None:
            return ()
        answer_id = _answer_id(caller, actor)
        kept = KeptAnswer(
            id=answer_id,
            version=1,
            request_hash=caller.request_hash,
            subject_id=subject_id,
            sealed=self._sealer.seal(secret, _material(caller), answer_id.bytes),
            created_at=self._clock.now(),
        )
        return (Put(kept),)


def already_done(subject_id: UUID) -> Refused:
    """The refusal of a retry whose answer, or the secret in it, cannot be given any more."""
    return Refused(
        Code.ALREADY_DONE,
        "This was already done, and its secret is not given again.",
        (Problem("id", str(subject_id)),),
    )


def _answer_id(caller: Caller, actor: Actor) -> UUID:
    assert caller.idempotency_key is not None
    hashed = hashlib.sha256(_asker(actor).bytes + actor.organization_id.bytes)
    for part in (caller.route, caller.idempotency_key.reveal()):
        encoded = part.encode()
        hashed.update(len(encoded).to_bytes(4, "big") + encoded)
    return UUID(bytes=hashed.digest()[:16])


def _asker(actor: Actor) -> UUID:
    """Whose keys are unique: a person's, or those of one back end, whose token's family it is.

    Back ends of one organization do not know each other; keys such as `2026-03` come to them all.
    """
    if actor.token.holder_kind is HolderKind.ORGANIZATION or actor.person is None:
        return actor.token.family_id
    return actor.person.id


def _material(caller: Caller) -> tuple[Secret, ...]:
    assert caller.idempotency_key is not None
    return caller.credential, caller.idempotency_key
