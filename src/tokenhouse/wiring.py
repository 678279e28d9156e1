"""The composition root: what a process is built from, and in which order."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import msgspec

from tokenhouse.clock import SystemClock
from tokenhouse.config import BRAND, REVOCATION_REACH_MS
from tokenhouse.core.principal import Deployment
from tokenhouse.core.refusal import Unavailable
from tokenhouse.core.signing_key import SigningKey
from tokenhouse.kinds import ALL
from tokenhouse.kinds.organizational import ORGANIZATIONAL
from tokenhouse.kinds.personal import PERSONAL
from tokenhouse.kinds.session import SESSION
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Admit
from tokenhouse.operations.ask import Ask
from tokenhouse.operations.describe import Describe
from tokenhouse.operations.edit import EditToken
from tokenhouse.operations.found import FirstKeys, Found
from tokenhouse.operations.groups import Groups
from tokenhouse.operations.guessing import Guesses
from tokenhouse.operations.issue import Issue
from tokenhouse.operations.keep import Keep
from tokenhouse.operations.keys import Keys
from tokenhouse.operations.memberships import Memberships
from tokenhouse.operations.mint import Mint
from tokenhouse.operations.note import Notes
from tokenhouse.operations.ports import Attempts, Clock, Entropy, Hasher, Store
from tokenhouse.operations.revoke import Revoke
from tokenhouse.operations.rotate import Rotate
from tokenhouse.operations.set_up import SetUp
from tokenhouse.operations.sign_in import SignIn
from tokenhouse.operations.verify import Recogniser, Verify
from tokenhouse.signing.keyring import Keyring
from tokenhouse.signing.keys import Smith
from tokenhouse.signing.master_key import MasterKeyError
from tokenhouse.signing.master_keys import MasterKeys, refuse_unopenable
from tokenhouse.signing.password_rule import WellChosen
from tokenhouse.signing.passwords import Argon2Hasher
from tokenhouse.signing.places import Place, place
from tokenhouse.signing.sealing import AnswerSealer
from tokenhouse.store.opening import CannotOpen
from tokenhouse.store.sqlite import SqliteAttempts, open_sqlite


class Parts(msgspec.Struct, frozen=True):
    """What everything else is built on: where records are kept, and what time and chance give."""

    store: Store
    attempts: Attempts
    clock: Clock
    entropy: Entropy
    hasher: Hasher
    smith: Smith

    def keys(self) -> Keys:
        """The signing keys as operations know them."""
        return Keys(self.store, self.smith, self.clock, self.entropy)

    def set_up(self) -> SetUp:
        """What sets a new deployment up."""
        return SetUp(self.store, self.hasher, self.clock, Mint(self.entropy, BRAND))

    def found(self, first_keys: FirstKeys, issuer: str) -> Found:
        """What lets somebody found a deployment at this public URL; ValueError where it is none."""
        rule = WellChosen()
        return Found(self.store, self.set_up(), rule, first_keys, issuer=issuer, brand=BRAND)


class Opened(msgspec.Struct, frozen=True):
    """A data directory that was opened, and where its master key is kept; closed on leaving."""

    directory: Path
    parts: Parts
    place: Place

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.parts.store.close()

    def first_keys(self) -> tuple[SigningKey, ...]:
        """The keys of a new deployment, sealed under its master key, which is made if need be.

        Raises Unavailable with a sentence for the operator when there can be no master key.
        """
        try:
            master = self.place.make()
        except MasterKeyError as error:
            raise Unavailable(str(error)) from error
        return self.parts.keys().first(master.id)

    def refuse_unopenable(self) -> None:
        """Raise Unavailable unless every signing key opens; to be asked before serving."""
        try:
            refuse_unopenable(self.parts.store, self.place, self.parts.smith, self.directory)
        except MasterKeyError as error:
            raise Unavailable(str(error)) from error


def open_directory(directory: Path, environment: Mapping[str, str]) -> Opened:
    """Open a data directory, new or not.

    Raises Unavailable with a sentence for the operator when the database cannot be opened, or the
    place of the master key cannot be read.
    """
    try:
        kept_in = place(directory, environment, os.urandom)
        clock = SystemClock()
        store = open_sqlite(directory, clock, os.urandom)
    except (MasterKeyError, CannotOpen) as error:
        raise Unavailable(str(error)) from error
    clock.hold_floor(store.head()[1])
    parts = Parts(
        store=store,
        attempts=SqliteAttempts(directory / "attempts.db"),
        clock=clock,
        entropy=os.urandom,
        hasher=Argon2Hasher(),
        smith=Smith(MasterKeys(kept_in).find, os.urandom),
    )
    return Opened(directory, parts, kept_in)


def build(parts: Parts, deployment: Deployment) -> Authority:
    """Build everything that a face is given, for a deployment that was set up."""
    store, clock = parts.store, parts.clock
    signer = Keyring(store, parts.smith, clock)
    verify = Verify(Recogniser(ALL, signer, deployment.brand, deployment.issuer), store, clock)
    notes = Notes(store, clock)
    admit = Admit(verify, notes)
    keep = Keep(store, AnswerSealer(parts.entropy), clock)
    mint = Mint(parts.entropy, deployment.brand)
    return Authority(
        deployment=deployment,
        organizational=ORGANIZATIONAL,
        personal=PERSONAL,
        ask=Ask(verify, admit, clock, REVOCATION_REACH_MS),
        describe=Describe(admit, store),
        edit=EditToken(admit, store, clock),
        groups=Groups(admit, store, mint, clock),
        issue=Issue(admit, store, keep, mint, clock),
        keys=parts.keys(),
        memberships=Memberships(admit, store, clock),
        revoke=Revoke(admit, store, clock),
        rotate=Rotate(admit, store, keep, mint, clock),
        sign_in=SignIn(
            store, Guesses(parts.attempts, clock), parts.hasher, signer, clock, mint, SESSION, notes
        ),
        notes=notes,
    )
