"""`tokenhouse demo`: a sample organization, a sample API and everything to try, in one process."""

import json as json_text
import os
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Annotated, Final, TypeAlias
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from cyclopts import App, Parameter
from rich.console import Console

from tokenhouse.boundary import Boundary
from tokenhouse.cli.exits import Stopped
from tokenhouse.cli.flags import Json, examples
from tokenhouse.cli.say import aligned
from tokenhouse.config import BRAND, DEFAULT_PORT, Settings, read_master_key
from tokenhouse.core.client import is_secret_of
from tokenhouse.core.credential import Secret
from tokenhouse.core.principal import Deployment
from tokenhouse.core.refusal import Unavailable
from tokenhouse.demo import device_files, environments, firm, start_page, systems
from tokenhouse.demo.device_files.shelf import Shelf
from tokenhouse.demo.environments import kept, page
from tokenhouse.demo.passwords import Passwords
from tokenhouse.demo.tour import steps
from tokenhouse.faces import fleet, health, reference
from tokenhouse.housekeeping import Housekeeping
from tokenhouse.openapi import document
from tokenhouse.operations.changes import Page, Stretch
from tokenhouse.server import CannotListen, Listener, listen, serve
from tokenhouse.serving import FACES
from tokenhouse.wiring import Opened, Parts, build, make_directory, open_deployment

_MORE: Final = examples("tokenhouse demo", "tokenhouse demo --port 9000 --data ./demo-data")

app = App(name="demo", help_epilogue=_MORE)

HOST: Final = "127.0.0.1"


class Running(msgspec.Struct, frozen=True):
    """What there is to say once the demo is ready."""

    directory: Path
    parts: Parts
    deployment: Deployment
    passwords: Passwords


Say: TypeAlias = Callable[[Running], None]


@app.default
def demo(
    *,
    port: Annotated[
        int | None,
        Parameter(
            help=f"Port on this machine; 0 takes a free one. Default: {DEFAULT_PORT}.",
            metavar="PORT",
        ),
    ] = None,
    data: Annotated[
        Path | None,
        Parameter(
            help="Keep everything in this directory. Default: a new one, removed at the end."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Run a made-up firm with people, policy groups and an API to protect.

    Prints who can sign in and commands to paste; with --json one line, once it is ready. Only this
    machine can reach it. Ctrl-C ends it.
    """
    with ExitStack() as stack:
        directory = data or Path(stack.enter_context(tempfile.TemporaryDirectory("-tokenhouse")))
        make_directory(directory)
        _run(directory, port, _say_json if json else partial(_say, kept=data is not None))


def _run(directory: Path, port: int | None, say: Say) -> None:
    # Whatever a real deployment of this machine is run with, the demo leaves it alone.
    settings = Settings(data=directory, master_key=read_master_key(os.environ))
    with open_deployment(settings, os.environ) as opened:
        _serve(opened, directory, port, say)


def _serve(opened: Opened, directory: Path, port: int | None, say: Say) -> None:
    parts = opened.parts
    listener = _listener(parts.store.deployment(), directory, port)
    passwords = Passwords(directory)
    if parts.store.deployment() is None:
        _set_up(opened, passwords, listener)
    opened.refuse_unopenable()
    deployment = parts.store.deployment()
    assert deployment is not None
    platform = kept.Environments(directory / kept.FILE)
    faces = (
        *FACES,
        fleet.FACE,
        health.face(parts.ready()),
        systems.FACE,
        environments.face(platform),
        device_files.face(Shelf(directory / "device-files").open()),
        page.face(deployment.issuer, platform, _firm_id(parts)),
        start_page.face(deployment.issuer, start_page.visitors(passwords.of)),
    )
    told = reference.face(document(faces, deployment.issuer))
    running = Running(directory, parts, deployment, passwords)
    authority = build(parts, deployment)
    with Housekeeping(parts.store, authority.notes, parts.clocks(), parts.clock):
        serve(Boundary(authority, (*faces, told)), listener, lambda: say(running))
    if parts.store.broken is not None:
        raise Unavailable("A write could not be made durable: look at the disk, then start again.")


def _listener(deployment: Deployment | None, directory: Path, port: int | None) -> Listener:
    if deployment is None:
        return listen(HOST, DEFAULT_PORT if port is None else port)
    own = urlsplit(deployment.issuer).port
    assert own is not None
    if port not in (None, 0, own):
        raise Stopped(
            f"The data in {directory} belongs to {deployment.issuer}: its tokens name that "
            f"address. You asked for http://localhost:{port}. Leave out --port, or name another "
            "directory with --data."
        )
    try:
        return listen(HOST, own)
    except CannotListen:
        raise Stopped(
            f"The data in {directory} belongs to {deployment.issuer}, and that port cannot be had: "
            "does this demo run already? If not, stop the program that uses it, or name another "
            "directory with --data."
        ) from None


def _set_up(opened: Opened, passwords: Passwords, listener: Listener) -> None:
    issuer = f"http://localhost:{listener.port}"
    pair = passwords.pair_of(BRAND, firm.CLIENT)
    planned = firm.blueprint(issuer, BRAND, lambda email: Secret(passwords.of(email)), (pair,))
    opened.parts.set_up()(planned, opened.first_keys())


def _firm_id(parts: Parts) -> UUID:
    """The firm is the first organization there was, whatever became of its people."""
    (organization,) = parts.store.page_organizations(Stretch(1))
    return organization.id


def _say_json(running: Running) -> None:
    organization_id = _firm_id(running.parts)
    first = Page("name", descending=False, offset=0, size=100)
    groups = [counted.group for counted in running.parts.store.page_groups(organization_id, first)]
    catalogue = running.parts.store.catalogue()
    ready = {
        "url": running.deployment.issuer,
        "environments": running.deployment.issuer + page.PATH,
        "organization": {"id": str(organization_id), "name": firm.NAME},
        "people": [
            {
                "email": member.email,
                "password": running.passwords.of(member.email),
                "role": member.role,
            }
            for member in firm.MEMBERS
        ],
        "groups": [
            {
                "id": str(group.id),
                "name": group.name,
                "permissions": sorted(group.holds(catalogue)),
            }
            for group in groups
        ],
        **_pair_told(running),
    }
    print(json_text.dumps(ready), flush=True)  # noqa: T201 -- what was asked for


def _pair_told(running: Running) -> dict[str, dict[str, str]]:
    """The pair of the firm's client, where it is good for something.

    Data from before there were clients has none, and whoever tries things out may have removed it.
    """
    pair = running.passwords.pair_of(BRAND, firm.CLIENT)
    standing = running.parts.store.standing_of_client(pair.client_id)
    client = None if standing is None else standing.client
    if client is None or client.suspended or not is_secret_of(client, pair.secret):
        return {}
    return {"client": {"client_id": pair.client_id, "client_secret": pair.secret.reveal()}}


def _say(running: Running, *, kept: bool) -> None:
    url = running.deployment.issuer
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"\n[bold]Tokenhouse demo[/bold] is ready: open [bold]{url}[/bold]\n")
    people = [
        ("Who can sign in", "E-mail", "Password"),
        *((one.role, one.email, running.passwords.of(one.email)) for one in firm.MEMBERS),
    ]
    for line in aligned(people):
        console.print(line, markup=False)
    console.print("\n[bold]Things to try[/bold], in another shell, from the first to the last:\n")
    administrator = next(one for one in firm.MEMBERS if one.role == "Administrator")
    password = running.passwords.of(administrator.email)
    for step in steps(url, administrator.email, password):
        console.print(f"[dim]# {step.title}[/dim]")
        console.print(step.command + "\n", markup=False)
    ending = "" if kept else " and removes it; --data names a directory to keep"
    console.print(
        f"Its data is in {running.directory}. Ctrl-C ends the demo{ending}.", markup=False
    )
