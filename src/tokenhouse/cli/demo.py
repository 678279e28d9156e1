"""`tokenhouse demo`: a sample organization, a sample API and everything to try, in one process."""

import os
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Annotated, Final, TypeAlias
from urllib.parse import urlsplit

from cyclopts import App, Parameter

from tokenhouse.boundary import Boundary, Face
from tokenhouse.cli.demo_broker import open_broker
from tokenhouse.cli.demo_ready import Running, equip_systems, say, say_json
from tokenhouse.cli.demo_tour import walk_through
from tokenhouse.cli.exits import Exit, Stopped
from tokenhouse.cli.flags import Json, examples, switch
from tokenhouse.config import BRAND, DEFAULT_PORT, Settings, read_master_key
from tokenhouse.core.credential import Secret
from tokenhouse.core.principal import Deployment
from tokenhouse.core.refusal import Unavailable
from tokenhouse.demo import device_files, environments, firm, start_page, systems
from tokenhouse.demo.device_files.shelf import Shelf
from tokenhouse.demo.environments import kept, page
from tokenhouse.demo.passwords import Passwords
from tokenhouse.faces import fleet, health, reference
from tokenhouse.flushing import Flushing
from tokenhouse.housekeeping import Housekeeping
from tokenhouse.openapi import document
from tokenhouse.server import CannotListen, Listener, listen, serve
from tokenhouse.serving import FACES
from tokenhouse.wiring import Opened, build, make_directory, open_deployment

_MORE: Final = examples(
    "tokenhouse demo",
    "tokenhouse demo --port 9000 --data ./demo-data",
    "tokenhouse demo --tour",
)

app = App(name="demo", help_epilogue=_MORE)

HOST: Final = "127.0.0.1"


Show: TypeAlias = Callable[[Boundary, Listener, Running], None]
"""Serves the demo for as long as it is wanted, and says what is to be said."""


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
    tour: Annotated[
        bool,
        switch(
            "Walk through it over HTTP and MQTT, print each request and answer, and end. The port"
            " is a free one if none is named."
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Run a made-up firm with people, policy groups, an API to protect and an MQTT broker.

    Prints who can sign in and commands to paste; with --json one line, once it is ready. Only this
    machine can reach it. Ctrl-C ends it.
    """
    if tour and json:
        raise Stopped("--tour is for people: leave out --json.", Exit.NOT_UNDERSTOOD)
    with ExitStack() as stack:
        directory = data or Path(stack.enter_context(tempfile.TemporaryDirectory("-tokenhouse")))
        make_directory(directory)
        tell = say_json if json else partial(say, kept=data is not None)
        if tour:
            _run(directory, 0 if port is None else port, walk_through)
        else:
            _run(directory, port, partial(_stay, tell))


def _stay(
    tell: Callable[[Running], None], application: Boundary, listener: Listener, running: Running
) -> None:
    def ready() -> None:
        tell(running)
        running.broker.start()  # afterwards: it takes its time, and clients can wait

    serve(application, listener, ready)


def _run(directory: Path, port: int | None, show: Show) -> None:
    # Whatever a real deployment of this machine is run with, the demo leaves it alone.
    settings = Settings(data=directory, master_key=read_master_key(os.environ))
    with open_deployment(settings, os.environ) as opened:
        _serve(opened, directory, port, show)


def _serve(opened: Opened, directory: Path, port: int | None, show: Show) -> None:
    parts = opened.parts
    listener = _listener(parts.store.deployment(), directory, port)
    passwords = Passwords(directory)
    if parts.store.deployment() is None:
        _set_up(opened, passwords, listener)
    opened.refuse_unopenable()
    deployment = parts.store.deployment()
    assert deployment is not None
    authority = build(parts, deployment)
    housekeeping = Housekeeping(
        parts.store, authority.notes, parts.clocks(), parts.clock, parts.forget_usage()
    )
    with (
        Flushing(parts.usage),
        housekeeping,
        open_broker(parts, passwords, listener) as broker,
    ):
        running = Running(directory, parts, authority, deployment, passwords, broker)
        equip_systems(running)
        show(Boundary(authority, _faces(running)), listener, running)
    if parts.store.broken is not None:
        raise Unavailable("A write could not be made durable: look at the disk, then start again.")


def _faces(running: Running) -> tuple[Face, ...]:
    issuer, directory = running.deployment.issuer, running.directory
    platform = kept.Environments(directory / kept.FILE)
    faces = (
        *FACES,
        fleet.FACE,
        health.face(running.parts.ready()),
        systems.FACE,
        environments.face(platform),
        device_files.face(Shelf(directory / "device-files").open()),
        page.face(issuer, platform, running.firm_id),
        start_page.face(issuer, start_page.visitors(running.passwords.of), running.broker.address),
    )
    return (*faces, reference.face(document(faces, issuer)))


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
    clients = firm.clients(partial(passwords.pair_of, BRAND))
    planned = firm.blueprint(issuer, BRAND, lambda email: Secret(passwords.of(email)), clients)
    opened.parts.set_up()(planned, opened.first_keys())
