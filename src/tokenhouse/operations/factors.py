"""A person's second factors in his own hands: an authenticator app, and recovery codes."""

import msgspec
from msgspec.structs import replace

from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Details, Name
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.core.second_factor import TOTP_CONFIRMED_WITHIN, Factor, Factors, Totp
from tokenhouse.core.totp import NO_STEP, SECRET_BYTES, accepted_step, key_uri, secret_text
from tokenhouse.operations.admit import Actor, Caller
from tokenhouse.operations.challenges import sealing_key
from tokenhouse.operations.changes import Drop, Put, SignInRecord, guard_of
from tokenhouse.operations.confirming import Confirming, Evidence
from tokenhouse.operations.decide import Plan, decide
from tokenhouse.operations.guessing import Guesses
from tokenhouse.operations.owing import Step, first_codes, leaving, new_codes, owing, planned
from tokenhouse.operations.ports import Clock, Entropy, Store, Vault
from tokenhouse.operations.second_factor import Used, totp_context


class NewTotp(msgspec.Struct, frozen=True):
    """What an authenticator app is given, told this once: as text, and as its QR code says it."""

    secret: Secret
    uri: Secret
    delay: float


class Codes(msgspec.Struct, frozen=True):
    """New recovery codes, told this once; none where there are some already.

    `delay` is seconds by which the answer is held back.
    """

    codes: tuple[Secret, ...] = ()
    delay: float = 0.0


class MyFactors:
    """Lets people see what they have, add and remove an app, and make recovery codes."""

    def __init__(  # noqa: PLR0917 -- one port each, named where it is built
        self,
        confirming: Confirming,
        guesses: Guesses,
        store: Store,
        vault: Vault,
        clock: Clock,
        entropy: Entropy,
        host: str,
    ) -> None:
        self._confirming = confirming
        self._guesses = guesses
        self._store = store
        self._vault = vault
        self._clock = clock
        self._entropy = entropy
        self._host = host

    def show(self, caller: Caller) -> Factors:
        """What the caller has."""
        _, record = self._confirming.own(caller)
        return record.factors

    def begin_totp(self, caller: Caller, evidence: Evidence) -> NewTotp:
        """Make a secret for an authenticator app. It counts once the app has shown a code of it.

        Raises Refused(ALREADY_DONE) for whoever has an app: it has to be removed first.
        """
        secret = self._entropy(SECRET_BYTES)

        def change(actor: Actor, record: SignInRecord, used: Used, delay: float) -> Plan[NewTotp]:
            person, before = record.person, record.factors.totp
            if record.factors.active_totp is not None:
                raise Refused(Code.ALREADY_DONE, "You have an authenticator app; remove it first.")
            key = sealing_key(self._store)
            totp = Totp(
                id=person.id,
                version=1 if before is None else before.version + 1,
                sealed=self._vault.seal(secret, totp_context(person.id), key.master_key_id),
                master_key_id=key.master_key_id,
                created_at=self._clock.now(),
            )
            # The key's version: whoever replaces the master key must not miss this secret.
            guards = (guard_of(key),) if before is None else (guard_of(key), guard_of(before))
            uri = key_uri(self._host, person.email, secret)
            told = NewTotp(Secret(secret_text(secret)), Secret(uri), delay)
            details: Details = {"factor": Factor.TOTP.value}
            step = (guards, (Put(totp),))
            return planned(actor, record, used, Name.FACTOR_PREPARED, details, told, step)

        return self._confirming(caller, evidence, change)

    def confirm_totp(self, caller: Caller, code: Secret) -> Codes:
        """Turn the app on with a code of it; the first factor brings recovery codes.

        Raises Refused(UNPROCESSABLE) where no app waits for it or the code is not its own, and
        Refused(TOO_MANY) with the seconds to wait.
        """
        actor, _ = self._confirming.own(caller)
        assert actor.person is not None
        with self._guesses.attempt_at_second_factor(actor.person.id):
            return decide(self._store, lambda: self._turning_on(caller, code))

    def _turning_on(self, caller: Caller, code: Secret) -> Plan[Codes]:
        actor, record = self._confirming.own(caller)
        totp, now = record.factors.totp, self._clock.now()
        if (
            totp is None
            or totp.confirmed_at is not None
            or totp.created_at + TOTP_CONFIRMED_WITHIN <= now
        ):
            raise Refused(Code.UNPROCESSABLE, "No authenticator app waits to be confirmed.")
        secret = self._vault.open(totp.sealed, totp_context(totp.id), totp.master_key_id)
        accepted = accepted_step(secret, code.reveal(), now, NO_STEP)
        if accepted is None:
            problem = Problem("code", "is not what the app shows now")
            raise Refused(Code.UNPROCESSABLE, "The app was not turned on.", (problem,))
        on = replace(totp, version=totp.version + 1, confirmed_at=now, last_step=accepted)
        step, codes = first_codes(record, self._entropy, now)
        details: Details = {"factor": Factor.TOTP.value, "recovery_codes_made": bool(codes)}
        steps = ((guard_of(totp),), (Put(on),)), owing(record, now), step
        return planned(actor, record, Used(), Name.FACTOR_ADDED, details, Codes(codes), *steps)

    def remove_totp(self, caller: Caller, evidence: Evidence) -> float:
        """Remove the app; give the seconds by which the answer is held back.

        Raises Refused(NOT_FOUND) where there is none.
        """

        def change(actor: Actor, record: SignInRecord, used: Used, delay: float) -> Plan[float]:
            totp = record.factors.active_totp
            if totp is None:
                raise Refused(Code.NOT_FOUND, "You have no authenticator app.")
            left = replace(record.factors, totp=None)
            gone: Step = ((guard_of(totp),), (Drop(Totp, totp.id),))
            steps = gone, leaving(record, left, self._clock.now())
            details: Details = {"factor": Factor.TOTP.value}
            return planned(actor, record, used, Name.FACTOR_REMOVED, details, delay, *steps)

        return self._confirming(caller, evidence, change)

    def new_recovery_codes(self, caller: Caller, evidence: Evidence) -> Codes:
        """Make a set of recovery codes; those before are good no longer.

        Raises Refused(UNPROCESSABLE) for whoever has no factor for them to stand in for.
        """

        def change(actor: Actor, record: SignInRecord, used: Used, delay: float) -> Plan[Codes]:
            if not record.factors.owed:
                sentence = "Recovery codes stand in for a second factor: add one first."
                raise Refused(Code.UNPROCESSABLE, sentence)
            step, codes = new_codes(record, self._entropy, self._clock.now())
            told = Codes(codes, delay)
            return planned(actor, record, used, Name.RECOVERY_CODES_MADE, {}, told, step)

        return self._confirming(caller, evidence, change)
