"""`tokenhouse config show`: which settings hold here, and where each came from."""

import json as json_text
from typing import Annotated, Final, TypeAlias

from cyclopts import App, Parameter

from tokenhouse.cli.flags import takes
from tokenhouse.config import SETTINGS, Configuration
from tokenhouse.config.forms import Shown

app = App(name="config", help="Show the settings.", help_format="plaintext")

_MORE: Final = """Example: tokenhouse config show --origin

Example: tokenhouse config show --config ./tokenhouse.toml --json"""

_Row: TypeAlias = tuple[str, Shown, str]


@app.command(help_epilogue=_MORE)
@takes(*(name for name, setting in SETTINGS.items() if setting.flag))
def show(
    *,
    configuration: Configuration,
    origin: Annotated[
        bool,
        Parameter(help="Say where each value came from.", negative="", show_default=False),
    ] = False,
    json: Annotated[
        bool, Parameter(help="Answer in JSON.", negative="", show_default=False)
    ] = False,
) -> None:
    """Show every setting as a server started here would have it, without secrets."""
    rows = [
        (name, setting.show(getattr(configuration.settings, name)), configuration.origins[name])
        for name, setting in SETTINGS.items()
    ]
    told = _as_json(rows, origin=origin) if json else _as_table(rows, origin=origin)
    print(told)  # noqa: T201 -- what was asked for


def _as_json(rows: list[_Row], *, origin: bool) -> str:
    values: dict[str, object] = {name: value for name, value, _ in rows}
    if origin:
        values = {name: {"value": value, "origin": where} for name, value, where in rows}
    return json_text.dumps(values, indent=2)


def _as_table(rows: list[_Row], *, origin: bool) -> str:
    lines = [(name, _text(name, value), where if origin else "") for name, value, where in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(2)]
    return "\n".join(
        f"{name.ljust(widths[0])}  {value.ljust(widths[1])}  {where}".rstrip()
        for name, value, where in lines
    )


def _text(name: str, value: Shown) -> str:
    if not value:
        return f"({SETTINGS[name].about.absent.replace('`', '')})"
    return ", ".join(value) if isinstance(value, list) else value
