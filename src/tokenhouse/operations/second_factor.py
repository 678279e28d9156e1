"""Look at a second factor: behind a right password, or a good link, and never before."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.core import recovery_code
from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Details, Event, Name
from tokenhouse.core.principal import Person
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.core.second_factor import Factor, Factors, Totp
from tokenhouse.core.totp import accepted_step, is_code
from tokenhouse.operations.challenges import SIGN_IN, Challenges, confirming
from tokenhouse.operations.changes import Guard, Put, SignInRecord, guard_of
from tokenhouse.operations.guessing import Guesses
from tokenhouse.operations.ports import Ceremonies, Clock, Vault
from tokenhouse.operations.prove import Prove

MISSING: Final = "second factor missing"
NOT_GOOD: Final = "second factor not good"
TOO_MANY: Final = "too many codes"
"""What the person is told of a refusal, in the words of the event."""


class Presented(msgspec.Struct, frozen=True):
    """What somebody shows: a code, or a passkey's answer as the browser gave it (JSON).

    `field` is the name under which the code was sent. `deed` is what the passkey's challenge was
    asked for, where somebody confirms one; None where he signs in, or comes with a link.
    """

    code: Secret | None = None
    passkey: Secret | None = None
    field: str = "code"
    deed: str | None = None


NOTHING: Final = Presented()


class Used(msgspec.Struct, frozen=True):
    """What was shown, and what makes it used up: to be written with what it is good for.

    `factor` None: nothing was owed. `left` is how many recovery codes are left.
    """

    factor: Factor | None = None
    guards: tuple[Guard, ...] = ()
    writes: tuple[Put, ...] = ()
    left: int | None = None

    @property
    def told(self) -> Details:
        """What the event says of it that tells what it was shown for."""
        details: Details = {"second_factor": None if self.factor is None else self.factor.value}
        return details if self.left is None else details | {"recovery_codes_left": self.left}


class SecondFactor:
    """Asks those for a second factor who have one."""

    def __init__(  # noqa: PLR0917 -- one port each, named where it is built
        self,
        vault: Vault,
        ceremonies: Ceremonies,
        challenges: Challenges,
        guesses: Guesses,
        clock: Clock,
        prove: Prove,
    ) -> None:
        self._vault = vault
        self._ceremonies = ceremonies
        self._challenges = challenges
        self._guesses = guesses
        self._clock = clock
        self._prove = prove

    @contextmanager
    def attempt(self, record: SignInRecord, shown: Presented) -> Iterator[None]:
        """Count a code that can be guessed, before it is looked at, at whatever door.

        Raises Refused(TOO_MANY) with the seconds to wait. What was right is given back.
        """
        code = shown.code
        if record.factors.active_totp is None or code is None or not is_code(code.reveal()):
            yield
            return
        with ExitStack() as counted:
            try:
                counted.enter_context(self._guesses.attempt_at_second_factor(record.person.id))
            except Refused:
                self._prove.note(record.person, TOO_MANY)
                raise
            yield

    def use(
        self,
        record: SignInRecord,
        shown: Presented,
        delay: float = 0.0,
        through: UUID | None = None,
    ) -> Used:
        """Look at what was shown; to be asked anew for every attempt at a decision.

        `through` is the session in which a deed is confirmed.

        Raises Refused(SECOND_FACTOR) where one is owed and none is shown, or one that is not good.
        """
        if not record.factors.owed:
            return Used()
        code = "" if shown.code is None else shown.code.reveal().strip()
        if code:
            used, field = self._code(record, code), shown.field
        elif shown.passkey is not None:
            used, field = self._passkey(record, shown.passkey, _about(shown, through)), "passkey"
        else:
            self._prove.note(record.person, MISSING)
            raise _owed(Problem(shown.field, "is required, or the answer of a passkey"), delay)
        if used is None:
            self._prove.note(record.person, NOT_GOOD)
            raise _owed(Problem(field, "is not good, or was used before"), delay)
        return used

    def _code(self, record: SignInRecord, code: str) -> Used | None:
        if is_code(code):
            return self._totp(record.factors.active_totp, code)
        return _recovery_code(record.person, record.factors, code)

    def _totp(self, totp: Totp | None, code: str) -> Used | None:
        if totp is None:
            return None
        secret = self._vault.open(totp.sealed, totp_context(totp.id), totp.master_key_id)
        step = accepted_step(secret, code, self._clock.now(), totp.last_step)
        if step is None:
            return None
        later = replace(totp, version=totp.version + 1, last_step=step)
        return Used(Factor.TOTP, (guard_of(totp),), (Put(later),))

    def _passkey(self, record: SignInRecord, answer: Secret, about: tuple[str, ...]) -> Used | None:
        challenge = self._ceremonies.challenge(answer)
        spent = self._challenges.used(challenge, *about)
        named = self._ceremonies.credential_id(answer)
        passkey = next((one for one in record.factors.passkeys if one.credential_id == named), None)
        if challenge is None or spent is None or passkey is None:
            return None
        count = self._ceremonies.asserted(answer, challenge, passkey)
        if count is None:
            return None
        later = replace(
            passkey,
            version=passkey.version + 1,
            sign_count=count,
            last_used_at=self._clock.now(),
        )
        return Used(Factor.PASSKEY, (guard_of(passkey),), (Put(later), Put(spent)))


def totp_context(person_id: UUID) -> bytes:
    """Where the secret of somebody's authenticator app is kept, for sealing it."""
    return b"totp" + person_id.bytes


def told_elsewhere(
    used: Used, person: Person, organization_id: UUID, through: UUID | None, at: str
) -> tuple[Event, ...]:
    """The event of a factor that was used, where no other event tells of it."""
    if used.factor is None:
        return ()
    details: Details = {"person": str(person.id), "at": at, **used.told}
    return (Event(Name.FACTOR_USED, organization_id, person.id, through, person.id, details),)


def _recovery_code(person: Person, factors: Factors, code: str) -> Used | None:
    kept, digest = factors.recovery_codes, recovery_code.digest(person.id, code)
    if kept is None or digest is None or digest not in kept.digests:
        return None
    left = tuple(one for one in kept.digests if one != digest)
    later = replace(kept, version=kept.version + 1, digests=left)
    return Used(Factor.RECOVERY_CODE, (guard_of(kept),), (Put(later),), len(left))


def _about(shown: Presented, through: UUID | None) -> tuple[str, ...]:
    return (SIGN_IN,) if shown.deed is None else confirming(through, shown.deed)


def _owed(problem: Problem, delay: float) -> Refused:
    sentence = "A second factor is needed beside it."
    return Refused(Code.SECOND_FACTOR, sentence, (problem,), delay=delay)
