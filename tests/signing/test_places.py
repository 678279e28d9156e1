"""Where the master key is looked for, and how its file is made."""

import fcntl
import os
import stat
from pathlib import Path

import pytest

from tokenhouse.config import Misconfigured, read_master_key
from tokenhouse.operations.ports import Entropy
from tokenhouse.signing.master_key import MasterKey, MasterKeyError
from tokenhouse.signing.places import KeyFile, KeyGiven, Place
from tokenhouse.signing.places import place as place_given

FIRST, SECOND = (MasterKey(bytes([n]) * 32) for n in (1, 2))


def place(directory: Path, environment: dict[str, str], entropy: Entropy) -> Place:
    """The place of the master key in such an environment."""
    return place_given(directory, read_master_key(environment), environment, entropy)


def key_file(path: Path, key: MasterKey, mode: int = 0o600) -> Path:
    path.write_text(key.text().reveal() + "\n")
    path.chmod(mode)
    return path


def ids(keys: tuple[MasterKey, ...]) -> list[str]:
    return [key.id for key in keys]


def test_the_environment_comes_first(tmp_path):
    key_file(tmp_path / "master.key", SECOND)
    given = place(tmp_path, {"TOKENHOUSE_MASTER_KEY": FIRST.text().reveal()}, os.urandom)
    assert ids(given.read()) == [FIRST.id]
    assert given.make().id == FIRST.id


def test_then_the_file_that_the_environment_names(tmp_path):
    key_file(tmp_path / "master.key", SECOND)
    named = key_file(tmp_path / "elsewhere", FIRST)
    environment = {"TOKENHOUSE_MASTER_KEY_FILE": str(named), "CREDENTIALS_DIRECTORY": "/nowhere"}
    assert ids(place(tmp_path, environment, os.urandom).read()) == [FIRST.id]


def test_then_the_credential_of_systemd_whatever_its_mode(tmp_path):
    key_file(tmp_path / "master.key", SECOND)
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    key_file(credentials / "tokenhouse-master-key", FIRST, 0o440)
    found = place(tmp_path, {"CREDENTIALS_DIRECTORY": str(credentials)}, os.urandom)
    assert ids(found.read()) == [FIRST.id]


def test_then_the_file_in_the_data_directory(tmp_path):
    key_file(tmp_path / "master.key", FIRST)
    found = place(tmp_path, {"CREDENTIALS_DIRECTORY": str(tmp_path / "empty")}, os.urandom)
    assert ids(found.read()) == [FIRST.id]


@pytest.mark.parametrize(
    "environment",
    [{"TOKENHOUSE_MASTER_KEY": ""}, {"TOKENHOUSE_MASTER_KEY": "short"}],
)
def test_a_place_that_is_named_but_holds_no_key_is_an_error_and_no_other_is_tried(
    tmp_path, environment
):
    key_file(tmp_path / "master.key", FIRST)
    with pytest.raises(MasterKeyError, match="TOKENHOUSE_MASTER_KEY does not hold"):
        place(tmp_path, environment, os.urandom).read()


def test_naming_no_file_is_an_error(tmp_path):
    with pytest.raises(Misconfigured, match="names no file"):
        place(tmp_path, {"TOKENHOUSE_MASTER_KEY_FILE": ""}, os.urandom)


def test_the_sentence_about_a_bad_key_does_not_quote_it(tmp_path):
    bad = FIRST.text().reveal()[:-1] + "!"
    with pytest.raises(MasterKeyError) as raised:
        place(tmp_path, {"TOKENHOUSE_MASTER_KEY": bad}, os.urandom).read()
    assert bad[:8] not in str(raised.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o666])
def test_a_file_that_others_may_open_is_refused(tmp_path, mode):
    found = KeyFile(key_file(tmp_path / "master.key", FIRST, mode), os.urandom)
    for ask in (found.read, found.make):
        with pytest.raises(MasterKeyError, match="chmod 600"):
            ask()


def test_a_successor_that_others_may_open_is_refused(tmp_path):
    found = KeyFile(key_file(tmp_path / "master.key", FIRST), os.urandom)
    key_file(tmp_path / "master.key.new", SECOND, 0o644)
    with pytest.raises(MasterKeyError, match=r"master\.key\.new is open to others"):
        found.read()


def test_what_is_no_file_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "master.key", 0o600)
    with pytest.raises(MasterKeyError, match="is not a file"):
        KeyFile(tmp_path / "master.key", os.urandom).read()
    (tmp_path / "directory").mkdir(mode=0o700)
    with pytest.raises(MasterKeyError, match="is not a file"):
        KeyFile(tmp_path / "directory", os.urandom).read()


def test_a_made_key_is_a_file_of_0600_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        made = KeyFile(tmp_path / "master.key", os.urandom).make()
    finally:
        os.umask(before)
    path = tmp_path / "master.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == made.text().reveal() + "\n"


def test_a_made_key_is_synced_and_so_is_its_directory(tmp_path, monkeypatch):
    synced: list[bool] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        synced.append(stat.S_ISDIR(os.fstat(handle).st_mode))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    KeyFile(tmp_path / "master.key", os.urandom).make()
    assert synced == [False, True]


def test_a_key_that_is_there_is_never_made_again(tmp_path):
    first = KeyFile(tmp_path / "master.key", os.urandom).make()
    assert KeyFile(tmp_path / "master.key", os.urandom).make().id == first.id


def test_a_file_with_other_content_is_never_overwritten(tmp_path):
    path = tmp_path / "master.key"
    path.write_text("notes about the key, not the key\n")
    path.chmod(0o600)
    with pytest.raises(MasterKeyError, match="does not hold a master key"):
        KeyFile(path, os.urandom).make()
    assert path.read_text() == "notes about the key, not the key\n"


@pytest.mark.parametrize("length", [0, 1, 42])
def test_making_goes_on_after_a_write_that_was_cut_short(tmp_path, length):
    path = tmp_path / "master.key"
    path.write_text(FIRST.text().reveal()[:length])
    path.chmod(0o600)
    made = KeyFile(path, os.urandom).make()
    assert ids(KeyFile(path, os.urandom).read()) == [made.id]


def test_two_who_make_or_change_it_at_once_do_not_both_go_on(tmp_path):
    handle = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    found = KeyFile(tmp_path / "master.key", os.urandom)
    with pytest.raises(MasterKeyError, match="Another process"):
        found.make()
    with pytest.raises(MasterKeyError, match="Another process"), found.replaced():
        pytest.fail("entered")
    os.close(handle)
    found.make()


def test_a_directory_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(MasterKeyError, match="No such file or directory"):
        KeyFile(tmp_path / "none" / "master.key", os.urandom).make()


def test_while_it_changes_both_keys_are_found_and_afterwards_the_new_one(tmp_path):
    found = KeyFile(tmp_path / "master.key", os.urandom)
    old = found.make()
    with found.replaced() as new:
        assert ids(found.read()) == [old.id, new.id]
        assert stat.S_IMODE((tmp_path / "master.key.new").stat().st_mode) == 0o600
    assert ids(found.read()) == [new.id]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["master.key"]


def test_a_change_that_fails_keeps_both_keys_and_is_taken_up_again(tmp_path):
    found = KeyFile(tmp_path / "master.key", os.urandom)
    old = found.make()
    with pytest.raises(ValueError, match="no"), found.replaced() as new:
        raise ValueError("no")
    assert ids(found.read()) == [old.id, new.id]
    with found.replaced() as again:
        assert again.id == new.id


def test_a_given_key_is_changed_by_whoever_gives_it(tmp_path):
    environment = {"TOKENHOUSE_MASTER_KEY": FIRST.text().reveal()}
    given = place(tmp_path, environment, os.urandom)
    with pytest.raises(MasterKeyError, match="TOKENHOUSE_MASTER_KEY_NEW first"), given.replaced():
        pytest.fail("entered")
    environment["TOKENHOUSE_MASTER_KEY_NEW"] = SECOND.text().reveal()
    with given.replaced() as new:
        assert new.id == SECOND.id
    assert ids(given.read()) == [FIRST.id, SECOND.id]
    assert list(tmp_path.iterdir()) == []


def test_a_given_key_that_is_missing_is_not_made():
    with pytest.raises(MasterKeyError, match="holds no master key"):
        KeyGiven(("here", "there"), {}.get).make()
