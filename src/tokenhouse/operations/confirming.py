"""Changes of one's own account: confirmed with the password, and with a factor where there is one.

Whoever stole a session knows neither. What was shown is used up in the commit that it confirms.
"""

from collections.abc import Callable
from typing import TypeVar

import msgspec

from tokenhouse.core.credential import Secret
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.operations.admit import Actor, Admit, Caller
from tokenhouse.operations.changes import SignInRecord
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.finding import find_person
from tokenhouse.operations.guessing import Guesses
from tokenhouse.operations.ports import Store
from tokenhouse.operations.prove import Prove
from tokenhouse.operations.second_factor import NOTHING, Presented, SecondFactor, Used

T = TypeVar("T")


class Evidence(msgspec.Struct, frozen=True):
    """What somebody confirms with. `field` is the name under which the password was sent."""

    password: Secret
    shown: Presented = NOTHING
    field: str = "password"


class Confirming:
    """Counts, looks and decides; the change itself is the caller's to say."""

    def __init__(
        self, admit: Admit, store: Store, guesses: Guesses, prove: Prove, factor: SecondFactor
    ) -> None:
        self._admit = admit
        self._store = store
        self._guesses = guesses
        self._prove = prove
        self._factor = factor

    def own(self, caller: Caller) -> tuple[Actor, SignInRecord]:
        """Who asks, and what is kept of him."""
        actor = self._admit(caller)
        assert actor.person is not None
        return actor, find_person(self._store, actor.person.id)

    def __call__(
        self,
        caller: Caller,
        evidence: Evidence,
        change: Callable[[Actor, SignInRecord, Used, float], Plan[T] | Settled[T]],
    ) -> T:
        """Decide a change. It is given the seconds by which its answer is to be held back.

        Raises Refused: TOO_MANY before anything is looked at, FORBIDDEN for a wrong password,
        SECOND_FACTOR behind the right one.
        """
        _, record = self.own(caller)
        with self._guesses.attempt(record.person.email, caller.address) as guess:
            if not self._prove.knows(record, evidence.password):
                raise _wrong(evidence.field, guess.delay)

            def plan() -> Plan[T] | Settled[T]:
                actor, again = self.own(caller)
                if again.password != record.password:
                    raise _wrong(evidence.field, guess.delay)
                used = self._factor.use(again, evidence.shown, guess.delay, actor.token_id)
                return change(actor, again, used, guess.delay)

            with self._factor.attempt(record, evidence.shown):
                return decide(self._store, plan)


def _wrong(field: str, delay: float) -> Refused:
    problem = Problem(field, "is not your password")
    return Refused(Code.FORBIDDEN, "This was not confirmed.", (problem,), delay=delay)
