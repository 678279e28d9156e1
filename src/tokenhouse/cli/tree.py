"""The tree of commands, each group imported when it is used."""

from typing import Final

from cyclopts import App, Group

from tokenhouse import __version__
from tokenhouse.cli.sheet import Sheet

_BEGIN: Final = Group("To begin", sort_key=1)
_WHO: Final = Group("To decide who may", sort_key=2)
_RUN: Final = Group("To run a deployment", sort_key=3)
_TYPE: Final = Group("To type less", sort_key=4)
_OPTIONS: Final = Group("Options", sort_key=10)

_COMMANDS: Final = {
    _BEGIN: ("demo", "init", "serve"),
    _WHO: ("organization", "person", "group", "client", "device", "token"),
    _RUN: ("config", "catalogue", "keys", "clock", "events", "bench"),
    _TYPE: ("completion",),
}
"""What `--help` lists under which heading, in this order; each is the `app` of the module of its
name."""

_FLAGS: Final = {
    "--help": "Say what there is; behind a command, what it does.",
    "--version": "Say the version.",
}

_ABOUT: Final = """A self-hosted access token authority: it issues, verifies and revokes the tokens
that your API hands out."""

_MORE: Final = """To look around, with a made-up firm:
  tokenhouse demo

To set a deployment of your own up, and serve it:
  tokenhouse init --organization Nordlicht --email anna@nordlicht.example \\
    --public-url https://tokens.nordlicht.example
  tokenhouse serve

A setting is taken from its flag, else from its TOKENHOUSE_ variable, else from
a TOML file (--config FILE, else /etc/tokenhouse/tokenhouse.toml). What holds
here, and where each value comes from:
  tokenhouse config show --origin

Exit codes: 0 done, 1 not done, 2 not understood, 3 not found, 4 refused,
6 conflict, 7 unavailable, 8 the token is not good, 130 interrupted.

More of a command: tokenhouse COMMAND --help"""


def tree() -> App:
    """All commands."""
    app = App(
        name="tokenhouse",
        version=__version__,
        help=_ABOUT,
        help_format="plaintext",
        help_epilogue=_MORE,
        help_formatter=Sheet(),
        suppress_keyboard_interrupt=False,
    )
    for flag, told in _FLAGS.items():
        app[flag].help = told
        app[flag].group = _OPTIONS
    for section, names in _COMMANDS.items():
        for place, name in enumerate(names):
            app.command(f"tokenhouse.cli.{name}:app", name=name, group=section, sort_key=place)
    return app
