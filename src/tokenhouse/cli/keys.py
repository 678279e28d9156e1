"""`tokenhouse keys`: list, rotate, rewrap, abandon."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Final, TypeAlias

from cyclopts import App, Parameter

from tokenhouse.cli import Stopped
from tokenhouse.cli.flags import takes
from tokenhouse.config import Configuration, Settings
from tokenhouse.core.moment import SECOND, format_moment
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.signing_key import SigningKey
from tokenhouse.operations.at_machine import AtMachine
from tokenhouse.operations.keys import ListedKey
from tokenhouse.operations.signing_keys import PUBLISHED_KEPT_FOR, SigningKeys
from tokenhouse.signing.master_key import MasterKeyError
from tokenhouse.signing.places import KeyFile
from tokenhouse.store.sqlite import FILE
from tokenhouse.wiring import Opened, build, open_deployment

app = App(name="keys", help="List and change the signing keys.", help_format="markdown")

Json: TypeAlias = Annotated[
    bool, Parameter(help="Answer in JSON.", negative="", show_default=False)
]

_PLACE: Final = takes("data", "store")
_COLUMNS: Final = ("KEY", "STATE", "PUBLISHED", "SIGNS SINCE", "VERIFIES UNTIL", "MASTER KEY")


@app.command(name="list")
@_PLACE
def list_keys(*, configuration: Configuration, json: Json = False) -> None:
    """Show all signing keys, oldest first.

    pending: published, signs nothing yet. active: signs. retiring: signs no more, verifies what
    it signed. retired: neither.

    Example: `tokenhouse keys list --data /var/lib/tokenhouse`
    """
    with _opened(configuration.settings) as opened:
        listed = _signing_keys(opened).listed(AtMachine(DEPLOYMENT, "tokenhouse keys list"))
    if json:
        _say_json([_fields(one) for one in listed])
    else:
        _say_table([_row(one) for one in listed])


@app.command
@_PLACE
def rotate(
    *,
    configuration: Configuration,
    now: Annotated[
        bool,
        Parameter(
            help="Do not wait until verifiers can know the next key: those who cached the "
            "published keys may refuse what it signs for up to 5 minutes.",
            negative="",
            show_default=False,
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Sign with the next key from now on, and publish one more for the next time.

    Nothing ends: what the old key signed stays good until its own expiry. The server need not be
    stopped.

    Example: `tokenhouse keys rotate --data /var/lib/tokenhouse`
    """
    with _opened(configuration.settings) as opened:
        opened.refuse_unopenable()
        asking = AtMachine(DEPLOYMENT, "tokenhouse keys rotate")
        rotated = _signing_keys(opened).rotate(asking, 0 if now else PUBLISHED_KEPT_FOR)
    if json:
        named = {name: str(getattr(rotated, name).id) for name in ("active", "retiring", "pending")}
        _say_json({**named, "retires_at": _moment(rotated.retiring.retires_at)})
        return
    _say(f"{rotated.active.id} signs from now on.")
    _say(f"{rotated.retiring.id} verifies until {_moment(rotated.retiring.retires_at)}.")
    _say(f"{rotated.pending.id} is published and will be next.")


@app.command
@_PLACE
def rewrap(*, configuration: Configuration, json: Json = False) -> None:
    """Change the master key: seal the same signing keys under a new one.

    Nothing ends, and the server need not be stopped while the master key is in a file. If the
    command is cut short, run it again. A backup made before needs the old master key: keep it as
    long as the backup.

    Example: `tokenhouse keys rewrap --data /var/lib/tokenhouse`
    """
    with _opened(configuration.settings) as opened:
        opened.refuse_unopenable()
        with opened.place.replaced() as master:
            resealed = opened.parts.keys().rewrap(master.id)
    if json:
        _say_json({"master_key_id": master.id, "resealed": [str(key.id) for key in resealed]})
        return
    if not resealed:
        _say("All signing keys were sealed under the new master key already.")
    present, following = opened.place.names
    if isinstance(opened.place, KeyFile):
        _say(f"The master key is {master.id} now, in {present}.")
    else:
        _say(f"The master key is {master.id} now: move it from {following} to {present}.")


@app.command
@_PLACE
def abandon(
    *,
    configuration: Configuration,
    yes: Annotated[
        bool,
        Parameter(help="Yes, end every signed token at once.", negative="", show_default=False),
    ] = False,
    json: Json = False,
) -> None:
    """Give up all signing keys and begin with new ones, when the master key is lost.

    Ends all signed tokens (every session) at once; opaque tokens live on. The new keys are sealed
    under the master key that is there, or under a new one in a file where there is none.

    Example: `tokenhouse keys abandon --data /var/lib/tokenhouse --yes`
    """
    if not yes:
        raise Stopped(
            "Nothing was done. New signing keys end all signed tokens (every session) at once, "
            "while opaque tokens live on; if you mean it, add --yes."
        )
    with _opened(configuration.settings) as opened:
        master = opened.place.make()
        ended = opened.parts.keys().abandon(master.id)
    if json:
        _say_json({"master_key_id": master.id, "ended": [str(key.id) for key in ended]})
        return
    _say(f"{len(ended)} signing keys have ended, and every session with them.")
    _say(f"New ones are sealed under the master key {master.id} in {opened.place.names[0]}.")


@contextmanager
def _opened(settings: Settings) -> Iterator[Opened]:
    """Open a deployment that is there, and close it; a directory without one stays as it is."""
    if settings.store is None and not (settings.data / FILE).is_file():
        raise Stopped(f"No deployment was set up in {settings.data}.")
    try:
        with open_deployment(settings, os.environ) as opened:
            if opened.parts.store.deployment() is None:
                raise Stopped(f"No deployment was set up in {opened.where}.")
            yield opened
    except MasterKeyError as error:
        raise Stopped(str(error)) from None


def _signing_keys(opened: Opened) -> SigningKeys:
    deployment = opened.parts.store.deployment()
    assert deployment is not None
    return build(opened.parts, deployment).signing_keys


def _fields(listed: ListedKey) -> dict[str, object]:
    key = listed.key
    return {
        "id": str(key.id),
        "state": listed.state.value,
        "algorithm": key.algorithm,
        "published": listed.published,
        "created_at": _moment(key.created_at),
        "activated_at": _moment(key.activated_at),
        "retires_at": _moment(key.retires_at),
        "master_key_id": _sealed_under(key),
    }


def _row(listed: ListedKey) -> tuple[str, ...]:
    key = listed.key
    return (
        str(key.id),
        listed.state.value,
        "yes" if listed.published else "no",
        _second(key.activated_at) or "-",
        _second(key.retires_at) or "-",
        _sealed_under(key) or "-",
    )


def _sealed_under(key: SigningKey) -> str | None:
    return None if key.sealed is None else key.master_key_id


def _moment(moment: int | None) -> str | None:
    return None if moment is None else format_moment(moment)


def _second(moment: int | None) -> str | None:
    """For people, and of one width for a table."""
    return None if moment is None else format_moment(moment // SECOND * SECOND)


def _say(line: str) -> None:
    print(line)  # noqa: T201 -- what a command is for


def _say_json(answer: object) -> None:
    _say(json.dumps(answer, indent=2))


def _say_table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(cell) for cell in column) for column in zip(_COLUMNS, *rows, strict=True)]
    for row in (_COLUMNS, *rows):
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        _say("  ".join(padded).rstrip())
