"""The demo's passwords are as good as its key: a key that was not written whole is none."""

import os
from pathlib import Path

import pytest

from tokenhouse.core.refusal import Unavailable
from tokenhouse.demo.passwords import FILE, Passwords

ANNA = "anna@nordlicht.example"


def test_the_same_data_has_the_same_passwords_and_other_data_others(tmp_path: Path):
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    assert Passwords(here).of(ANNA) == Passwords(here).of(ANNA)
    assert Passwords(here).of(ANNA) != Passwords(there).of(ANNA)
    assert Passwords(here).of(ANNA) != Passwords(here).of("carl@nordlicht.example")
    assert (here / FILE).stat().st_mode & 0o777 == 0o600


def test_the_same_data_has_the_same_client_and_other_data_another(tmp_path: Path):
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()

    def pair(directory: Path, label: str = "Portal") -> tuple[str, str]:
        plan = Passwords(directory).pair_of("th", label)
        return plan.client_id, plan.secret.reveal()

    mine = pair(here)
    assert mine == pair(here)
    for other in (pair(there), pair(here, "Shop")):
        assert mine[0] != other[0]
        assert mine[1] != other[1]
    assert len(mine[0]) == 24
    assert mine[1].startswith("thc_")


def test_the_same_data_has_the_same_devices_and_other_data_others(tmp_path: Path):
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    mine = Passwords(here).cpu_id_of("sys-1001")
    assert mine == Passwords(here).cpu_id_of("sys-1001")
    assert mine not in {
        Passwords(here).cpu_id_of("sys-1002"),
        Passwords(there).cpu_id_of("sys-1001"),
    }
    assert len(mine) == 16


@pytest.mark.parametrize("size", [0, 31])
def test_from_a_broken_key_no_password_is_made(tmp_path: Path, size: int):
    (tmp_path / FILE).write_bytes(bytes(size))
    with pytest.raises(Unavailable, match=r"demo\.key"):
        Passwords(tmp_path)


def test_a_start_that_was_cut_short_leaves_no_broken_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def cut_short(_: int) -> bytes:
        raise KeyboardInterrupt

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(os, "urandom", cut_short)
        with pytest.raises(KeyboardInterrupt):
            Passwords(tmp_path)
    assert Passwords(tmp_path).of(ANNA)
