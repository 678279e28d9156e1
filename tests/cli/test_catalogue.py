"""`tokenhouse catalogue` as it is typed, without a server."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from stage import CLIENT, Stage
from tokenhouse.core.events import Name
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.demo import firm as made_up
from tokenhouse.operations.at_machine import AtMachine

OWN = Path(made_up.__file__).with_name("catalogue.toml")
DESCRIPTION = {
    "openapi": "3.1.0",
    "paths": {"/trucks": {"get": {"operationId": "listTrucks"}}, "/trucks/{id}": {"put": {}}},
}


@pytest.fixture
def typed(typed, firm: Stage) -> Iterator[Callable[..., str]]:
    """Type a command of this group; the catalogue is the demo's again afterwards."""
    yield partial(typed, "catalogue")
    firm.authority.catalogue.change(AtMachine(DEPLOYMENT, "x"), made_up.LISTED)


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a file."""

    def write(text: str) -> Path:
        path = tmp_path / "file"
        path.write_text(text)
        return path

    return write


def less(text: str = "") -> str:
    """The demo's file without one permission, one method of a set, and the last set."""
    whole = OWN.read_text()
    kept = whole[: whole.index('[[set]]\nname = "Maven Plugin"')]
    kept = kept.replace('name = "MeasurementsRead"', 'name = "MeterRead"')
    return kept.replace('    "users.account.GetUserInfo",\n', "") + text


def test_the_catalogue_is_shown_to_people_and_to_programs(typed):
    told = typed("show")
    assert "environment.control.StopEnv" in told
    assert "Maven Plugin" in told
    shown = json.loads(typed("show", "--json"))
    assert len(shown["permissions"]) == len(made_up.CATALOGUE)
    assert [one["id"] for one in shown["sets"]][:3] == [1, 2, 3]


def test_a_dry_run_tells_each_token_and_changes_nothing(typed, firm: Stage, file):
    mine = firm.issue_personal(firm.session()).described.token
    head = firm.store.head()
    told = typed("load", file(less()), "--dry-run")
    for line in (
        "new       MeterRead",
        "gone      MeasurementsRead",
        "gone      set Maven Plugin",
        "changed   set IDE Plugins, loses users.account.GetUserInfo",
        "names MeasurementsRead, which would be gone.",
        "Nothing was changed.",
    ):
        assert line in told
    (row,) = (line for line in told.splitlines() if str(mine.id) in line)
    assert row.split() == [
        *("personal", str(mine.id), "anna@nordlicht.example", "mine"),
        *("MeterRead", "MeasurementsRead"),
    ]
    assert firm.store.head() == head
    effect = json.loads(typed("load", file(less()), "--dry-run", "--json"))["effect"]
    assert effect["tokens_looked_at"] == effect["tokens_gaining"] == effect["tokens_losing"] >= 1
    assert firm.store.head() == head


def test_loading_replaces_everything_and_counts_who_gains_and_loses(typed, firm: Stage, file):
    firm.issue_personal(firm.session(CLIENT))
    before = firm.store.head()[0]
    told = typed("load", file(less()))
    assert "1 policy groups name permissions that are gone." in told
    assert "lose some.\nThe catalogue is changed.\n" in told
    assert "personal" not in told
    (event,) = firm.store.events(None, before, 10)
    body = json.loads(event.body or "")
    assert (event.name, body["actor"]) == (Name.CATALOGUE_CHANGED, None)
    again = typed("load", file(less()))
    assert again.endswith("The catalogue holds this already.\n")
    names = {one["name"] for one in json.loads(typed("show", "--json"))["permissions"]}
    assert "MeterRead" in names
    assert "MeasurementsRead" not in names


def test_a_set_that_was_gone_comes_back_under_another_id(typed, file):
    kept = {one["name"]: one["id"] for one in json.loads(typed("show", "--json"))["sets"]}
    typed("load", file(less()))
    typed("load", OWN)
    now = {one["name"]: one["id"] for one in json.loads(typed("show", "--json"))["sets"]}
    assert now.pop("Maven Plugin") > max(kept.values())
    assert now.items() <= kept.items()


def test_an_import_adds_a_permission_for_each_operation_and_leaves_the_rest(typed, file):
    kept = json.loads(typed("show", "--json"))
    description = file(json.dumps(DESCRIPTION))
    assert "new       fleet.listTrucks" in typed(
        "import", description, "--prefix", "fleet", "--dry-run"
    )
    assert json.loads(typed("show", "--json")) == kept
    imported = json.loads(typed("import", description, "--prefix", "fleet", "--json"))
    names = [one["name"] for one in imported["permissions"]]
    assert names[-2:] == ["fleet.listTrucks", "fleet.put.trucks_id"]
    assert imported["permissions"][:-2] == kept["permissions"]
    assert imported["sets"] == kept["sets"]
    assert "holds this already" in typed("import", description, "--prefix", "fleet")


def test_what_cannot_be_is_refused_with_every_fault_and_changes_nothing(typed, firm: Stage, file):
    head = firm.store.head()
    wrong = less('[[permission]]\nname = "SystemsRead"\n[[set]]\nname = "x"\npermissions = ["y"]\n')
    told = typed("load", file(wrong), code=4)
    assert "permission number 118 name stands there twice, case aside" in told
    assert "set number 4 permissions 'y' is unknown" in told
    taken = {"openapi": "3.0.0", "paths": {"/systems": {"get": {"operationId": "list"}}}}
    told = typed("import", file(json.dumps(taken)), code=4)
    assert "list operations[0] is opened by SystemsRead already" in told
    told = typed("import", file(json.dumps(taken)), "--prefix", "a b", code=4)
    assert "--prefix does not read like fleet" in told
    assert "is not JSON" in typed("import", file("openapi: 3.1.0"), code=4)
    assert "is not TOML" in typed("load", file("{}"), code=4)
    assert firm.store.head() == head


def test_a_file_that_cannot_be_read_is_told(typed, tmp_path: Path):
    assert "There is no file" in typed("load", tmp_path / "none", code=3)
    assert "cannot be read: Is a directory." in typed("import", tmp_path, code=1)
    assert "The file is larger" in typed("load", "/dev/zero", code=4)


def test_what_a_file_says_does_not_act_on_the_terminal(typed, file):
    told = typed("load", file('[[set]]\nname = "\\u202E\\u009B"\n'), code=4)
    assert "\u202e" not in told
    assert typed("load", file('[[set]]\nname = "a\\u202Eb"\n')).count("\u202e") == 0


def test_the_demos_own_file_is_what_the_demo_begins_with(typed):
    assert "holds this already" in typed("load", OWN)
