"""`tokenhouse device` as it is typed, without a server."""

import json
import re
from functools import partial
from pathlib import Path

import pytest

from rigs import claims
from stage import Stage
from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Name
from tokenhouse.operations.renew import Renewal

CPU_ID = "0000000012345678"


@pytest.fixture
def typed(typed):
    """Type a command of this group."""
    return partial(typed, "device")


@pytest.fixture
def cpu_id(tmp_path: Path) -> str:
    file = tmp_path / "cpu-id"
    file.write_text(f"{CPU_ID}\n")
    file.chmod(0o600)
    return str(file)


def test_a_new_device_is_told_with_its_token_and_what_renews_it(typed, firm: Stage, cpu_id: str):
    told = typed("create", "--identifier", "rig-1", "--cpu-id-file", cpu_id)
    match = re.fullmatch(r"number +(\d+)\ncpu_id +(\S+)\nuuid +(\S+)\ntoken +(\S+)\n", told)
    assert match, told
    number, said, uuid, token = match.groups()
    assert (said, claims(Secret(token))["deviceId"]) == (CPU_ID, int(number))
    asked = Renewal(Secret(said), Secret(uuid), Secret(token), "192.0.2.1")
    assert firm.authority.devices.renew(asked).device.number == int(number)
    for words in (("list",), ("list", "--json"), ("show", number), ("show", number, "--json")):
        shown = typed(*words)
        assert "rig-1" in shown
        for proof in (CPU_ID, uuid, token):
            assert proof not in shown


def test_a_device_without_a_cpu_id_is_shown_as_one_that_renews_nothing(typed):
    made = json.loads(typed("create", "--identifier", "bare", "--json"))
    assert (made["renews"], made["cpu_id"]) == (False, None)
    listed = {one["identifier"]: one["renews"] for one in json.loads(typed("list", "--json"))}
    assert listed["bare"] is False


def test_a_device_is_changed_suspended_revoked_and_removed(typed, firm: Stage, cpu_id: str):
    before = firm.store.head()[0]
    terms = ("--serial-number", "SN-1", "--model-id", "R2", "--cpu-id-file", cpu_id)
    made_at = ("--manufactured-at", "2025-01-31T00:00:00Z")
    made = json.loads(typed("create", "--identifier", "rig-3", *terms, *made_at, "--json"))
    number, told = str(made["number"]), (made["serial_number"], made["model_id"])
    assert (*told, made["manufactured_at"]) == ("SN-1", "R2", "2025-01-31T00:00:00Z")
    changed = json.loads(typed("edit", number, "--identifier", "rig-4", "--json"))
    assert (changed["identifier"], changed["serial_number"]) == ("rig-4", "SN-1")
    assert json.loads(typed("edit", made["id"], "--suspended", "yes", "--json"))["suspended"]
    assert "suspended" in typed("secrets", number, code=4)
    typed("edit", number, "--suspended", "no")
    assert "Nothing was done." in typed("revoke", number, code=1)
    assert typed("revoke", number, "--yes") == "All tokens of rig-4 are revoked.\n"
    back = json.loads(typed("secrets", number, "--json"))
    assert (back["cpu_id"], back["uuid"]) == (CPU_ID, made["uuid"])
    assert claims(Secret(back["token"]))["jti"] != claims(Secret(made["token"]))["jti"]
    assert "Nothing was done." in typed("remove", number, code=1)
    assert typed("remove", number, "--yes") == "rig-4 is removed.\n"
    names = [event.name for event in firm.store.events(None, before, 100)]
    assert {Name.DEVICE_CREATED, Name.DEVICE_CHANGED, Name.DEVICE_REMOVED} <= {*names}
    assert {Name.DEVICE_SECRETS_TOLD, Name.HOLDER_REVOKED} <= {*names}


@pytest.mark.parametrize("named", ["4711", "99999999999", "rig-1", "0190a5c4-7e1a-7000-8000-0"])
def test_what_is_no_device_is_said_to_be_none(typed, named: str):
    assert "No device has this number or id." in typed("show", named, code=3)
