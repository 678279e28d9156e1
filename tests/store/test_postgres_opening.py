"""A database is opened whole, by one process at a time, or refused with a sentence."""

import os
from threading import Barrier, Thread

import psycopg
import pytest
from msgspec.structs import replace

from conformance.world import HandClock, World
from postgres import Server, server
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
from tokenhouse.clock import LARGEST_STEP, StoreClock
from tokenhouse.core.client import ScopeAs
from tokenhouse.core.credential import Secret
from tokenhouse.core.principal import HolderKind
from tokenhouse.store.migrations import unseen
from tokenhouse.store.opening import CannotOpen
from tokenhouse.store.postgres import PostgresStore, open_postgres

AT_ONCE = 8


def test_processes_that_start_at_once_migrate_once(postgres: Server):
    url = postgres.url(postgres.new_database())
    barrier = Barrier(AT_ONCE)
    opened: list[PostgresStore] = []

    def act() -> None:
        barrier.wait()
        opened.append(open_postgres(url, HandClock(), os.urandom))

    threads = [Thread(target=act) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [store.head() for store in opened] == [(0, 0)] * AT_ONCE
    with psycopg.connect(url.reveal()) as connection:
        asked = "SELECT number FROM tokenhouse.migrations ORDER BY number"
        seen = connection.execute(asked).fetchall()
    assert seen == [(one.number,) for one in unseen("tokenhouse.store.postgres", ())]
    for store in opened:
        store.close()


def test_a_database_from_before_clocks_were_accepted_is_opened(postgres: Server):
    clock = HandClock()
    url = postgres.url(postgres.new_database())
    world = World(open_postgres(url, clock, os.urandom), clock)
    token, floor = world.issue(), world.store.floor()
    world.store.close()
    with psycopg.connect(url.reveal()) as connection:
        connection.execute("SET search_path TO tokenhouse")
        connection.execute(BEFORE_CLOCKS)
    world.store = open_postgres(url, clock, os.urandom)
    assert world.store.floor() == floor
    assert world.issue().sequence == token.sequence + 1
    world.store.close()


def test_tokens_from_before_there_were_clients_are_found_as_they_were(postgres: Server):
    clock = HandClock()
    url = postgres.url(postgres.new_database())
    world = World(open_postgres(url, clock, os.urandom), clock)
    token = world.issue(**AT_NO_CLIENT)
    world.store.close()
    with psycopg.connect(url.reveal()) as connection:
        connection.execute("SET search_path TO tokenhouse")
        connection.execute(BEFORE_CLIENTS)
    world.store = open_postgres(url, clock, os.urandom)
    found = world.store.find(token.id)
    assert found is not None
    assert found.token == token
    assert world.issue(holder_kind=HolderKind.CLIENT).sequence == token.sequence + 1
    world.store.close()


def test_a_client_from_before_scopes_had_a_form_is_told_them_as_the_address_has_it(
    postgres: Server,
):
    clock = HandClock()
    url = postgres.url(postgres.new_database())
    world = World(open_postgres(url, clock, os.urandom), clock)
    client = world.new_client(scope_as=ScopeAs.LIST)
    world.put(client)
    world.store.close()
    with psycopg.connect(url.reveal()) as connection:
        connection.execute("SET search_path TO tokenhouse")
        connection.execute(BEFORE_SCOPE_AS)
    world.store = open_postgres(url, clock, os.urandom)
    assert client_named(world.store, client.client_id) == replace(client, scope_as=ScopeAs.ADDRESS)
    world.store.close()


def test_a_sealed_string_from_before_is_found_with_the_token_that_it_is_of(postgres: Server):
    clock = HandClock()
    url = postgres.url(postgres.new_database())
    world = World(open_postgres(url, clock, os.urandom), clock)
    family = family_from_before(world)
    world.store.close()
    with psycopg.connect(url.reveal()) as connection:
        connection.execute("SET search_path TO tokenhouse")
        connection.execute(BEFORE_OWN_STRINGS)
    world.store = open_postgres(url, clock, os.urandom)
    assert_the_end_keeps_its_own_string(world.store, family)
    world.store.close()


def test_tokens_from_before_there_were_devices_are_found_as_they_were(postgres: Server):
    clock = HandClock()
    url = postgres.url(postgres.new_database())
    world = World(open_postgres(url, clock, os.urandom), clock)
    token = world.issue()
    world.store.close()
    with psycopg.connect(url.reveal()) as connection:
        connection.execute("SET search_path TO tokenhouse")
        connection.execute(BEFORE_DEVICES)
    world.store = open_postgres(url, clock, os.urandom)
    found = world.store.find(token.id)
    assert found is not None
    assert found.token == token
    assert world.issue(holder_kind=HolderKind.DEVICE).sequence == token.sequence + 1
    world.store.close()


def test_a_newer_schema_is_refused(postgres: Server):
    url = postgres.url(postgres.new_database())
    open_postgres(url, HandClock(), os.urandom).close()
    with psycopg.connect(url.reveal()) as connection:
        connection.execute("INSERT INTO tokenhouse.migrations VALUES (9999, 0)")
    with pytest.raises(CannotOpen, match="migration 9999"):
        open_postgres(url, HandClock(), os.urandom)


def test_a_migration_that_fails_leaves_nothing_behind(postgres: Server):
    """A table of the same name stands in the way, so the one step cannot be done whole."""
    url = postgres.url(postgres.new_database())
    with psycopg.connect(url.reveal()) as connection:
        connection.execute("CREATE SCHEMA tokenhouse CREATE TABLE feed (wrong int)")
    with pytest.raises(CannotOpen):
        open_postgres(url, HandClock(), os.urandom)
    with psycopg.connect(url.reveal()) as connection:
        there = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'tokenhouse'"
        ).fetchall()
    assert there == [("feed",)]


def test_a_server_that_may_forget_what_it_acknowledged_is_refused():
    with server("fsync=off") as own, pytest.raises(CannotOpen, match=r"fsync = off.*power cut"):
        open_postgres(own.url(own.new_database()), HandClock(), os.urandom)


def test_commits_are_synced_whatever_the_database_says(postgres: Server):
    name = postgres.new_database()
    with postgres.connect() as connection:
        connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    store = open_postgres(postgres.url(name), HandClock(), os.urandom)
    _, rows = store._committer._writer._session.command("SHOW synchronous_commit")
    assert rows == [("on",)]
    store.close()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ops:planted-password@/db?host=/nowhere",
        "postgresql://ops:planted-password@127.0.0.1:1/db",
        "postgresql://ops:planted-password@[::1/db",
        "postgresql://ops:planted-password@h:port/db?nonsense=1",
        "mysql://ops:planted-password@host/db",
    ],
)
def test_what_cannot_be_opened_is_refused_without_its_password(url: str):
    with pytest.raises(CannotOpen) as refused:
        open_postgres(Secret(url), HandClock(), os.urandom)
    shown: BaseException | None = refused.value
    while shown is not None:
        assert "planted" not in str(shown)
        shown = shown.__cause__
    assert len(str(refused.value)) > 20


def test_a_database_in_another_encoding_is_refused(postgres: Server):
    with postgres.connect() as connection:
        connection.execute("CREATE DATABASE latin TEMPLATE template0 ENCODING LATIN1 LOCALE 'C'")
    with pytest.raises(CannotOpen, match="server_encoding = LATIN1"):
        open_postgres(postgres.url("latin"), HandClock(), os.urandom)


def test_the_clock_is_the_servers(postgres: Server):
    clock = StoreClock()
    with postgres.database() as url:
        store = open_postgres(url, clock, os.urandom)
        with psycopg.connect(url.reveal()) as connection:
            row = connection.execute("SELECT extract(epoch FROM clock_timestamp())").fetchone()
        assert row is not None
        assert abs(int(row[0] * 1_000_000) - clock.now()) < LARGEST_STEP
        store.close()


def test_who_reads_alone_needs_one_connection(postgres: Server):
    url = postgres.url(postgres.new_database())
    clock = HandClock()
    store = open_postgres(url, clock, os.urandom)
    with psycopg.connect(url.reveal(), autocommit=True) as watch:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        before = watch.execute(asked).fetchone()
        for _ in range(20):
            assert store.head() == (0, 0)
        assert watch.execute(asked).fetchone() == before
    store.close()
