"""Opens the place of a deployment: its records on the engine that is named, its master key."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self, TypeAlias

import msgspec

from tokenhouse.clock import StoreClock, SystemClock
from tokenhouse.config import Settings
from tokenhouse.config.forms import shown_database
from tokenhouse.core.credential import Secret
from tokenhouse.core.refusal import Unavailable
from tokenhouse.core.signing_key import SigningKey
from tokenhouse.operations import Authority
from tokenhouse.operations.ports import Attempts, Store, UsageStore
from tokenhouse.operations.usage import Usage
from tokenhouse.signing.keys import Smith
from tokenhouse.signing.master_key import MasterKeyError
from tokenhouse.signing.master_keys import MasterKeys, refuse_unopenable
from tokenhouse.signing.passwords import Argon2Hasher
from tokenhouse.signing.places import Place, place
from tokenhouse.store.opening import CannotOpen
from tokenhouse.store.sqlite import SqliteAttempts, SqliteUsage, open_sqlite
from tokenhouse.wiring.authority import build
from tokenhouse.wiring.parts import Parts


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
        with suppress(Unavailable):  # what could not be written all the while is lost
            self.parts.usage.write()
        self.parts.usage.store.close()
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
    store, attempts, uses, clock = engine
    floor = store.floor()
    clock.hold_floor(floor.moment, floor.accepted)
    smith = Smith(MasterKeys(kept_in).find, os.urandom)
    usage = Usage(uses, os.urandom)
    parts = Parts(store, attempts, usage, clock, os.urandom, Argon2Hasher(), smith)
    where, options = str(settings.data), f"--data {settings.data}"
    if settings.store is not None:
        where = shown_database(settings.store)
        options = f"--store '{where}' {options}"
    return Opened(parts, kept_in, where, options)


_Engine: TypeAlias = tuple[Store, Attempts, UsageStore, SystemClock | StoreClock]


def _sqlite(directory: Path) -> _Engine:
    clock = SystemClock()
    store = open_sqlite(directory, clock, os.urandom)
    attempts = SqliteAttempts(directory / "attempts.db")
    return store, attempts, SqliteUsage(directory / "usage.db"), clock


def _postgres(url: Secret) -> _Engine:
    try:
        from tokenhouse.store.postgres import PostgresAttempts, PostgresUsage, open_postgres
    except ImportError as missing:
        raise CannotOpen(
            f"PostgreSQL needs {missing.name or 'libpq'}, which is not installed: "
            "pip install 'tokenhouse[postgres]'"
        ) from None
    clock = StoreClock()
    store = open_postgres(url, clock, os.urandom)
    return store, PostgresAttempts(url), PostgresUsage(url), clock
