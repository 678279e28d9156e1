"""`tokenhouse catalogue`: show, load, import."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import msgspec
from cyclopts import App, Parameter

from tokenhouse.catalogue.faults import MAX_FILE_BYTES
from tokenhouse.catalogue.merging import merged
from tokenhouse.catalogue.openapi import read_openapi
from tokenhouse.catalogue.toml import read_toml
from tokenhouse.cli.difference import say_difference, say_effect
from tokenhouse.cli.exits import Exit, Stopped
from tokenhouse.cli.flags import Json, examples, flag, of_deployment, switch
from tokenhouse.cli.opening import operating
from tokenhouse.cli.say import say, say_json, say_table, yes_or_no
from tokenhouse.config import Configuration
from tokenhouse.core.catalogue import Catalogue, Contents
from tokenhouse.core.permission import is_permission_name
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.refusal import Problem, Refused
from tokenhouse.faces.native.wire.catalogue import previewed, shown
from tokenhouse.operations import Authority
from tokenhouse.operations.at_machine import AtMachine
from tokenhouse.operations.curate import Preview

_NAME: Final = "tokenhouse catalogue"

app = App(
    name="catalogue",
    help="Show and change which permissions and predefined sets there are.",
    help_epilogue=examples(f"{_NAME} show", f"{_NAME} load --help"),
)

_File: TypeAlias = Annotated[Path, Parameter(help="The file.", metavar="FILE")]
_DryRun: TypeAlias = Annotated[
    bool,
    switch(
        "Change nothing, and tell each token that would gain or lose something.", name="--dry-run"
    ),
]
_ENTRY: Final = re.compile(r"permissions\[(\d+)\](\.?)")


@app.command(help_epilogue=examples(f"{_NAME} show --json"))
@of_deployment
def show(*, configuration: Configuration, json: Json = False) -> None:
    """Show the permissions of your APIs, and the predefined sets."""
    with operating(configuration.settings) as authority:
        found = authority.catalogue.shown(AtMachine(DEPLOYMENT, f"{_NAME} show"))
    if json:
        say_json(msgspec.to_builtins(shown(found)))
        return
    say_table(("PERMISSION", "MANAGES ACCESS", "TITLE", "OPENS"), _permissions(found))
    say("")
    say_table(("SET", "NAME", "PERMISSIONS", "DESCRIPTION"), _sets(found))


@app.command(help_epilogue=examples(f"{_NAME} load catalogue.toml --dry-run"))
@of_deployment
def load(
    file: _File, *, configuration: Configuration, dry_run: _DryRun = False, json: Json = False
) -> None:
    """Let the catalogue hold what a file says, and nothing else but our own permissions.

    Every token follows at once: it loses what is no more. The form of the file is told in
    docs/catalogue.md. A set keeps its tokens while it keeps its name.
    """
    wanted = read_toml(_content(file))
    with operating(configuration.settings) as authority:
        preview = _change(authority, wanted, f"{_NAME} load", dry_run=dry_run)
    _say(preview, dry_run=dry_run, json=json)


@app.command(
    name="import", help_epilogue=examples(f"{_NAME} import openapi.json --prefix fleet --dry-run")
)
@of_deployment
def import_description(
    file: _File,
    *,
    configuration: Configuration,
    prefix: Annotated[
        str, flag("What names begin with, before a dot. Default: nothing.", "NAME")
    ] = "",
    dry_run: _DryRun = False,
    json: Json = False,
) -> None:
    """Add a permission for each operation of an API that OpenAPI 3 or Swagger 2.0 describes.

    The file is JSON. Permissions of the same name are replaced; all others stay, and all sets.
    """
    with _prefix_spelled():
        imported = read_openapi(_content(file), prefix)
    typed = f"{_NAME} import"
    with operating(configuration.settings) as authority:
        kept = authority.catalogue.shown(AtMachine(DEPLOYMENT, typed))
        wanted = merged(Contents(kept.own(), kept.sets), imported)
        preview = _change(authority, wanted, typed, dry_run=dry_run, expected=kept.version)
    _say(preview, dry_run=dry_run, json=json)


def _content(file: Path) -> bytes:
    """A file, and no more of it than is ever read."""
    try:
        with file.open("rb") as opened:
            return opened.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise Stopped(f"There is no file {file}.", Exit.NOT_FOUND) from None
    except OSError as error:
        raise Stopped(f"{file} cannot be read: {error.strerror}.") from None


def _change(
    authority: Authority,
    wanted: Contents,
    typed: str,
    *,
    dry_run: bool,
    expected: int | None = None,
) -> Preview:
    caller = AtMachine(DEPLOYMENT, typed)
    with _by_name(wanted):
        preview = authority.catalogue.preview(caller, wanted, expected)
        if not dry_run:
            authority.catalogue.change(caller, wanted, preview.before.version)
    return preview


def _say(preview: Preview, *, dry_run: bool, json: bool) -> None:
    if json:
        say_json(msgspec.to_builtins(previewed(preview)))
        return
    say_difference(preview.before, preview.after)
    say_effect(preview.effect, each=dry_run)
    if preview.after is preview.before:
        say("The catalogue holds this already.")
    else:
        say("Nothing was changed." if dry_run else "The catalogue is changed.")


@contextmanager
def _prefix_spelled() -> Iterator[None]:
    """Tell a fault of the prefix by its flag."""
    try:
        yield
    except Refused as refused:
        problems = tuple(
            Problem("--prefix" if one.field == "prefix" else one.field, one.sentence)
            for one in refused.problems
        )
        raise Refused(refused.code, refused.public, problems) from None


@contextmanager
def _by_name(wanted: Contents) -> Iterator[None]:
    """Tell faults by the names of permissions: nobody numbers what was put together."""

    def named(match: re.Match[str]) -> str:
        place, behind = int(match[1]), " " if match[2] else ""
        name = wanted.entries[place].name
        shown = name if is_permission_name(name) else f"permission number {place + 1}"
        return f"{shown}{behind}"

    try:
        yield
    except Refused as refused:
        problems = tuple(
            Problem(_ENTRY.sub(named, one.field), _ENTRY.sub(named, one.sentence))
            for one in refused.problems
        )
        raise Refused(refused.code, refused.public, problems) from None


def _permissions(catalogue: Catalogue) -> list[tuple[str, ...]]:
    return [
        (one.name, yes_or_no(one.manages_access), one.title, ", ".join(map(str, one.operations)))
        for one in catalogue.own()
    ]


def _sets(catalogue: Catalogue) -> list[tuple[str, ...]]:
    return [
        (str(one.id), one.name, str(len(one.permissions)), one.description)
        for one in catalogue.sets
    ]
