"""`tokenhouse keys` as it is typed: what it prints, what it changes, how it ends."""

import json
import os
from pathlib import Path
from uuid import UUID

import pytest

from signing.house import ISSUER, SESSION, TYPS, HandClock, deployment, write
from tokenhouse.cli import main
from tokenhouse.cli.exits import Exit
from tokenhouse.clock import SystemClock
from tokenhouse.config import read_master_key
from tokenhouse.core.credential import Secret
from tokenhouse.core.moment import DAY, HOUR, MINUTE, SECOND
from tokenhouse.core.signing_key import SigningKey
from tokenhouse.operations.keys import Keys
from tokenhouse.operations.ports import Claimed, Store
from tokenhouse.signing.keyring import Keyring
from tokenhouse.signing.keys import Smith
from tokenhouse.signing.master_keys import MasterKeys
from tokenhouse.signing.places import Place, place
from tokenhouse.signing.vault import MasterVault
from tokenhouse.store.sqlite import open_sqlite

ID = "0190a5c4-7e1a-7000-8000-0123456789ab"


def place_of(directory: Path) -> Place:
    """Where the master key is in this environment."""
    return place(directory, read_master_key(os.environ), os.environ, os.urandom)


def opened(directory: Path) -> tuple[Store, Smith, Keyring]:
    """The deployment as another process has it."""
    clock = SystemClock()
    store = open_sqlite(directory, clock, os.urandom)
    smith = Smith(
        MasterKeys(place(directory, read_master_key(os.environ), os.environ, os.urandom)).find,
        os.urandom,
    )
    return store, smith, Keyring(store, smith, clock)


def signing_keys(directory: Path) -> dict[str, SigningKey]:
    return {str(key.id): key for key in opened(directory)[0].signing_keys()}


def set_up(directory: Path, age: int) -> Path:
    """A deployment whose keys were published `age` microseconds ago."""
    directory.mkdir(mode=0o700)
    then = HandClock(SystemClock().now() - age)
    store = open_sqlite(directory, then, os.urandom)
    kept_in = place_of(directory)
    smith = Smith(MasterKeys(kept_in).find, os.urandom)
    made = Keys(store, smith, then, os.urandom, MasterVault(smith.find, os.urandom)).first(
        kept_in.make().id
    )
    write(store, deployment(), *made)
    return directory


@pytest.fixture(autouse=True)
def _no_master_key_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TOKENHOUSE_MASTER_KEY", "TOKENHOUSE_MASTER_KEY_FILE", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return set_up(tmp_path / "data", HOUR)


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    code = main(["keys", *(str(argument) for argument in arguments)])
    said = capsys.readouterr()
    return code, said.out, said.err


def answer(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> object:
    code, out, err = run(capsys, *arguments, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def refusal(
    capsys: pytest.CaptureFixture[str], *arguments: str | Path, ends: Exit = Exit.UNAVAILABLE
) -> str:
    """The one sentence that a command ends with which did not do its work."""
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (ends, "")
    assert err.startswith("tokenhouse: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return err


def test_list_shows_every_key_with_its_state(capsys, data):
    listed = answer(capsys, "list", "--data", data)
    kept = signing_keys(data)
    assert [one["id"] for one in listed] == list(kept)
    assert sorted(one["state"] for one in listed) == ["active", "pending"]
    for one in listed:
        assert one["master_key_id"] == kept[one["id"]].master_key_id
        assert (one["algorithm"], one["published"], one["retires_at"]) == ("ES256", True, None)
        assert one["created_at"].endswith("Z")


def test_list_is_a_table_for_people(capsys, data):
    code, out, err = run(capsys, "list", "--data", data)
    assert (code, err) == (0, "")
    heading, *rows = out.splitlines()
    assert heading.split()[:3] == ["KEY", "STATE", "PUBLISHED"]
    assert {row.split()[0]: row.split()[1] for row in rows}.keys() == signing_keys(data).keys()


def test_list_needs_no_master_key(capsys, data):
    (data / "master.key").unlink()
    assert len(answer(capsys, "list", "--data", data)) == 2


def test_rotate_moves_the_keys_on_and_says_so(capsys, data):
    text = opened(data)[2].sign(SESSION, {"iss": ISSUER, "jti": ID})
    rotated = answer(capsys, "rotate", "--data", data)
    states = {one["id"]: one["state"] for one in answer(capsys, "list", "--data", data)}
    assert states == {rotated[state]: state for state in ("active", "retiring", "pending")}
    assert opened(data)[2].claimed(text, TYPS, ISSUER) == Claimed(SESSION, UUID(ID))


def test_a_retiring_key_verifies_for_the_life_of_a_device_token_and_its_grace(capsys, data):
    rotated = answer(capsys, "rotate", "--data", data)
    kept = signing_keys(data)
    signed_until = kept[rotated["active"]].activated_at
    assert kept[rotated["retiring"]].retires_at - signed_until == 7 * DAY + 12 * HOUR + MINUTE


def test_rotate_tells_people_what_became_of_each_key(capsys, data):
    code, out, _ = run(capsys, "rotate", "--data", data)
    assert code == 0
    for words in ("signs from now on", "verifies until", "is published and will be next"):
        assert words in out


def test_rotate_waits_until_verifiers_can_know_the_next_key_unless_told_not_to(capsys, tmp_path):
    fresh = set_up(tmp_path / "fresh", 60 * SECOND)
    sentence = refusal(capsys, "rotate", "--data", fresh, ends=Exit.REFUSED)
    assert "has not been published for 300 seconds yet" in sentence
    assert run(capsys, "rotate", "--now", "--data", fresh)[0] == 0


def test_rewrap_changes_the_master_key_and_ends_nothing(capsys, data):
    text = opened(data)[2].sign(SESSION, {"iss": ISSUER, "jti": ID})
    before = (data / "master.key").read_text()
    changed = answer(capsys, "rewrap", "--data", data)
    after = (data / "master.key").read_text()
    assert after != before
    assert oct((data / "master.key").stat().st_mode & 0o777) == "0o600"
    assert not (data / "master.key.new").exists()
    kept = signing_keys(data)
    assert sorted(changed["resealed"]) == sorted(kept)
    assert {key.master_key_id for key in kept.values()} == {changed["master_key_id"]}
    keyring = opened(data)[2]
    assert keyring.claimed(text, TYPS, ISSUER) == Claimed(SESSION, UUID(ID))
    keyring.sign(SESSION, {})


def test_rewrap_of_a_key_from_the_environment_asks_for_its_successor(capsys, data, monkeypatch):
    text = (data / "master.key").read_text().strip()
    (data / "master.key").unlink()
    monkeypatch.setenv("TOKENHOUSE_MASTER_KEY", text)
    assert "into TOKENHOUSE_MASTER_KEY_NEW first" in refusal(capsys, "rewrap", "--data", data)
    monkeypatch.setenv("TOKENHOUSE_MASTER_KEY_NEW", "B" * 42 + "A")
    code, out, _ = run(capsys, "rewrap", "--data", data)
    assert code == 0
    assert "move it from TOKENHOUSE_MASTER_KEY_NEW to TOKENHOUSE_MASTER_KEY" in out
    assert text not in out
    monkeypatch.setenv("TOKENHOUSE_MASTER_KEY", "B" * 42 + "A")
    monkeypatch.delenv("TOKENHOUSE_MASTER_KEY_NEW")
    opened(data)[2].sign(SESSION, {})
    assert not (data / "master.key").exists()


@pytest.mark.parametrize("command", ["rotate", "rewrap"])
def test_without_the_master_key_the_way_out_is_named(capsys, data, command):
    (data / "master.key").unlink()
    sentence = refusal(capsys, command, "--data", data)
    assert f"tokenhouse keys abandon --data {data} --yes" in sentence
    assert next(iter(signing_keys(data).values())).master_key_id in sentence


def test_abandon_asks_before_it_ends_every_session(capsys, data):
    before = signing_keys(data)
    sentence = refusal(capsys, "abandon", "--data", data, ends=Exit.NOT_DONE)
    assert "end all signed tokens (every session) at once" in sentence
    assert signing_keys(data) == before


def test_abandon_ends_all_keys_and_makes_new_ones_under_a_new_master_key(capsys, data):
    text = opened(data)[2].sign(SESSION, {"iss": ISSUER, "jti": ID})
    old = signing_keys(data)
    (data / "master.key").unlink()
    given_up = answer(capsys, "abandon", "--data", data, "--yes")
    assert sorted(given_up["ended"]) == sorted(old)
    states = {one["id"]: one["state"] for one in answer(capsys, "list", "--data", data)}
    assert {states[key] for key in old} == {"retired"}
    assert sorted(states[key] for key in states.keys() - old.keys()) == ["active", "pending"]
    keyring = opened(data)[2]
    assert keyring.claimed(text, TYPS, ISSUER) is None
    keyring.sign(SESSION, {})
    assert oct((data / "master.key").stat().st_mode & 0o777) == "0o600"


def test_a_master_key_that_others_can_read_is_refused(capsys, data):
    (data / "master.key").chmod(0o640)
    for command in (["rotate"], ["rewrap"], ["abandon", "--yes"]):
        assert "chmod 600" in refusal(capsys, *command, "--data", data)


def test_a_directory_without_a_deployment_is_said_so(capsys, tmp_path):
    for directory in (tmp_path / "none", tmp_path):
        told = refusal(capsys, "list", "--data", directory, ends=Exit.NOT_DONE)
        assert "No deployment was set up" in told
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_others_can_read_is_refused(capsys, data):
    (data / "tokenhouse.db").chmod(0o644)
    assert "tokenhouse.db" in refusal(capsys, "list", "--data", data)


def test_no_command_prints_a_private_or_master_key(capsys, data):
    said = ""
    masters = [(data / "master.key").read_text().strip()]
    for command in (["list"], ["rotate"], ["rewrap"], ["abandon", "--yes"]):
        for form in ([], ["--json"]):
            _, out, err = run(capsys, *command, "--data", data, *form)
            said += out + err
            masters.append((data / "master.key").read_text().strip())
    assert len(set(masters)) > 1
    for master in masters:
        assert master not in said
    assert Secret(said).reveal().count('"d"') == 0
