"""A person's passkeys in his own hands, and the challenges that they answer."""

from collections.abc import Callable
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Details, Name
from tokenhouse.core.principal import Person
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.core.second_factor import MOST_PASSKEYS, Factor, Passkey
from tokenhouse.operations.admit import Actor, Caller
from tokenhouse.operations.challenges import REGISTER, SIGN_IN, Challenges, confirming
from tokenhouse.operations.changes import Drop, Put, SignInRecord, guard_of
from tokenhouse.operations.confirming import Confirming, Evidence
from tokenhouse.operations.decide import Plan, decide
from tokenhouse.operations.factors import Codes
from tokenhouse.operations.owing import Step, first_codes, leaving, owing, planned
from tokenhouse.operations.ports import Ceremonies, Clock, Entropy, Store
from tokenhouse.operations.second_factor import Used


class Asked(msgspec.Struct, frozen=True):
    """A challenge, and the name that the passkey has to be bound to."""

    challenge: bytes
    rp_id: str


class Creating(msgspec.Struct, frozen=True):
    """What a new passkey is made from: the challenge, whose it is, and those that he has."""

    asked: Asked
    person: Person
    others: tuple[bytes, ...]
    delay: float


class Made(msgspec.Struct, frozen=True):
    """A new passkey, with the recovery codes that the first factor brings."""

    passkey: Passkey
    codes: Codes


class Passkeys:
    """Challenges for everybody; people add and remove their own passkeys."""

    def __init__(  # noqa: PLR0917 -- one port each, named where it is built
        self,
        confirming: Confirming,
        challenges: Challenges,
        ceremonies: Ceremonies,
        store: Store,
        clock: Clock,
        entropy: Entropy,
        new_id: Callable[[int], UUID],
    ) -> None:
        self._confirming = confirming
        self._challenges = challenges
        self._ceremonies = ceremonies
        self._store = store
        self._clock = clock
        self._entropy = entropy
        self._new_id = new_id

    def challenge(self) -> Asked:
        """For whoever signs in, or comes with a link. It tells nothing about anybody."""
        return Asked(self._challenges.make(SIGN_IN), self._rp_id())

    def challenge_for(self, caller: Caller, deed: str) -> Asked:
        """For whoever confirms a deed; its answer confirms no other, and in no other session."""
        actor, _ = self._confirming.own(caller)
        about = confirming(actor.token_id, deed)
        return Asked(self._challenges.make(*about), self._rp_id())

    def begin(self, caller: Caller, evidence: Evidence) -> Creating:
        """Let the caller make a passkey, once he has confirmed it.

        Raises Refused(UNPROCESSABLE) where the public URL has no name, or he has too many.
        """
        rp_id = self._rp_id()

        def change(actor: Actor, record: SignInRecord, used: Used, delay: float) -> Plan[Creating]:
            _refuse_too_many(record)
            asked = Asked(self._challenges.make(REGISTER, str(actor.token_id)), rp_id)
            others = tuple(one.credential_id for one in record.factors.passkeys)
            told = Creating(asked, record.person, others, delay)
            details: Details = {"factor": Factor.PASSKEY.value}
            return planned(actor, record, used, Name.FACTOR_PREPARED, details, told)

        return self._confirming(caller, evidence, change)

    def finish(self, caller: Caller, label: str, credential: Secret) -> Made:
        """Keep the passkey that the browser made. The first factor brings recovery codes.

        Raises Refused(UNPROCESSABLE) for what is no answer to a challenge of `begin` in this
        session, or was one before, and for a passkey that is kept already.
        """
        return decide(self._store, lambda: self._keeping(caller, label, credential))

    def _keeping(self, caller: Caller, label: str, credential: Secret) -> Plan[Made]:
        actor, record = self._confirming.own(caller)
        _refuse_too_many(record)
        challenge, now = self._ceremonies.challenge(credential), self._clock.now()
        spent = self._challenges.used(challenge, REGISTER, str(actor.token_id))
        if challenge is None or spent is None:
            raise _not_taken()
        registered = self._ceremonies.registered(credential, challenge)
        if registered is None or self._store.is_passkey(registered.credential_id):
            raise _not_taken()
        passkey = Passkey(
            id=self._new_id(now),
            version=1,
            person_id=record.person.id,
            credential_id=registered.credential_id,
            public_key=registered.public_key,
            sign_count=registered.sign_count,
            label=label,
            created_at=now,
        )
        step, codes = first_codes(record, self._entropy, now)
        steps: tuple[Step, ...] = (((), (Put(passkey), Put(spent))), owing(record, now), step)
        details = _details(passkey) | {"recovery_codes_made": bool(codes)}
        made = Made(passkey, Codes(codes))
        return planned(actor, record, Used(), Name.FACTOR_ADDED, details, made, *steps)

    def remove(self, caller: Caller, passkey_id: UUID, evidence: Evidence) -> float:
        """Remove a passkey; give the seconds by which the answer is held back.

        Raises Refused(NOT_FOUND) for one that is not the caller's, before anything is confirmed.
        """
        _find(self._confirming.own(caller)[1], passkey_id)

        def change(actor: Actor, record: SignInRecord, used: Used, delay: float) -> Plan[float]:
            passkey = _find(record, passkey_id)
            others = tuple(one for one in record.factors.passkeys if one.id != passkey_id)
            gone: Step = ((guard_of(passkey),), (Drop(Passkey, passkey.id),))
            left = leaving(record, replace(record.factors, passkeys=others), self._clock.now())
            details = _details(passkey)
            return planned(actor, record, used, Name.FACTOR_REMOVED, details, delay, gone, left)

        return self._confirming(caller, evidence, change)

    def _rp_id(self) -> str:
        rp_id = self._ceremonies.rp_id
        if rp_id is None:
            sentence = "Passkeys need a public URL with a name in it, not the address of a machine."
            raise Refused(Code.UNPROCESSABLE, sentence)
        return rp_id


def _details(passkey: Passkey) -> Details:
    return {
        "factor": Factor.PASSKEY.value,
        "passkey": str(passkey.id),
        "label": passkey.label,
    }


def _find(record: SignInRecord, passkey_id: UUID) -> Passkey:
    for one in record.factors.passkeys:
        if one.id == passkey_id:
            return one
    raise Refused(Code.NOT_FOUND, "There is no such passkey.")


def _refuse_too_many(record: SignInRecord) -> None:
    if len(record.factors.passkeys) >= MOST_PASSKEYS:
        raise Refused(Code.UNPROCESSABLE, f"You have {MOST_PASSKEYS} passkeys; remove one first.")


def _not_taken() -> Refused:
    problem = Problem("credential", "is no new passkey for the challenge that you were given")
    return Refused(Code.UNPROCESSABLE, "This passkey was not taken.", (problem,))
