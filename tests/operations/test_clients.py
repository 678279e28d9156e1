"""Clients: what a decision about one rests on, how many there are, where a secret is kept."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest
from msgspec.structs import replace

from operations.meanwhile import before
from registered import client_named
from stage import ADMINISTRATOR, Stage, caller
from tokenhouse.core.client import Grant, is_secret_of
from tokenhouse.core.identifier import PENDING
from tokenhouse.core.kind import Spelling
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.changes import Stretch
from tokenhouse.operations.client_terms import ClientTerms
from tokenhouse.operations.clients import MOST_CLIENTS, ClientDraft, Registered
from tokenhouse.operations.issue import Draft

ALONE = frozenset({Grant.CLIENT_CREDENTIALS})

in_memory = pytest.mark.parametrize("stage", ["memory"], indirect=True)


def register(stage: Stage, by: Caller | None = None, **terms: object) -> Registered:
    draft = ClientDraft(ClientTerms(**{"label": "Portal", **terms}))
    return stage.authority.clients.create(by or stage.session(), draft)


def carry(stage: Stage, *names: str) -> None:
    """The administrator carries exactly these groups from now on."""
    kept = stage.membership(ADMINISTRATOR)
    groups = tuple(stage.group(name).id for name in names)
    stage.put(replace(kept, version=kept.version + 1, groups=groups), kept)


def refusal_of(deed: Callable[[], object]) -> Code:
    with pytest.raises(Refused) as refused:
        deed()
    return refused.value.code


def test_a_client_is_kept_with_its_secret_and_both_are_good_on_every_engine(stage: Stage):
    registered = register(stage)
    added = stage.authority.client_secrets.add(stage.session(), registered.client.id)
    found = client_named(stage.store, registered.client.client_id)
    assert found == added.client
    assert found is not None
    assert registered.secret is not None
    assert added.secret is not None
    assert is_secret_of(found, registered.secret)
    assert is_secret_of(found, added.secret)
    listed = stage.authority.clients.page(stage.session(), Stretch(10))
    assert listed.rows[-1] == found
    stage.authority.clients.remove(stage.session(), found.id)
    assert client_named(stage.store, found.client_id) is None


def test_no_file_and_no_event_holds_a_secret(stage: Stage):
    by = caller(stage.sign_in().secret, Spelling.BEARER, key="k")
    registered = register(stage, by)
    added = stage.authority.client_secrets.add(stage.session(), registered.client.id)
    texts = [one.secret.reveal() for one in (registered, added) if one.secret is not None]
    assert len(texts) == 2
    told = json.dumps([event.body for event in stage.store.events(None, 0, 1000)])
    kept = b"".join(_contents(stage.directory))
    for text in texts:
        assert text not in told
        assert text.encode() not in kept


def _contents(directory: Path) -> list[bytes]:
    return [path.read_bytes() for path in directory.rglob("*") if path.is_file()]


def test_of_many_secrets_that_are_added_at_once_one_is(stage: Stage):
    client, by = register(stage).client, stage.session()

    def add(_: int) -> Code | None:
        try:
            stage.authority.client_secrets.add(by, client.id)
        except Refused as refused:
            return refused.code
        return None

    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(add, range(4)))
    assert sorted(outcomes, key=str) == [None, *[Code.UNPROCESSABLE] * 3]
    kept = client_named(stage.store, client.client_id)
    assert kept is not None
    assert len(kept.secrets) == 2


@in_memory
def test_of_two_secrets_that_are_removed_at_once_one_stays(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    client = register(stage).client
    secrets = stage.authority.client_secrets
    first, second = secrets.add(stage.session(), client.id).client.secrets
    by = stage.session()
    before(monkeypatch, stage.store, "commit", lambda: secrets.remove(by, client.id, first.id))
    removed = refusal_of(lambda: secrets.remove(by, client.id, second.id))
    assert removed is Code.UNPROCESSABLE
    kept = client_named(stage.store, client.client_id)
    assert kept is not None
    assert kept.secrets == (second,)


@in_memory
@pytest.mark.parametrize("what", ["create", "edit"])
def test_a_group_that_goes_meanwhile_is_given_to_no_client(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, what: str
):
    by, group, client = stage.session(), stage.group("Metering"), register(stage).client
    given = ClientTerms(group_id=group.id)
    deeds: dict[str, Callable[[], object]] = {
        "create": lambda: register(stage, by, group_id=group.id),
        "edit": lambda: stage.authority.clients.edit(by, client.id, given),
    }

    def remove() -> None:
        stage.authority.groups.remove(by, stage.organization_id, group.id)

    before(monkeypatch, stage.store, "commit", remove)
    assert refusal_of(deeds[what]) is Code.MALFORMED


@in_memory
def test_who_loses_a_right_meanwhile_gives_it_to_no_client(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    by = stage.session()
    before(monkeypatch, stage.store, "commit", lambda: carry(stage, "Client"))
    given = {"permissions": frozenset({"EventsRead"})}
    assert refusal_of(lambda: register(stage, by, **given)) is Code.FORBIDDEN


@in_memory
def test_a_client_that_becomes_stronger_meanwhile_gives_no_secret_to_who_is_weaker(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    client, strong = register(stage, grants=ALONE).client, stage.session()
    carry(stage, "Client")
    weak = stage.session()

    def strengthen() -> None:
        kept = client_named(stage.store, client.client_id)
        assert kept is not None
        grown = replace(kept, version=kept.version + 1, permissions=frozenset({"EventsRead"}))
        stage.put(grown, kept)

    before(monkeypatch, stage.store, "commit", strengthen)
    add = stage.authority.client_secrets.add
    assert refusal_of(lambda: add(weak, client.id)) is Code.FORBIDDEN
    assert refusal_of(lambda: add(strong, client.id)) is Code.FORBIDDEN


@in_memory
def test_a_retry_gives_no_secret_of_a_client_that_has_become_stronger_than_its_asker(stage: Stage):
    by = caller(stage.sign_in().secret, Spelling.BEARER, key="k")
    powers = {"grants": ALONE, "permissions": frozenset({"EventsRead"})}
    first = register(stage, by, **powers)
    assert first.secret is not None
    again = register(stage, by, **powers)
    assert again.secret is not None
    assert again.secret.reveal() == first.secret.reveal()
    carry(stage, "Client")
    assert refusal_of(lambda: register(stage, by, **powers)) is Code.FORBIDDEN


@in_memory
def test_a_token_bound_to_networks_gives_clients_nothing_that_is_good_anywhere(stage: Stage):
    draft = Draft("bound", None, None, addresses=("192.0.2.0/24",))
    issued = stage.authority.issue(stage.session(), stage.organizational, draft)
    bound, clients = caller(issued.secret), stage.authority.clients
    client = register(stage, grants=ALONE).client
    add = stage.authority.client_secrets.add
    given = ClientTerms(permissions=frozenset({"SystemsRead"}))
    assert refusal_of(lambda: register(stage, bound)) is Code.FORBIDDEN
    assert refusal_of(lambda: add(bound, client.id)) is Code.FORBIDDEN
    assert refusal_of(lambda: clients.edit(bound, client.id, given)) is Code.FORBIDDEN
    assert clients.edit(bound, client.id, ClientTerms(suspended=True)).suspended


@in_memory
def test_what_marks_a_client_makes_an_edit_of_it_be_decided_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    client, by, clients = register(stage).client, stage.session(), stage.authority.clients
    before(monkeypatch, stage.store, "commit", lambda: clients.revoke(by, client.id))
    edited = clients.edit(by, client.id, ClientTerms(label="Another"))
    assert edited.version == client.version + 2
    assert edited.revoked_before > 0
    assert edited.revoked_before != PENDING


@in_memory
def test_an_organization_has_so_many_clients_and_no_more(stage: Stage):
    one = register(stage).client
    for place in range(1, MOST_CLIENTS):
        stage.put(replace(one, id=UUID(int=one.id.int + place), client_id=f"{place:024}"))
    assert refusal_of(lambda: register(stage)) is Code.UNPROCESSABLE
    stage.authority.clients.remove(stage.session(), one.id)
    assert register(stage).client.label == "Portal"
