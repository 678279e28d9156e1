"""Which engine a deployment is opened on."""

import sys
from pathlib import Path

import pytest

from tokenhouse.config import read
from tokenhouse.core.refusal import Unavailable
from tokenhouse.wiring import open_deployment


def test_without_the_extra_for_postgresql_the_sentence_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    for name in list(sys.modules):
        if name.startswith(("psycopg", "tokenhouse.store.postgres")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    settings = read({"data": str(tmp_path), "store": "postgresql:///tokens"}, {}).settings
    with pytest.raises(Unavailable, match=r"pip install 'tokenhouse\[postgres\]'"):
        open_deployment(settings, {})


def test_without_a_database_url_everything_is_in_the_data_directory(tmp_path: Path):
    settings = read({"data": str(tmp_path)}, {}).settings
    with open_deployment(settings, {}) as opened:
        assert opened.where == str(tmp_path)
        assert opened.parts.store.deployment() is None
    assert (tmp_path / "tokenhouse.db").exists()
