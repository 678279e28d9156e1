"""Brief requests share a thread: what takes long goes beside it, and commits go together."""

import json
import time
from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import pytest

from server.laning import Twice, post, twice, verify
from server.scenes import asked
from tokenhouse.faces import account_tokens, fleet, oauth
from tokenhouse.sharing import SharedThread, shared_thread

JSON = "Content-Type: application/json"
PATIENCE = 10.0


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twice]:
    with twice(tmp_path_factory.mktemp("shared")) as built:
        yield built


def issue(at: Twice) -> bytes:
    body = json.dumps({"description": "one of many"}).encode()
    return post("/account/tokens", body, f"Authorization: Token {at.token}", JSON)


@pytest.fixture
def committed_by(at: Twice, monkeypatch: pytest.MonkeyPatch) -> list[SharedThread | None]:
    """On which shared thread each commit was asked for."""
    committer, told = at.at.stage.store._committer, list[SharedThread | None]()
    commit = committer.commit

    def watched(change: Any, meanwhile: Any) -> Any:
        told.append(shared_thread())
        return commit(change, meanwhile)

    monkeypatch.setattr(committer, "commit", watched)
    return told


def test_a_password_that_is_being_checked_holds_no_brief_request_up(
    at: Twice, committed_by: list[SharedThread | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    hasher, checking, gate = at.at.stage.parts.hasher, Event(), Event()
    check = hasher._verify

    def slowly(phc: str, typed: bytes) -> bool:
        checking.set()
        assert gate.wait(PATIENCE)
        return check(phc, typed)

    monkeypatch.setattr(hasher, "_verify", slowly)
    body, answers = (
        json.dumps({"username": "nobody@here.example", "password": "a guess"}),
        list[int](),
    )
    signing_in = Thread(
        target=lambda: answers.append(asked(at, post("/login", body.encode(), JSON))[0])
    )
    signing_in.start()
    assert checking.wait(PATIENCE)
    assert [asked(at, issue(at))[0] for _ in range(3)] == [201] * 3
    assert not answers
    gate.set()
    signing_in.join()
    assert answers == [401]
    assert len(committed_by) == 3
    assert None not in committed_by
    assert len(set(committed_by)) == 1


def test_those_who_ask_at_the_same_time_are_committed_together(
    at: Twice, monkeypatch: pytest.MonkeyPatch
) -> None:
    committer, batches = at.at.stage.store._committer, list[int]()
    transact = committer._transact

    def watched(batch: list[Any], *, grows: bool) -> Any:
        until = time.monotonic() + PATIENCE
        while sum(batches) + len(batch) + len(committer._tickets) < 32:
            assert time.monotonic() < until, "they do not all come while one commit is under way"
            time.sleep(0.001)
        outcomes = transact(batch, grows=grows)
        batches.append(len(batch))
        return outcomes

    monkeypatch.setattr(committer, "_transact", watched)
    answers = list[int]()
    threads = [Thread(target=lambda: answers.append(asked(at, issue(at))[0])) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [201] * 32
    assert sum(batches) == 32
    assert len(batches) <= 2


def test_a_list_takes_a_thread_of_its_own(at: Twice, monkeypatch: pytest.MonkeyPatch) -> None:
    store, told = at.at.stage.store, list[SharedThread | None]()
    page = store.page_tokens

    def watched(*wanted: Any) -> Any:
        told.append(shared_thread())
        return page(*wanted)

    monkeypatch.setattr(store, "page_tokens", watched)
    assert asked(at, verify(at.token, "/account/tokens"))[0] == 200
    assert told == [None]


def test_what_many_clients_ask_all_day_is_brief() -> None:
    routes = (*account_tokens.FACE.routes, *fleet.face(200).routes, *oauth.FACE.routes)
    brief = {str(route) for route in routes if route.brief}
    assert {
        "POST /account/tokens",
        "POST /account/tokens/{token_id}/rotate",
        "DELETE /account/tokens/{token_id}",
        "POST /oauth/token",
        "POST /v2/token",
        "POST /oauth/revoke",
        "POST /login",
        "POST /loginDevice",
    } <= brief
