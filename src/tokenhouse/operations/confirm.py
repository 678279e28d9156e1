"""Have somebody confirm a change: by his password with what he owes beside it, or by a passkey.

Whoever stole his session has neither.
"""

from typing import Final
from uuid import UUID

from msgspec.structs import replace

from tokenhouse.core.credential import Secret
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.core.second_factor import Factor
from tokenhouse.core.standing import Found
from tokenhouse.operations.changes import Change, SignInRecord, guard_of
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.finding import find_person
from tokenhouse.operations.guessing import Guesses
from tokenhouse.operations.ports import Store
from tokenhouse.operations.prove import Prove
from tokenhouse.operations.second_factor import NOTHING, Presented, SecondFactor, told_elsewhere

NO_PASSWORD: Final = "password missing"

_BEHIND_A_PASSWORD: Final = frozenset({Code.SECOND_FACTOR, Code.TOO_MANY})
"""What may be told to whoever knows the password, where the confirmation says so."""


class Confirmation:
    """What a request is confirmed with: the password, and a second factor where one is owed.

    `password` None: a passkey alone, which answered a challenge for this very deed.
    `tells`: behind a right password it is said that a second factor is missing or not good.
    A decision that is taken again finds here that it was looked at, and used up.
    """

    __slots__ = ("accepted_for", "password", "shown", "tells")

    def __init__(
        self, password: Secret | None, shown: Presented = NOTHING, *, tells: bool = False
    ) -> None:
        self.password = password
        self.shown = shown
        self.tells = tells
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
        """Raise Refused unless it is the person's password with what he owes, or his passkey.

        MALFORMED without anything, TOO_MANY with the seconds to wait before it is looked at, and
        one same FORBIDDEN for whatever is wrong, held back where there were many. SECOND_FACTOR,
        or TOO_MANY codes, behind a right password where the confirmation tells.
        """
        if confirmation is None:
            problem = Problem("password", "is required: it confirms every change of a token")
            raise Refused(Code.MALFORMED, "Confirm this with your password.", (problem,))
        person = found.standing.person
        assert person is not None
        with self._guesses.attempt(person.email, address) as guess:
            record = self._store.find_person(person.id)
            if not self._may_be(record, confirmation) or record is None:
                raise _not_confirmed(guess.delay)
            if confirmation.accepted_for == person.id:
                return
            try:
                self._use(record, found, confirmation, route, guess.delay)
            except Refused as refused:
                if _is_told(refused, confirmation):
                    raise
                raise _not_confirmed(guess.delay) from None
            confirmation.accepted_for = person.id

    def _may_be(self, record: SignInRecord | None, confirmation: Confirmation) -> bool:
        """Whether the password is right, or a passkey stands in its place."""
        if confirmation.password is not None:
            return self._prove.knows(record, confirmation.password)
        if confirmation.shown.passkey is not None:
            return True
        if record is not None:
            self._prove.note(record.person, NO_PASSWORD)
        return False

    def _use(
        self,
        record: SignInRecord,
        found: Found,
        confirmation: Confirmation,
        route: str,
        delay: float,
    ) -> None:
        """Use the factor up before anything is done: no attempt at the change finds it good twice.

        Raises Refused.
        """
        alone, shown = confirmation.password is None, _shown(confirmation)

        def plan() -> Plan[None] | Settled[None]:
            now = find_person(self._store, record.person.id)
            used = self._factor.use(now, shown, delay, through=found.token.id)
            if alone and used.factor is not Factor.PASSKEY:
                raise _not_confirmed(delay)
            if used.factor is None:
                return Settled(None)
            within, token_id = found.token.organization_id, found.token.id
            events = told_elsewhere(used, now.person, within, token_id, route)
            relied_on = (*used.guards, guard_of(now.person))
            return Plan(Change(within, relied_on, used.writes, events), lambda _: None)

        with self._factor.attempt(record, shown):
            decide(self._store, plan)


def _shown(confirmation: Confirmation) -> Presented:
    """What counts of it: no code without the password, and no passkey that names no deed."""
    shown = confirmation.shown
    if confirmation.password is None:
        shown = replace(shown, code=None)
    return shown if shown.deed is not None else replace(shown, passkey=None)


def _is_told(refused: Refused, confirmation: Confirmation) -> bool:
    if not confirmation.tells or confirmation.password is None:
        return False
    return refused.code in _BEHIND_A_PASSWORD


def _not_confirmed(delay: float) -> Refused:
    sentence = (
        "This was not confirmed. It takes your password and, if you have a second factor, its code."
    )
    return Refused(Code.FORBIDDEN, sentence, delay=delay)
