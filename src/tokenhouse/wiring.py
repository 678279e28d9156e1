"""The composition root: what a process is built from, and in which order."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Self, TypeAlias

import msgspec

from tokenhouse.clock import StoreClock, SystemClock
from tokenhouse.config import BRAND, REVOCATION_REACH_MS, Settings
from tokenhouse.config.forms import shown_database
from tokenhouse.core.credential import Secret
from tokenhouse.core.principal import Deployment
from tokenhouse.core.refusal import Unavailable
from tokenhouse.core.signing_key import SigningKey
from tokenhouse.kinds import ALL
from tokenhouse.kinds.organizational import ORGANIZATIONAL
from tokenhouse.kinds.personal import PERSONAL
from tokenhouse.kinds.session import SESSION
from tokenhouse.operations import Authority
from tokenhouse.operations.accept import Accept
from tokenhouse.operations.admit import Admit
from tokenhouse.operations.ask import Ask
from tokenhouse.operations.chain import Chain
from tokenhouse.operations.change_email import ChangeEmail
from tokenhouse.operations.change_password import ChangePassword
from tokenhouse.operations.clock import Clocks
from tokenhouse.operations.describe import Describe
from tokenhouse.operations.edit import EditToken
from tokenhouse.operations.feed import Feed
from tokenhouse.operations.found import FirstKeys, Found
from tokenhouse.operations.groups import Groups
from tokenhouse.operations.guessing import Guesses
from tokenhouse.operations.invite import Invite
from tokenhouse.operations.issue import Issue
from tokenhouse.operations.keep import Keep
from tokenhouse.operations.keys import Keys
from tokenhouse.operations.links import Links
from tokenhouse.operations.me import Me
from tokenhouse.operations.memberships import Memberships
from tokenhouse.operations.mint import Mint
from tokenhouse.operations.note import Notes
from tokenhouse.operations.organizations import Organizations
from tokenhouse.operations.people import People
from tokenhouse.operations.permissions import ListPermissions
from tokenhouse.operations.policies import SetPolicies
from tokenhouse.operations.ports import Attempts, Entropy, Hasher, Store, WatchedClock
from tokenhouse.operations.prove import Prove
from tokenhouse.operations.ready import Ready
from tokenhouse.operations.recover import Recover, Redeem
from tokenhouse.operations.revoke import Revoke
from tokenhouse.operations.rotate import Rotate
from tokenhouse.operations.set_up import SetUp
from tokenhouse.operations.sign_in import SignIn
from tokenhouse.operations.signing_keys import SigningKeys
from tokenhouse.operations.tokens import Tokens
from tokenhouse.operations.trail import Trail
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
    clock: WatchedClock
    entropy: Entropy
    hasher: Hasher
    smith: Smith

    def keys(self) -> Keys:
        """The signing keys as operations know them."""
        return Keys(self.store, self.smith, self.clock, self.entropy)

    def clocks(self) -> Clocks:
        """What can be done about the store's clock."""
        return Clocks(self.store, self.clock)

    def set_up(self) -> SetUp:
        """What sets a new deployment up."""
        return SetUp(self.store, self.hasher, self.clock, Mint(self.entropy, BRAND))

    def ready(self) -> Ready:
        """What tells whether this process can do its work."""
        signer = Keyring(self.store, self.smith, self.clock)
        return Ready(self.store, signer.refuse_unable, self.clock)

    def found(self, first_keys: FirstKeys, issuer: str) -> Found:
        """What lets somebody found a deployment at this public URL; ValueError where it is none."""
        rule = WellChosen()
        return Found(self.store, self.set_up(), rule, first_keys, issuer=issuer, brand=BRAND)


class Opened(msgspec.Struct, frozen=True):
    """A deployment that was opened, set up or not; closed on leaving.

    `place` is where its master key is kept, `where` what people call the place of its records,
    without a secret, `options` what names it on the command line.
    """

    parts: Parts
    place: Place
    where: str
    options: str

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.parts.store.close()
        self.parts.attempts.close()

    def authority(self) -> Authority:
        """All that can be asked of it, once it was set up."""
        deployment = self.parts.store.deployment()
        assert deployment is not None
        return build(self.parts, deployment)

    def first_keys(self) -> tuple[SigningKey, ...]:
        """The keys of a new deployment, sealed under its master key, which is made if need be.

        Raises Unavailable with a sentence for the operator when there can be no master key.
        """
        try:
            master = self.place.make()
        except MasterKeyError as error:
            raise Unavailable(str(error)) from error
        return self.parts.keys().first(master.id)

    def refuse_bad_place(self) -> None:
        """Raise Unavailable where the place of the master key holds something else."""
        try:
            self.place.read()
        except MasterKeyError as error:
            raise Unavailable(str(error)) from error

    def refuse_unopenable(self) -> None:
        """Raise Unavailable unless every signing key opens; to be asked before serving."""
        command = f"tokenhouse keys abandon {self.options} --yes"
        try:
            refuse_unopenable(self.parts.store, self.place, self.parts.smith, command)
        except MasterKeyError as error:
            raise Unavailable(str(error)) from error


def make_directory(directory: Path) -> None:
    """Make a data directory that only its owner can read; raises Unavailable."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"{directory} cannot hold the data: {error.strerror}.") from None


def open_deployment(settings: Settings, environment: Mapping[str, str]) -> Opened:
    """Open the deployment of these settings, new or not, on the engine that they name.

    Raises Unavailable with a sentence for the operator when its records cannot be opened, or the
    place of the master key cannot be read.
    """
    try:
        kept_in = place(settings.data, settings.master_key, environment, os.urandom)
        engine = _sqlite(settings.data) if settings.store is None else _postgres(settings.store)
    except (MasterKeyError, CannotOpen) as error:
        raise Unavailable(str(error)) from error
    store, attempts, clock = engine
    floor = store.floor()
    clock.hold_floor(floor.moment, floor.accepted)
    smith = Smith(MasterKeys(kept_in).find, os.urandom)
    parts = Parts(store, attempts, clock, os.urandom, Argon2Hasher(), smith)
    where, options = str(settings.data), f"--data {settings.data}"
    if settings.store is not None:
        where = shown_database(settings.store)
        options = f"--store '{where}' {options}"
    return Opened(parts, kept_in, where, options)


_Engine: TypeAlias = tuple[Store, Attempts, SystemClock | StoreClock]


def _sqlite(directory: Path) -> _Engine:
    clock = SystemClock()
    store = open_sqlite(directory, clock, os.urandom)
    return store, SqliteAttempts(directory / "attempts.db"), clock


def _postgres(url: Secret) -> _Engine:
    try:
        from tokenhouse.store.postgres import PostgresAttempts, open_postgres
    except ImportError as missing:
        raise CannotOpen(
            f"PostgreSQL needs {missing.name or 'libpq'}, which is not installed: "
            "pip install 'tokenhouse[postgres]'"
        ) from None
    clock = StoreClock()
    store = open_postgres(url, clock, os.urandom)
    return store, PostgresAttempts(url), clock


def build(parts: Parts, deployment: Deployment, notes: Notes | None = None) -> Authority:
    """Build everything that a face is given, for a deployment that was set up."""
    store, clock = parts.store, parts.clock
    signer = Keyring(store, parts.smith, clock)
    verify = Verify(Recogniser(ALL, signer, deployment.brand, deployment.issuer), store, clock)
    notes = notes or Notes(store, clock)
    admit = Admit(verify, store, notes)
    keep = Keep(store, AnswerSealer(parts.entropy), clock)
    mint = Mint(parts.entropy, deployment.brand)
    guesses, prove, rule = Guesses(parts.attempts, clock), Prove(parts.hasher, notes), WellChosen()
    links = Links(store, guesses, clock, parts.entropy, deployment.brand, ORGANIZATIONAL)
    return Authority(
        deployment=deployment,
        organizational=ORGANIZATIONAL,
        personal=PERSONAL,
        ask=Ask(verify, admit, clock, REVOCATION_REACH_MS),
        describe=Describe(admit, store),
        edit=EditToken(admit, store, clock),
        groups=Groups(admit, store, keep, mint, clock),
        issue=Issue(admit, store, keep, mint, clock),
        keys=parts.keys(),
        memberships=Memberships(admit, store, clock),
        revoke=Revoke(admit, store, clock),
        rotate=Rotate(admit, store, keep, mint, clock),
        sign_in=SignIn(store, guesses, parts.hasher, signer, clock, mint, SESSION, notes),
        notes=notes,
        accept=Accept(store, links, guesses, prove, parts.hasher, rule, mint, clock),
        change_email=ChangeEmail(admit, store, clock),
        change_password=ChangePassword(admit, store, guesses, prove, parts.hasher, rule, clock),
        invite=Invite(admit, store, keep, links, mint, clock),
        recover=Recover(admit, store, links, mint, clock),
        redeem=Redeem(store, links, parts.hasher, rule, clock),
        permissions=ListPermissions(admit, store),
        trail=Trail(admit, store),
        chain=Chain(admit, store),
        feed=Feed(admit, store),
        signing_keys=SigningKeys(
            admit, store, parts.smith, clock, parts.entropy, longest_life=_longest_signed_life()
        ),
        me=Me(admit, store, clock),
        organizations=Organizations(admit, store, keep, mint, clock),
        people=People(admit, store, clock),
        session=SESSION,
        tokens=Tokens(admit, store, clock),
        policies=SetPolicies(admit, store, clock),
    )


def _longest_signed_life() -> int:
    """Microseconds that the longest-lived token lives which is signed."""
    return max(kind.lifetime.after(0) for kind in ALL if kind.typ and kind.lifetime)
