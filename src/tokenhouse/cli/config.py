"""`tokenhouse config show`: which settings hold here, and where each came from."""

from typing import Annotated, Final, TypeAlias

from cyclopts import App, Parameter

from tokenhouse.cli.flags import Json, examples, takes
from tokenhouse.cli.say import aligned, say, say_json
from tokenhouse.config import SETTINGS, Configuration
from tokenhouse.config.forms import Shown

_MORE: Final = examples("tokenhouse config show --origin")

app = App(
    name="config",
    help="Show the settings, and where they came from.",
    help_epilogue=_MORE,
)

_Row: TypeAlias = tuple[str, Shown, str]


@app.command(
    help_epilogue=examples(
        "tokenhouse config show --origin",
        "tokenhouse config show --config ./tokenhouse.toml --json",
    )
)
@takes(*(name for name, setting in SETTINGS.items() if setting.flag))
def show(
    *,
    configuration: Configuration,
    origin: Annotated[
        bool,
        Parameter(help="Say where each value came from.", negative="", show_default=False),
    ] = False,
    json: Json = False,
) -> None:
    """Show every setting as a server started here would have it, without secrets."""
    rows = [
        (name, setting.show(getattr(configuration.settings, name)), configuration.origins[name])
        for name, setting in SETTINGS.items()
    ]
    if json:
        say_json(_fields(rows, origin=origin))
        return
    lines = [(name, _text(name, value), where if origin else "") for name, value, where in rows]
    for line in aligned(lines):
        say(line)


def _fields(rows: list[_Row], *, origin: bool) -> dict[str, object]:
    if origin:
        return {name: {"value": value, "origin": where} for name, value, where in rows}
    return {name: value for name, value, _ in rows}


def _text(name: str, value: Shown) -> str:
    if not value:
        return f"({SETTINGS[name].about.absent.replace('`', '')})"
    return ", ".join(value) if isinstance(value, list) else value
