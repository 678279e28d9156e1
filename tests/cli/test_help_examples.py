"""Every example of help, typed as it stands, does what it says.

Each is typed on a copy of one deployment, whose people, groups and tokens are those that the
examples name. `serve` and `demo` go on until they are told to stop: their own tests run them.
"""

import io
import json
import os
import shlex
import shutil
import sys
from pathlib import Path
from uuid import UUID

import pytest
from msgspec.structs import replace

from cli.test_help import APP, PATHS, examples
from stage import CLIENT, OPERATOR, MovedClock, Stage
from tokenhouse.cli import main
from tokenhouse.cli.sheet import help_text
from tokenhouse.clock import SystemClock
from tokenhouse.core.client import kept_secret, new_client
from tokenhouse.core.credential import Secret
from tokenhouse.core.moment import DAY
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.operations.at_machine import AtMachine
from tokenhouse.operations.device_terms import DeviceTerms
from tokenhouse.operations.groups import GroupEdit
from tokenhouse.operations.issue import Draft
from tokenhouse.operations.mint import Mint
from tokenhouse.operations.organizations import OrganizationEdit
from tokenhouse.operations.people import PersonEdit
from tokenhouse.operations.register_device import DeviceDraft
from tokenhouse.store.sqlite import SqliteAttempts, open_sqlite

GO_ON = {"serve", "demo"}
NAMED_TOKEN = "0190a5c4-7e1a-7000-8000-0123456789ab"
CLIENTS = {
    "4fXbT0aKq1ZrW8yLhN3mCe7D": ("0190a5c4-7e1a-7000-8000-0123456789cc",),
    "7tYcQ2mVd9RpX4uHsK6wBg1J": (
        "0190a5c4-7e1a-7000-8000-0123456789cd",
        "0190a5c4-7e1a-7000-8000-0123456789ce",
    ),
}
"""By the client_id of each that examples name: the ids of its secrets."""
WHERE = "/var/lib/tokenhouse"
DESCRIPTION = {"openapi": "3.1.0", "paths": {"/meters": {"get": {"operationId": "listMeters"}}}}
OTHER = "Weststrom"
"""Where an example names this one, there are two organizations, else there is one."""

EXAMPLES = [
    one
    for path in PATHS
    if not set(path) & GO_ON
    for one in examples(help_text(APP, path))
    if not set(shlex.split(one)) & GO_ON
]


class Kept:
    """A deployment as the examples take for granted, to be copied for each."""

    def __init__(self, directory: Path, *organizations: str) -> None:
        self.directory = directory
        clock = MovedClock(SystemClock().now() - DAY)
        store = open_sqlite(directory, clock, os.urandom)
        attempts = SqliteAttempts(directory / "attempts.db")
        stage = Stage(store, attempts, clock, directory)
        self._furnish(stage)
        for name in organizations:
            stage.authority.organizations.create(AtMachine(DEPLOYMENT, "x"), name)
        store.close()
        attempts.close()

    def _furnish(self, stage: Stage) -> None:
        authority, here = stage.authority, AtMachine(stage.organization_id, "x")
        everywhere = replace(here, organization_id=DEPLOYMENT)
        authority.organizations.edit(
            everywhere, stage.organization_id, None, OrganizationEdit(name="Nordlicht")
        )
        for name in ("Meters", "Operators"):
            held = frozenset({"SystemsRead"})
            authority.groups.create(here, None, GroupEdit(name=name, permissions=held))
        administrators = (stage.group("Administrator").id,)
        for email in (OPERATOR, CLIENT):  # whoever goes in an example is not the last one
            person = stage.person(email)
            membership = stage.membership(email)
            stage.put(
                replace(membership, version=membership.version + 1, groups=administrators),
                membership,
            )
            authority.people.edit(everywhere, person.id, None, PersonEdit(operator=True))
        for client_id, secrets in CLIENTS.items():
            mint, now = Mint(os.urandom, "th"), stage.clock.now()
            client = new_client(here.organization_id, mint.id(now), client_id, now)
            kept = tuple(kept_secret(mint.client_secret(), UUID(one), now) for one in secrets)
            stage.put(replace(client, label="Portal", secrets=kept))
        writing = DeviceDraft(DeviceTerms(identifier="rig-1", cpu_id=Secret("0000000012345678")))
        authority.devices.create(here, writing)
        draft = Draft("report", stage.clock.now() + 30 * DAY, administrators)
        issued = authority.issue(here, authority.organizational, draft)
        self.token, self.token_id = issued.secret, issued.described.token.id


@pytest.fixture(scope="module")
def deployments(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Kept]:
    """By whether the other organization is there."""
    return {
        False: Kept(tmp_path_factory.mktemp("one") / "data"),
        True: Kept(tmp_path_factory.mktemp("two") / "data", OTHER),
    }


def test_the_examples_cover_every_command_but_those_that_go_on():
    covered = {tuple(shlex.split(one)[1 : len(path) + 1]) for path in PATHS for one in EXAMPLES}
    assert {path for path in PATHS if path and not set(path) & GO_ON} <= covered


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_of_help_does_what_it_says(
    example: str,
    deployments: dict[bool, Kept],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    words = shlex.split(example)[1:]
    words = words[: words.index(">")] if ">" in words else words
    deployment = deployments[OTHER in words and "create" not in words]
    data = tmp_path / "data"
    if words[0] != "init":
        shutil.copytree(deployment.directory, data)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOKENHOUSE_DATA", str(data))
    beside(tmp_path, capsys)
    typed = [str(deployment.token_id) if one == NAMED_TOKEN else one for one in words]
    typed = [str(data) if one == WHERE else one for one in typed]
    given = deployment.token.reveal() if words[:2] == ["token", "verify"] else ""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given.encode())))
    ended = main(typed)
    said = capsys.readouterr()
    assert (ended, said.err) == (0, ""), said
    if "--out" in words:
        assert Path(words[words.index("--out") + 1]).read_text().startswith("tho_")
    elif "clock" not in words or "accept" not in words:
        assert said.out


def beside(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The files that examples name."""
    password = directory / "password"
    password.write_text("walnut glacier spindle")
    password.chmod(0o600)
    cpu_id = directory / "cpu-id"
    cpu_id.write_text("0000000087654321")
    cpu_id.chmod(0o600)
    (directory / "tokenhouse.toml").write_text('listen = "127.0.0.1:8080"\n')
    (directory / "catalogue.toml").write_text('[[permission]]\nname = "SystemsRead"\n')
    (directory / "openapi.json").write_text(json.dumps(DESCRIPTION))
    if (directory / "data").exists():
        assert main(["events", "export"]) == 0
        (directory / "events.ndjson").write_text(capsys.readouterr().out)
