"""Decide, commit, and decide again when what the decision relied on has changed meanwhile."""

from collections.abc import Callable
from typing import Final, Generic, TypeVar

import msgspec

from tokenhouse.core.refusal import Unavailable
from tokenhouse.operations.changes import Change, Committed
from tokenhouse.operations.ports import Store
from tokenhouse.sharing import Work

T = TypeVar("T")

ATTEMPTS: Final = 5


class Plan(msgspec.Struct, Generic[T], frozen=True):
    """A decision ready to be committed, and what to answer once it is durable.

    `meanwhile` is as much of the work for the answer as can be done before.
    """

    change: Change
    answer: Callable[[Committed], T]
    meanwhile: Work | None = None


class Settled(msgspec.Struct, Generic[T], frozen=True):
    """An answer that needs no commit: it was given before, or there is nothing to change."""

    answer: T


def decide(store: Store, plan: Callable[[], Plan[T] | Settled[T]]) -> T:
    """Run a decision to its end. `plan` starts from judging the caller, every time.

    The first time it may go by what is remembered; what was changed elsewhere shows at the commit.

    Raises whatever `plan` refuses, and Unavailable after ATTEMPTS conflicts in a row.
    """
    for attempt in range(ATTEMPTS):
        planned = store.anew(plan) if attempt else plan()
        if isinstance(planned, Settled):
            return planned.answer
        outcome = store.commit(planned.change, planned.meanwhile)
        if isinstance(outcome, Committed):
            return planned.answer(outcome)
    raise Unavailable("the records changed under every attempt")
