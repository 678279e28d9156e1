"""Flags for settings: a command names the settings that it takes, and is given all of them."""

import inspect
import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

from cyclopts import Parameter

from tokenhouse.config import SETTINGS, Setting, read
from tokenhouse.config.forms import HIDDEN

_CONFIG: Final = "config"
_CONFIGURATION: Final = "configuration"

Command: TypeAlias = Callable[..., None]


def takes(*names: str) -> Callable[[Command], Command]:
    """Give a command a flag for each of these settings, and `--config`.

    The command itself has one parameter `configuration`, which then holds what all places gave;
    its other parameters stay what they are. Running it raises Misconfigured.
    """

    def decorate(command: Command) -> Command:
        signature = inspect.signature(command)
        own = [one for one in signature.parameters.values() if one.name != _CONFIGURATION]
        flags = [_flag(SETTINGS[name]) for name in names]

        @wraps(command)
        def run(**typed: Any) -> None:
            file: Path | None = typed.pop(_CONFIG, None)
            given = {name: typed.pop(name, None) for name in names}
            configuration = read(given, os.environ, file)
            _warn(given)
            command(configuration=configuration, **typed)

        changed = signature.replace(parameters=[*own, *flags, _config()])
        run.__signature__ = changed  # type: ignore[attr-defined]
        run.__annotations__ = {one.name: one.annotation for one in changed.parameters.values()}
        return run

    return decorate


def _flag(setting: Setting) -> inspect.Parameter:
    default = setting.about.absent or setting.show(setting.default)
    told = f"{setting.about.help} Default: {default}."
    return _keyword(setting.name, str, told)


def _config() -> inspect.Parameter:
    told = "TOML file with settings. Default: /etc/tokenhouse/tokenhouse.toml, if there is one."
    return _keyword(_CONFIG, Path, told)


def _keyword(name: str, form: type, told: str) -> inspect.Parameter:
    # built by hand, since the flags come from the table of settings
    annotation = Annotated[form | None, Parameter(help=told, show_default=False)]  # type: ignore[valid-type]
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
    )


def _warn(given: dict[str, str | None]) -> None:
    """Say that a secret on the command line is none: every user of the machine can read it."""
    for name, text in given.items():
        setting = SETTINGS[name]
        if text is None or not setting.about.secret:
            continue
        if HIDDEN in str(setting.show(setting.about.form.read(text))):
            print(  # noqa: T201 -- the command's voice
                f"tokenhouse: every user of this machine can see the password in {setting.flag}; "
                f"better put it into {setting.variable}_FILE.",
                file=sys.stderr,
            )
