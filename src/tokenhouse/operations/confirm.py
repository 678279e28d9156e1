"""Have somebody confirm a change with his password; whoever stole his session does not know it."""

from tokenhouse.core.credential import Secret
from tokenhouse.core.principal import Person
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.operations.guessing import Guesses
from tokenhouse.operations.ports import Store
from tokenhouse.operations.prove import Prove


class Confirm:
    """Looks at the password that comes with a request, counted like one that somebody signs in by.

    So who guesses here and there guesses no faster.
    """

    def __init__(self, store: Store, guesses: Guesses, prove: Prove) -> None:
        self._store = store
        self._guesses = guesses
        self._prove = prove

    def __call__(self, person: Person, password: Secret | None, address: str) -> None:
        """Raise Refused unless it is the person's password.

        MALFORMED without one, TOO_MANY with the seconds to wait before it is looked at, FORBIDDEN
        for a wrong one, held back where there were many.
        """
        if password is None:
            problem = Problem("password", "is required: it confirms every change of a token")
            raise Refused(Code.MALFORMED, "Confirm this with your password.", (problem,))
        with self._guesses.attempt(person.email, address) as guess:
            if not self._prove.knows(self._store.find_person(person.id), password):
                raise Refused(Code.FORBIDDEN, "This was not confirmed.", delay=guess.delay)
