"""`tokenhouse keys`: list, rotate, rewrap, abandon."""

from typing import Annotated, Final

from cyclopts import App

from tokenhouse.cli.flags import Json, Yes, examples, of_deployment, refuse_unless, switch
from tokenhouse.cli.opening import opened
from tokenhouse.cli.say import moment, say, say_json, second, yes_or_no
from tokenhouse.cli.table import Table
from tokenhouse.config import Configuration
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.signing_key import SigningKey
from tokenhouse.operations.at_machine import AtMachine
from tokenhouse.operations.keys import ListedKey
from tokenhouse.operations.signing_keys import PUBLISHED_KEPT_FOR
from tokenhouse.signing.places import KeyFile

_MORE: Final = examples("tokenhouse keys list", "tokenhouse keys rotate --help")

app = App(
    name="keys",
    help="List and change the signing keys.",
    help_epilogue=_MORE,
)


@app.command(
    name="list",
    help_epilogue=examples(
        "tokenhouse keys list --data /var/lib/tokenhouse",
        "tokenhouse keys list --json",
    ),
)
@of_deployment
def list_keys(*, configuration: Configuration, json: Json = False) -> None:
    """Show all signing keys, oldest first.

    A pending key is published and signs nothing yet. The active one signs. A retiring one signs no
    more and verifies what it signed. A retired one does neither.
    """
    with opened(configuration.settings) as there:
        asking = AtMachine(DEPLOYMENT, "tokenhouse keys list")
        listed = there.authority().signing_keys.listed(asking)
    _TABLE.say_all(listed, json=json)


@app.command(
    help_epilogue=examples(
        "tokenhouse keys rotate", "tokenhouse keys rotate --data /var/lib/tokenhouse --json"
    )
)
@of_deployment
def rotate(
    *,
    configuration: Configuration,
    now: Annotated[
        bool,
        switch(
            "Do not wait until verifiers can know the next key: those who cached the published "
            "keys may refuse what it signs for up to 5 minutes."
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Sign with the next key from now on, and publish one more for the next time.

    Nothing ends: what the old key signed stays good until its own expiry. The server need not be
    stopped.
    """
    with opened(configuration.settings) as there:
        there.refuse_unopenable()
        asking = AtMachine(DEPLOYMENT, "tokenhouse keys rotate")
        published_for = 0 if now else PUBLISHED_KEPT_FOR
        rotated = there.authority().signing_keys.rotate(asking, published_for)
    if json:
        named = {name: str(getattr(rotated, name).id) for name in ("active", "retiring", "pending")}
        say_json({**named, "retires_at": moment(rotated.retiring.retires_at)})
        return
    say(f"{rotated.active.id} signs from now on.")
    say(f"{rotated.retiring.id} verifies until {moment(rotated.retiring.retires_at)}.")
    say(f"{rotated.pending.id} is published and will be next.")


@app.command(help_epilogue=examples("tokenhouse keys rewrap --data /var/lib/tokenhouse"))
@of_deployment
def rewrap(*, configuration: Configuration, json: Json = False) -> None:
    """Change the master key: seal the same signing keys under a new one.

    Nothing ends, and the server need not be stopped while the master key is in a file. If the
    command is cut short, run it again. A backup made before needs the old master key: keep it as
    long as the backup.
    """
    with opened(configuration.settings) as there:
        there.refuse_unopenable()
        with there.place.replaced() as master:
            resealed = there.parts.keys().rewrap(master.id)
    if json:
        say_json({"master_key_id": master.id, "resealed": [str(key.id) for key in resealed]})
        return
    if not resealed:
        say("All signing keys were sealed under the new master key already.")
    present, following = there.place.names
    if isinstance(there.place, KeyFile):
        say(f"The master key is {master.id} now, in {present}.")
    else:
        say(f"The master key is {master.id} now: move it from {following} to {present}.")


@app.command(help_epilogue=examples("tokenhouse keys abandon --data /var/lib/tokenhouse --yes"))
@of_deployment
def abandon(
    *,
    configuration: Configuration,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Give up all signing keys and begin with new ones, when the master key is lost.

    This ends all signed tokens (every session) at once; opaque tokens live on. The new keys are
    sealed under the master key that is there, or under a new one in a file where there is none.
    """
    refuse_unless(
        yes,
        "New signing keys end all signed tokens (every session) at once, while opaque tokens live "
        "on.",
    )
    with opened(configuration.settings) as there:
        master = there.place.make()
        ended = there.parts.keys().abandon(master.id)
    if json:
        say_json({"master_key_id": master.id, "ended": [str(key.id) for key in ended]})
        return
    say(f"{len(ended)} signing keys have ended, and every session with them.")
    say(f"New ones are sealed under the master key {master.id} in {there.place.names[0]}.")


def _fields(listed: ListedKey) -> dict[str, object]:
    key = listed.key
    return {
        "id": str(key.id),
        "state": listed.state.value,
        "algorithm": key.algorithm,
        "published": listed.published,
        "created_at": moment(key.created_at),
        "activated_at": moment(key.activated_at),
        "retires_at": moment(key.retires_at),
        "master_key_id": _sealed_under(key),
    }


def _row(listed: ListedKey) -> tuple[str, ...]:
    key = listed.key
    return (
        str(key.id),
        listed.state.value,
        yes_or_no(listed.published),
        second(key.activated_at),
        second(key.retires_at),
        _sealed_under(key) or "-",
    )


def _sealed_under(key: SigningKey) -> str | None:
    return None if key.sealed is None else key.master_key_id


_TABLE: Final = Table(
    ("KEY", "STATE", "PUBLISHED", "SIGNS SINCE", "VERIFIES UNTIL", "MASTER KEY"),
    row=_row,
    fields=_fields,
)
