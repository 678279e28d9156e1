"""The flags that commands share, those for settings above all.

A command names the settings that it takes, and is given all of them.
"""

import inspect
import os
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

from cyclopts import Group, Parameter, Token

from tokenhouse.cli.exits import Stopped
from tokenhouse.config import SETTINGS, Setting, read
from tokenhouse.config.forms import (
    ADDRESS,
    DATABASE,
    HIDDEN,
    MANAGEMENT,
    NETWORKS,
    PATH,
    PUBLIC_URL,
    RENEWAL_STATUS,
    SECONDS,
    SWITCH,
)

_CONFIG: Final = "config"
_CONFIGURATION: Final = "configuration"

Command: TypeAlias = Callable[..., None]


def flag(told: str, written: str, *, name: str | None = None) -> Parameter:
    """A flag with one value, which its help writes as `written`."""
    return Parameter(name=name, help=told, metavar=written, show_default=False)


def several(told: str, written: str, *, name: str | None = None) -> Parameter:
    """A flag with a value that may be repeated."""
    return Parameter(name=name, help=told, metavar=written, negative="", show_default=False)


def switch(told: str, *, name: str | None = None) -> Parameter:
    """A flag without a value."""
    return Parameter(name=name, help=told, negative="", show_default=False)


Json: TypeAlias = Annotated[bool, switch("Answer in JSON.", name="--json")]
Yes: TypeAlias = Annotated[bool, switch("Yes, do it.", name="--yes")]
OrganizationFlag: TypeAlias = Annotated[
    str | None,
    flag(
        "Id or name of the organization. Default: the only one there is.",
        "ID-OR-NAME",
        name="--organization",
    ),
]
GroupsFlag: TypeAlias = Annotated[
    tuple[str, ...],
    several("Name of a policy group to carry; may be repeated.", "NAME", name="--group"),
]
WhichClient: TypeAlias = Annotated[str, flag("Its client_id or its id.", "CLIENT")]
Who: TypeAlias = Annotated[str, flag("The person's e-mail or id.", "E-MAIL-OR-ID")]

_SETTINGS: Final = Group("Settings, also from TOKENHOUSE_ variables or a file", sort_key=20)
_WRITTEN: Final = {
    PATH: "PATH",
    DATABASE: "URL",
    MANAGEMENT: "URL",
    PUBLIC_URL: "URL",
    ADDRESS: "ADDRESS:PORT",
    NETWORKS: "NETWORKS",
    RENEWAL_STATUS: "STATUS",
    SECONDS: "SECONDS",
    SWITCH: "SWITCH",
}


def examples(*lines: str) -> str:
    """What stands at the end of a command's help: commands that work as they are typed.

    A line that ends with a backslash goes on in the next one, which is indented by two.
    """
    several = sum(not line.startswith(" ") for line in lines) > 1
    return "\n  ".join(["Examples:" if several else "Example:", *lines])


def refuse_unless(yes: bool, what: str) -> None:
    """Raise Stopped unless `--yes` was given; `what` is a sentence on what would end for good."""
    if not yes:
        raise Stopped(f"Nothing was done. {what} If you mean it, add --yes.")


def takes(*names: str) -> Callable[[Command], Command]:
    """Give a command a flag for each of these settings, and `--config`.

    The command itself has one parameter `configuration` by keyword, which then holds what all
    places gave; its other parameters stay what they are. Running it raises Misconfigured.
    """

    def decorate(command: Command) -> Command:
        signature = inspect.signature(command)
        own = [one for one in signature.parameters.values() if one.name != _CONFIGURATION]
        flags = [_of_setting(SETTINGS[name]) for name in names]

        @wraps(command)
        def run(*named: Any, **typed: Any) -> None:
            file: str | None = typed.pop(_CONFIG, None)
            given = {name: typed.pop(name, None) for name in names}
            configuration = read(given, os.environ, None if file is None else Path(file))
            _warn(given)
            command(*named, configuration=configuration, **typed)

        changed = signature.replace(parameters=[*own, *flags, _config()])
        run.__signature__ = changed  # type: ignore[attr-defined]
        run.__annotations__ = {one.name: one.annotation for one in changed.parameters.values()}
        return run

    return decorate


of_deployment: Final = takes("data", "store")
"""Gives a command the flags that say which deployment it is about."""


def _of_setting(setting: Setting) -> inspect.Parameter:
    default = setting.about.absent or setting.show(setting.default)
    told = f"{setting.about.help} Default: {default}."
    form = setting.about.form
    return _keyword(setting.name, Path if form is PATH else str, told, _WRITTEN[form])


def _config() -> inspect.Parameter:
    told = "TOML file with settings. Default: /etc/tokenhouse/tokenhouse.toml, if there is one."
    return _keyword(_CONFIG, Path, told, "FILE")


def _keyword(name: str, form: type, told: str, written: str) -> inspect.Parameter:
    # built by hand, since the flags come from the table of settings; a path is one for the shell
    # that completes it, and stays text here, which the setting's own form reads
    shape = Parameter(
        help=told,
        show_default=False,
        metavar=written,
        group=_SETTINGS,
        converter=_as_typed,
        n_tokens=1,
    )
    annotation = Annotated[form | None, shape]  # type: ignore[valid-type]
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
    )


def _as_typed(_: object, tokens: Sequence[Token]) -> str:
    return tokens[0].value


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
