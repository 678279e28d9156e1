"""`tokenhouse group` as it is typed, without a server."""

import json
import os

import pytest

from stage import Stage
from tokenhouse.cli import main
from tokenhouse.clock import SystemClock
from tokenhouse.core.events import Name
from tokenhouse.core.permission import PRODUCT_PERMISSIONS
from tokenhouse.store.sqlite import SqliteAttempts, open_sqlite


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory):
    """The demo's firm, in a directory."""
    data = tmp_path_factory.mktemp("firm") / "data"
    store = open_sqlite(data, SystemClock(), os.urandom)
    attempts = SqliteAttempts(data / "attempts.db")
    yield Stage(store, attempts, SystemClock(), data)
    store.close()
    attempts.close()


@pytest.fixture
def typed(firm: Stage, capsys: pytest.CaptureFixture[str]):
    """Type a command; what it printed, and how it ended."""

    def run(*words: str, code: int = 0) -> str:
        ended = main(["group", *words, "--data", str(firm.directory)])
        said = capsys.readouterr()
        assert ended == code, said
        return said.out if code == 0 else said.err

    return run


def test_a_group_is_made_changed_and_removed(typed, firm: Stage):
    before = firm.store.head()[0]
    held = ("--permission", "SystemsRead", "--permission", "GroupsRead")
    made = json.loads(typed("create", "--name", "Watch", *held, "--json"))
    assert (made["name"], made["permissions"]) == ("Watch", ["GroupsRead", "SystemsRead"])
    changed = json.loads(typed("edit", "watch", "--description", "For those who look.", "--json"))
    assert changed["permissions"] == made["permissions"]
    assert changed["description"] == "For those who look."
    only = json.loads(typed("edit", made["id"], "--permission", "SystemsRead", "--json"))
    assert only["permissions"] == ["SystemsRead"]
    assert "Watch" in typed("show", "WATCH")
    assert "Watch" in typed("list")
    assert "Nothing was done." in typed("remove", "Watch", code=1)
    assert typed("remove", "Watch", "--yes") == "Watch is removed.\n"
    assert typed("show", "Watch", code=3) == ("tokenhouse: No policy group has this id or name.\n")
    events = firm.store.events(None, before, 10)
    assert [event.name for event in events] == [
        Name.GROUP_CREATED,
        *[Name.GROUP_CHANGED] * 2,
        Name.GROUP_REMOVED,
    ]
    assert {json.loads(event.body or "")["actor"] for event in events} == {None}


def test_the_fixed_group_is_shown_with_all_that_it_gives(typed):
    shown = json.loads(typed("show", "Administrator", "--json"))
    assert shown["fixed"] is True
    assert set(shown["permissions"]) > PRODUCT_PERMISSIONS
    assert "is fixed" in typed("edit", "Administrator", "--name", "x", code=4)


def test_what_cannot_be_is_refused_with_its_faults(typed):
    assert "name is empty" in typed("create", "--name", " ", code=4)
    assert "name has a control character" in typed("create", "--name", "a\x1bb", code=4)
    assert "taken by another group" in typed("create", "--name", "client", code=4)
    unknown = typed("create", "--name", "x", "--permission", "NoSuchThing", code=4)
    assert "permissions NoSuchThing is not in the catalogue" in unknown
    assert "No organization has this" in typed("list", "--organization", "x", code=3)
