"""The file belongs to its owner alone, and only a program that knows it opens it."""

import os
import stat
from pathlib import Path

import apsw
import pytest
from msgspec.structs import replace

from conformance.world import HandClock, World
from registered import client_named
from store.shared import (
    AT_NO_CLIENT,
    BEFORE_CLIENTS,
    BEFORE_CLOCKS,
    BEFORE_DEVICES,
    BEFORE_OWN_STRINGS,
    BEFORE_SCOPE_AS,
    assert_the_end_keeps_its_own_string,
    family_from_before,
)
from tokenhouse.core.client import ScopeAs
from tokenhouse.core.identifier import PENDING
from tokenhouse.core.principal import HolderKind
from tokenhouse.store.opening import CannotOpen
from tokenhouse.store.sqlite import FILE, SqliteStore, file, open_sqlite


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_nobody_but_the_owner_can_read_any_file(tmp_path: Path, clock: HandClock):
    directory = tmp_path / "new" / "data"
    before = os.umask(0)
    try:
        store = open_sqlite(directory, clock, os.urandom)
        World(store, clock)
        files = sorted(directory.iterdir())
        assert [file.name for file in files] == [FILE, f"{FILE}-shm", f"{FILE}-wal"]
        assert {_mode(file) for file in files} == {0o600}
        assert _mode(directory) == 0o700
        store.close()
    finally:
        os.umask(before)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o602])
def test_a_file_that_others_can_read_is_not_opened(tmp_path: Path, clock: HandClock, mode: int):
    open_sqlite(tmp_path, clock, os.urandom).close()
    (tmp_path / FILE).chmod(mode)
    with pytest.raises(CannotOpen, match="chmod 600"):
        open_sqlite(tmp_path, clock, os.urandom)


def test_what_was_committed_is_there_after_opening_anew(tmp_path: Path, clock: HandClock):
    store = open_sqlite(tmp_path, clock, os.urandom)
    world = World(store, clock)
    token = world.issue()
    image = world.image()
    store.close()
    world.store = open_sqlite(tmp_path, clock, os.urandom)
    assert world.image() == image
    found = world.store.find(token.id)
    assert found is not None
    assert found.token == token
    assert world.issue().number == 2
    world.store.close()


def test_a_database_from_before_clocks_were_accepted_is_opened(world: World, tmp_path: Path):
    token = world.issue()
    floor = world.store.floor()
    world.store.close()
    connection = apsw.Connection(str(tmp_path / FILE))
    connection.execute(BEFORE_CLOCKS)
    connection.close()
    world.store = open_sqlite(tmp_path, world.clock, os.urandom)
    assert world.store.floor() == floor
    assert world.issue().sequence == token.sequence + 1
    world.store.close()


def test_tokens_from_before_there_were_clients_are_found_as_they_were(world: World, tmp_path: Path):
    tokens = [world.issue(**AT_NO_CLIENT, number=number) for number in (None, PENDING, PENDING)]
    world.store.close()
    connection = apsw.Connection(str(tmp_path / FILE))
    connection.execute(BEFORE_CLIENTS)
    connection.close()
    world.store = open_sqlite(tmp_path, world.clock, os.urandom)
    found = [world.store.find(token.id) for token in tokens]
    assert [one and one.token for one in found] == tokens
    own = world.issue(holder_kind=HolderKind.CLIENT)
    assert own.number == 3
    world.store.close()


def test_a_client_from_before_scopes_had_a_form_is_told_them_as_the_address_has_it(
    world: World, tmp_path: Path
):
    client = world.new_client(scope_as=ScopeAs.LIST)
    world.put(client)
    world.store.close()
    connection = apsw.Connection(str(tmp_path / FILE))
    connection.execute(BEFORE_SCOPE_AS)
    connection.close()
    world.store = open_sqlite(tmp_path, world.clock, os.urandom)
    assert client_named(world.store, client.client_id) == replace(client, scope_as=ScopeAs.ADDRESS)


def test_a_sealed_string_from_before_is_found_with_the_token_that_it_is_of(
    world: World, tmp_path: Path
):
    family = family_from_before(world)
    world.store.close()
    connection = apsw.Connection(str(tmp_path / FILE))
    connection.execute(BEFORE_OWN_STRINGS)
    connection.close()
    world.store = open_sqlite(tmp_path, world.clock, os.urandom)
    assert_the_end_keeps_its_own_string(world.store, family)
    world.store.close()


def test_tokens_from_before_there_were_devices_are_found_as_they_were(world: World, tmp_path: Path):
    tokens = [world.issue(number=number) for number in (None, PENDING, PENDING)]
    world.store.close()
    connection = apsw.Connection(str(tmp_path / FILE))
    connection.execute(BEFORE_DEVICES)
    connection.close()
    world.store = open_sqlite(tmp_path, world.clock, os.urandom)
    found = [world.store.find(token.id) for token in tokens]
    assert [one and one.token for one in found] == tokens
    assert world.issue(holder_kind=HolderKind.DEVICE).number == 3
    world.store.close()


def test_a_database_of_a_later_version_is_not_opened(tmp_path: Path, clock: HandClock):
    open_sqlite(tmp_path, clock, os.urandom).close()
    connection = apsw.Connection(str(tmp_path / FILE))
    connection.execute("INSERT INTO migrations VALUES (9999, 0)")
    connection.close()
    with pytest.raises(CannotOpen, match="migration 9999"):
        open_sqlite(tmp_path, clock, os.urandom)


def test_an_sqlite_that_can_corrupt_its_log_is_not_used(
    tmp_path: Path, clock: HandClock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(file, "OLDEST_LIBRARY", (999, 0, 0))
    with pytest.raises(CannotOpen, match=r"999\.0\.0"):
        open_sqlite(tmp_path, clock, os.urandom)
    assert not (tmp_path / FILE).exists()


def test_the_log_does_not_grow_with_the_number_of_commits(world: World, tmp_path: Path):
    log = tmp_path / f"{FILE}-wal"
    sizes = set()
    for _ in range(6):
        for _ in range(200):
            world.put(*(world.new_token(description="x" * 400) for _ in range(8)))
        sizes.add(log.stat().st_size)
    assert max(sizes) < 12_000_000


def test_an_erased_body_is_nowhere_in_the_files(world: World, tmp_path: Path):
    needle = "address-that-must-go"
    change = world.change()
    event = change.events[0]
    event.details["needle"] = needle
    assert isinstance(world.store, SqliteStore)
    world.store.commit(change)
    world.store.purge(world.clock.moment + 10**15, {}, 1000)
    world.store.close()
    for one in tmp_path.iterdir():
        assert needle.encode() not in one.read_bytes()
