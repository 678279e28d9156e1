"""The flags that commands share, in a command as one would write it."""

from pathlib import Path

import pytest
from cyclopts import App

from tokenhouse.cli.ending import run
from tokenhouse.cli.flags import Json, OrganizationFlag, Yes, examples, refuse_unless, takes
from tokenhouse.cli.say import say, say_json
from tokenhouse.cli.sheet import help_text
from tokenhouse.cli.tree import tree
from tokenhouse.config import Configuration


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> App:
    """The program with one more command, and no settings of this machine's."""
    monkeypatch.setenv("TOKENHOUSE_CONFIG", str(tmp_path / "none.toml"))
    (tmp_path / "none.toml").touch()
    app = tree()

    @app.command(help_epilogue=examples("tokenhouse end NAME --yes"))
    @takes("data", "store")
    def end(
        name: str,
        /,
        *,
        configuration: Configuration,
        organization: OrganizationFlag = None,
        yes: Yes = False,
        json: Json = False,
    ) -> None:
        """End something for good."""
        refuse_unless(yes, "It would end for good.")
        told = [name, organization, str(configuration.settings.data)]
        if json:
            say_json(told)
        else:
            say(" ".join(map(str, told)))

    return app


@pytest.mark.parametrize(
    ("typed", "code", "out"),
    [
        (("x", "--yes"), 0, "x None var/tokenhouse\n"),
        (("x", "--yes", "--data", "./a/../b", "--organization", "Nord"), 0, "x Nord a/../b\n"),
        (("--yes", "--data", "y", "--", "-x"), 0, "-x None y\n"),
        (("x", "--yes", "--json"), 0, '[\n  "x",\n  null,\n  "var/tokenhouse"\n]\n'),
        (("x",), 1, ""),
        ((), 2, ""),
        (("x", "--yes", "--data", ""), 2, ""),
        (("x", "--yes", "--no-json"), 2, ""),
        (("x", "y", "--yes"), 2, ""),
    ],
)
def test_a_command_is_given_what_was_typed(capsys, app, typed, code, out):
    assert run(app, ["end", *typed]) == code
    assert capsys.readouterr().out == out


def test_its_help_shows_what_it_takes(app: App):
    text = help_text(app, ("end",))
    for line in ("Usage: tokenhouse end [OPTIONS] NAME", "  --organization ID-OR-NAME", "  --yes"):
        assert line in text
    assert text.endswith("\nExample:\n  tokenhouse end NAME --yes\n")
