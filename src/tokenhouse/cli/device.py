"""`tokenhouse device`: list, show, create, edit, remove, and what it is given and loses."""

from functools import partial
from typing import Annotated, Final, TypeAlias

import msgspec
from cyclopts import App, Parameter

from tokenhouse.cli.choosing import acting_in, device_named
from tokenhouse.cli.client_terms import YesOrNo, either, said
from tokenhouse.cli.device_terms import NOTHING, Terms, typed_terms
from tokenhouse.cli.flags import (
    Json,
    OrganizationFlag,
    Yes,
    examples,
    flag,
    of_deployment,
    refuse_unless,
)
from tokenhouse.cli.lists import whole
from tokenhouse.cli.opening import operating
from tokenhouse.cli.say import aligned, say, say_json, yes_or_no
from tokenhouse.cli.table import Table
from tokenhouse.config import Configuration
from tokenhouse.core.device import Device
from tokenhouse.faces.native.wire.devices import EDIT, NEW, shown, with_token
from tokenhouse.operations import Authority
from tokenhouse.operations.device_tokens import Equipped

_NAME: Final = "tokenhouse device"
_EXAMPLE: Final = "1"

app = App(
    name="device",
    help="List, make and change the devices of an organization.",
    help_epilogue=examples(f"{_NAME} list", f"{_NAME} create --help"),
)

_Terms: TypeAlias = Annotated[Terms, Parameter(name="*")]
_Which: TypeAlias = Annotated[str, flag("Its number or its id.", "DEVICE")]


@app.command(name="list", help_epilogue=examples(f"{_NAME} list --json"))
@of_deployment
def list_devices(
    *, configuration: Configuration, organization: OrganizationFlag = None, json: Json = False
) -> None:
    """Show the devices of an organization, oldest first."""
    with operating(configuration.settings) as authority:
        caller = acting_in(authority, organization, f"{_NAME} list")
        listed = whole(partial(authority.devices.page, caller))
    _table(authority).say_all(listed, json=json)


@app.command(help_epilogue=examples(f"{_NAME} show {_EXAMPLE}"))
@of_deployment
def show(
    which: _Which,
    /,
    *,
    configuration: Configuration,
    organization: OrganizationFlag = None,
    json: Json = False,
) -> None:
    """Show one device, without what proves it."""
    with operating(configuration.settings) as authority:
        device = device_named(authority, acting_in(authority, organization, f"{_NAME} show"), which)
    _table(authority).say_one(device, json=json)


@app.command(
    help_epilogue=examples(
        f"{_NAME} create --identifier rig-17 --serial-number SN-2209 \\",
        "  --cpu-id-file cpu-id --json",
    )
)
@of_deployment
def create(
    *,
    configuration: Configuration,
    identifier: Annotated[str, flag("The name that it alone has in its organization.", "NAME")],
    terms: _Terms = NOTHING,
    organization: OrganizationFlag = None,
    json: Json = False,
) -> None:
    """Make a device, and print its token and what proves it, to be written into the machine.

    The machine renews the token with the two others before it expires, or shortly after.
    """
    with operating(configuration.settings) as authority:
        caller = acting_in(authority, organization, f"{_NAME} create")
        draft = NEW.of({"identifier": identifier, **typed_terms(terms)})
        made = authority.devices.create(caller, draft)
    _say_equipped(authority, made, json=json)


@app.command(help_epilogue=examples(f"{_NAME} edit {_EXAMPLE} --suspended yes"))
@of_deployment
def edit(
    which: _Which,
    /,
    *,
    configuration: Configuration,
    identifier: Annotated[
        str | None, flag("The name that it alone has. Default: as it is.", "NAME")
    ] = None,
    terms: _Terms = NOTHING,
    suspended: Annotated[
        YesOrNo | None, either("Whether it may do nothing for now. Default: as it is.")
    ] = None,
    organization: OrganizationFlag = None,
    json: Json = False,
) -> None:
    """Change what is kept of a device, suspend or resume it; what is not named stays as it is."""
    with operating(configuration.settings) as authority:
        caller = acting_in(authority, organization, f"{_NAME} edit")
        device = device_named(authority, caller, which)
        typed = typed_terms(terms) | said(identifier=identifier, suspended=suspended)
        edited = authority.devices.edit(caller, device.id, EDIT.of(typed))
    _table(authority).say_one(edited, json=json)


@app.command(help_epilogue=examples(f"{_NAME} secrets {_EXAMPLE} --json"))
@of_deployment
def secrets(
    which: _Which,
    /,
    *,
    configuration: Configuration,
    organization: OrganizationFlag = None,
    json: Json = False,
) -> None:
    """Print what proves a device, and a token beside the one that it has; the trail tells of it."""
    with operating(configuration.settings) as authority:
        caller = acting_in(authority, organization, f"{_NAME} secrets")
        device = device_named(authority, caller, which)
        told = authority.devices.secrets(caller, device.id)
    _say_equipped(authority, told, json=json)


@app.command(help_epilogue=examples(f"{_NAME} revoke {_EXAMPLE} --yes"))
@of_deployment
def revoke(
    which: _Which,
    /,
    *,
    configuration: Configuration,
    organization: OrganizationFlag = None,
    yes: Yes = False,
) -> None:
    """End all tokens that a device was given before now; none of them renews."""
    refuse_unless(yes, "The device would have to be given another token by its secrets.")
    with operating(configuration.settings) as authority:
        caller = acting_in(authority, organization, f"{_NAME} revoke")
        device = device_named(authority, caller, which)
        authority.devices.revoke(caller, device.id)
    say(f"All tokens of {device.identifier} are revoked.")


@app.command(help_epilogue=examples(f"{_NAME} remove {_EXAMPLE} --yes"))
@of_deployment
def remove(
    which: _Which,
    /,
    *,
    configuration: Configuration,
    organization: OrganizationFlag = None,
    yes: Yes = False,
) -> None:
    """Remove a device for good; its tokens are good no longer."""
    refuse_unless(yes, "Whatever presents a token of this device would be unknown, for good.")
    with operating(configuration.settings) as authority:
        caller = acting_in(authority, organization, f"{_NAME} remove")
        device = device_named(authority, caller, which)
        authority.devices.remove(caller, device.id)
    say(f"{device.identifier} is removed.")


def _say_equipped(authority: Authority, equipped: Equipped, *, json: bool) -> None:
    brand, device = authority.deployment.brand, equipped.device
    if json:
        say_json(msgspec.to_builtins(with_token(brand, equipped)))
        return
    rows = [("number", str(device.number))]
    if device.cpu_id is not None:
        rows.append(("cpu_id", device.cpu_id))
    rows += [("uuid", device.uuid), ("token", equipped.secret.reveal())]
    for line in aligned(rows):
        say(line)


def _row(device: Device) -> tuple[str, ...]:
    return (
        str(device.number),
        device.identifier,
        yes_or_no(device.suspended),
        yes_or_no(device.cpu_id is not None),
        device.serial_number,
        device.model_id,
        str(device.id),
    )


def _table(authority: Authority) -> Table[Device]:
    return Table(
        ("NUMBER", "IDENTIFIER", "SUSPENDED", "RENEWS", "SERIAL NUMBER", "MODEL", "ID"),
        row=_row,
        fields=partial(shown, authority.deployment.brand),
    )
