"""Only a yes is taken from memory: what somebody was given elsewhere counts at once."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from msgspec.structs import replace

from redeeming import Redeemer
from registered import client_named, register
from stage import ADMINISTRATOR, CLIENT, Stage
from tokenhouse.clock import SystemClock
from tokenhouse.core.client import Client, Grant
from tokenhouse.core.credential import Secret, fingerprint, mint
from tokenhouse.core.events import Event, Name
from tokenhouse.core.identifier import PENDING
from tokenhouse.core.judge import UNKNOWN
from tokenhouse.core.kind import Spelling
from tokenhouse.core.principal import DEPLOYMENT, Membership
from tokenhouse.operations.changes import Change, Committed, Guard, Put
from tokenhouse.operations.grant_client import ClientGrant
from tokenhouse.operations.ports import Store
from tokenhouse.store.sqlite import SqliteAttempts, open_sqlite

Two = tuple[Stage, Store]


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    """A firm in a process that sees nothing of what others commit, and another process."""
    clock = SystemClock()
    store, attempts = open_sqlite(tmp_path, clock, os.urandom), SqliteAttempts(tmp_path / "a.db")
    stage, other = Stage(store, attempts, clock, tmp_path), open_sqlite(tmp_path, clock, os.urandom)
    store._follower._catch_up = lambda: None  # type: ignore[method-assign]
    yield stage, other
    other.close()
    store.close()
    attempts.close()


def put(store: Store, record: Membership | Client, before: Membership | Client) -> None:
    """Write a record past every operation."""
    guards = (Guard(type(before), before.id, before.version),)
    event = Event(Name.MEMBERSHIP_CHANGED, DEPLOYMENT, None, None, record.id)
    assert isinstance(store.commit(Change(DEPLOYMENT, guards, (Put(record),), (event,))), Committed)


def test_who_is_resumed_elsewhere_is_let_in_at_once(two: Two):
    stage, other = two
    signed_in = stage.sign_in(CLIENT)
    before = stage.membership(CLIENT)
    suspended = replace(before, version=before.version + 1, suspended=True)
    put(stage.store, suspended, before)
    assert not stage.verdict(signed_in.secret, None, Spelling.BEARER).active
    put(other, replace(suspended, version=suspended.version + 1, suspended=False), suspended)
    found = stage.store.find(signed_in.token.id)
    assert found is not None
    assert found.standing.membership == suspended, "nothing was taken from memory"
    assert stage.verdict(signed_in.secret, None, Spelling.BEARER).active


def test_a_client_that_is_resumed_elsewhere_goes_on_at_once(two: Two):
    stage, other = two
    at = register(stage, grants=frozenset(Grant), permissions=frozenset({"SystemsRead"}))
    redeemer = Redeemer(stage, at)
    text = redeemer.sign_in()
    client = client_named(stage.store, at.credentials.client_id)
    assert client is not None
    suspended = replace(client, version=client.version + 1, suspended=True)
    put(stage.store, suspended, client)
    assert client_named(stage.store, at.credentials.client_id) == suspended
    put(other, replace(suspended, version=suspended.version + 1, suspended=False), suspended)
    assert client_named(stage.store, at.credentials.client_id) == suspended
    assert redeemer.redeem(text)


def test_a_client_by_itself_goes_on_at_once_as_well(two: Two):
    stage, other = two
    at = register(stage, grants=frozenset(Grant), permissions=frozenset({"SystemsRead"}))
    client = client_named(stage.store, at.credentials.client_id)
    assert client is not None
    suspended = replace(client, version=client.version + 1, suspended=True)
    put(stage.store, suspended, client)
    assert client_named(stage.store, at.credentials.client_id) == suspended
    put(other, replace(suspended, version=suspended.version + 1, suspended=False), suspended)
    assert stage.authority.grants.client(ClientGrant(at.credentials)).access


def test_an_application_of_somebody_who_is_resumed_elsewhere_refreshes_at_once(two: Two):
    stage, other = two
    redeemer = Redeemer(stage, register(stage, grants=frozenset(Grant)))
    text, before = redeemer.sign_in(CLIENT), stage.membership(CLIENT)
    suspended = replace(before, version=before.version + 1, suspended=True)
    put(stage.store, suspended, before)
    assert redeemer.redeem(text) is None
    put(other, replace(suspended, version=suspended.version + 1, suspended=False), suspended)
    assert redeemer.redeem(text)


def test_a_string_that_nobody_issued_is_looked_for_once(two: Two, monkeypatch: pytest.MonkeyPatch):
    stage, _ = two
    unknown, garbage = mint("th", "o", bytes(32)), Secret("tho_" + "a1" * 18)
    reads, read = [], stage.store._once
    monkeypatch.setattr(stage.store, "_once", lambda ask: reads.append(ask) or read(ask))
    for text, times in ((unknown, 1), (garbage, 0)):
        reads.clear()
        assert stage.verdict(text, None, Spelling.TOKEN) is UNKNOWN
        assert len(reads) == times


def test_a_token_that_was_issued_elsewhere_just_now_is_known_though_it_was_not_before(two: Two):
    stage, other = two
    issued = stage.issue(stage.session(ADMINISTRATOR))
    text = mint("th", "o", bytes(range(32)))
    assert stage.verdict(text, None, Spelling.TOKEN) is UNKNOWN
    token = replace(
        issued.described.token,
        id=UUID(int=issued.described.token.id.int + 1),
        family_id=UUID(int=issued.described.token.family_id.int + 1),
        fingerprint=fingerprint(text.reveal()),
        number=PENDING,
    )
    event = Event(Name.TOKEN_ISSUED, DEPLOYMENT, None, None, token.id)
    assert isinstance(other.commit(Change(DEPLOYMENT, (), (Put(token),), (event,))), Committed)
    assert stage.verdict(text, None, Spelling.TOKEN).active
