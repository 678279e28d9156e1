"""`tokenhouse config show`: what a server started here would be run with."""

import json
from pathlib import Path

from serving.program import NO_SETTINGS, run
from tokenhouse.config import SETTINGS

WORD = "pl4nted-word"
DATABASE = f"postgresql://app:{WORD}@db.example/tokens"
SHOWN = "postgresql://app:[hidden]@db.example/tokens"


def test_every_setting_is_shown_with_what_holds_by_default():
    told = run("config", "show").stdout.splitlines()
    assert [line.split()[0] for line in told] == list(SETTINGS)
    assert "127.0.0.1:8080" in told[list(SETTINGS).index("listen")]
    assert "(SQLite in the data directory)" in told[list(SETTINGS).index("store")]


def test_each_value_is_told_with_its_origin(tmp_path: Path):
    file = tmp_path / "a.toml"
    file.write_text('tls_key = "k"\nlisten = "[::1]:1"\n')
    flags = ("--config", file, "--public-url", "https://tokens.example")
    shown = run("config", "show", "--origin", "--json", *flags, TOKENHOUSE_LISTEN="127.0.0.1:9")
    told = json.loads(shown.stdout)
    assert list(told) == list(SETTINGS)
    assert told["tls_key"] == {"value": "k", "origin": str(file)}
    assert told["listen"] == {"value": "127.0.0.1:9", "origin": "TOKENHOUSE_LISTEN"}
    assert told["public_url"] == {"value": "https://tokens.example", "origin": "--public-url"}
    assert told["data"]["origin"] == "default"
    table = run("config", "show", "--origin", *flags, TOKENHOUSE_LISTEN="127.0.0.1:9").stdout
    assert any(line.split() == ["tls_key", "k", str(file)] for line in table.splitlines())


def test_secrets_are_hidden_in_every_form():
    given = {"TOKENHOUSE_STORE": DATABASE, "TOKENHOUSE_MASTER_KEY": WORD}
    for form in ((), ("--json",), ("--origin",), ("--origin", "--json")):
        done = run("config", "show", *form, **given)
        assert done.returncode == 0
        assert WORD not in done.stdout + done.stderr
        assert SHOWN in done.stdout
        assert "[hidden]" in done.stdout.replace(SHOWN, "")


def test_a_password_on_the_command_line_is_taken_and_warned_of():
    done = run("config", "show", "--store", DATABASE)
    assert done.returncode == 0
    assert SHOWN in done.stdout
    assert WORD not in done.stderr
    assert "every user of this machine can see the password in --store" in done.stderr
    assert run("config", "show", "--store", "postgresql:///tokens").stderr == ""


def test_what_cannot_be_understood_ends_with_2_and_one_line(tmp_path: Path):
    file = tmp_path / "a.toml"
    file.write_text('lissen = "x"\n')
    for done in (
        run("config", "show", "--config", file),
        run("config", "show", TOKENHOUSE_LISSEN="x"),
        run("config", "show", "--listen", "everywhere"),
        run("keys", "list", TOKENHOUSE_LISSEN="x"),
        run("demo", TOKENHOUSE_LISSEN="x"),
    ):
        assert done.returncode == 2
        assert done.stdout == ""
        assert done.stderr.startswith("tokenhouse: ")
        assert done.stderr.count("\n") == 1


def test_the_demo_leaves_the_settings_of_a_real_deployment_alone(tmp_path: Path):
    """It would otherwise set its made-up firm up in the real database."""
    data = ("--data", tmp_path / "demo", "--port", "70000")
    done = run("demo", *data, TOKENHOUSE_STORE="postgresql:///x", TOKENHOUSE_DATA=str(tmp_path))
    assert "no port 70000" in done.stderr
    assert (tmp_path / "demo" / "tokenhouse.db").exists()
    assert not (tmp_path / "tokenhouse.db").exists()
    assert NO_SETTINGS.read_text().startswith("#")
