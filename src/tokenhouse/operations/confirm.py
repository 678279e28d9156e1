"""Have somebody confirm a change with his password; whoever stole his session does not know it."""

from uuid import UUID

from tokenhouse.core.credential import Secret
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.core.standing import Found
from tokenhouse.operations.changes import Change, SignInRecord, guard_of
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.finding import find_person
from tokenhouse.operations.guessing import Guesses
from tokenhouse.operations.ports import Store
from tokenhouse.operations.prove import Prove
from tokenhouse.operations.second_factor import NOTHING, Presented, SecondFactor, told_elsewhere


class Confirmation:
    """What a request is confirmed with: the password, and a second factor where one is owed.

    A decision that is taken again finds here that the factor was looked at, and used up.
    """

    __slots__ = ("accepted_for", "password", "shown")

    def __init__(self, password: Secret, shown: Presented = NOTHING) -> None:
        self.password = password
        self.shown = shown
        self.accepted_for: UUID | None = None


class Confirm:
    """Looks at what comes with a request, counted like what somebody signs in with.

    So who guesses here and there guesses no faster.
    """

    def __init__(self, store: Store, guesses: Guesses, prove: Prove, factor: SecondFactor) -> None:
        self._store = store
        self._guesses = guesses
        self._prove = prove
        self._factor = factor

    def __call__(
        self, found: Found, confirmation: Confirmation | None, address: str, route: str
    ) -> None:
        """Raise Refused unless it is the person's password, and what he owes beside it.

        MALFORMED without a password, TOO_MANY with the seconds to wait before it is looked at, and
        one same FORBIDDEN for whatever is wrong, held back where there were many.
        """
        if confirmation is None:
            problem = Problem("password", "is required: it confirms every change of a token")
            raise Refused(Code.MALFORMED, "Confirm this with your password.", (problem,))
        person = found.standing.person
        assert person is not None
        with self._guesses.attempt(person.email, address) as guess:
            record = self._store.find_person(person.id)
            if not self._prove.knows(record, confirmation.password) or record is None:
                raise _not_confirmed(guess.delay)
            if confirmation.accepted_for == person.id:
                return
            try:
                self._use(record, found, confirmation.shown, route)
            except Refused:
                raise _not_confirmed(guess.delay) from None
            confirmation.accepted_for = person.id

    def _use(self, record: SignInRecord, found: Found, shown: Presented, route: str) -> None:
        """Use the factor up before anything is done: no attempt at the change finds it good twice.

        Raises Refused.
        """

        def plan() -> Plan[None] | Settled[None]:
            now = find_person(self._store, record.person.id)
            used = self._factor.use(now, shown, through=found.token.id)
            if used.factor is None:
                return Settled(None)
            within, token_id = found.token.organization_id, found.token.id
            events = told_elsewhere(used, now.person, within, token_id, route)
            relied_on = (*used.guards, guard_of(now.person))
            return Plan(Change(within, relied_on, used.writes, events), lambda _: None)

        with self._factor.attempt(record, shown):
            decide(self._store, plan)


def _not_confirmed(delay: float) -> Refused:
    sentence = (
        "This was not confirmed. It takes your password and, if you have a second factor, its code."
    )
    return Refused(Code.FORBIDDEN, sentence, delay=delay)
