"""One process that serves one deployment."""

import os
import signal
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import msgspec

from tokenhouse.boundary import Boundary, Face
from tokenhouse.config import BRAND, Address, Misconfigured, Settings
from tokenhouse.core.credential import Secret
from tokenhouse.core.principal import Deployment
from tokenhouse.core.refusal import Unavailable
from tokenhouse.enforcing import Enforcing, brokers
from tokenhouse.faces import (
    account_tokens,
    broker,
    console,
    fleet,
    health,
    native,
    oauth,
    reference,
    session_parameter,
)
from tokenhouse.flushing import Flushing
from tokenhouse.housekeeping import Housekeeping
from tokenhouse.openapi import document
from tokenhouse.operations import Authority
from tokenhouse.operations.first_run import FirstRun
from tokenhouse.operations.note import Notes
from tokenhouse.operations.ready import Cause, Unready
from tokenhouse.server import Listener, listen, serve, tls_context
from tokenhouse.serving.exposure import (
    NAMED_LOCALHOST,
    refuse_exposure,
    refuse_other_url,
    tls_files,
)
from tokenhouse.serving.turning import Application, Turning
from tokenhouse.wiring import Opened, build, open_deployment

FACES: Final = (
    native.FACE,
    account_tokens.FACE,
    session_parameter.FACE,
    oauth.FACE,
    console.FACE,
    *broker.FACES,
)
"""What is served of a deployment whatever its settings are."""


class Begun(msgspec.Struct, frozen=True):
    """What there is to say once it answers. `link`: to the first-run page, for the operator."""

    address: Address
    public_url: str | None
    link: Secret | None


Say: TypeAlias = Callable[[Begun], None]


def serve_deployment(settings: Settings, environment: Mapping[str, str], say: Say) -> None:
    """Serve until SIGTERM or SIGINT; `say` is called once it answers, and when it was set up.

    Raises Misconfigured and Unavailable, at the start as well as when the deployment turns out to
    be one that these settings cannot serve.
    """
    files = tls_files(settings)
    with open_deployment(settings, environment) as opened:
        deployment = opened.parts.store.deployment()
        _refuse_unservable(opened, settings, deployment)
        tls = None if files is None else tls_context(*files)
        listener = listen(settings.listen.host, settings.listen.port)
        process = _Process(opened, settings, listener, say)
        application = process.full(deployment) if deployment else process.first()
        parts = opened.parts
        housekeeping = Housekeeping(
            parts.store, process.notes, parts.clocks(), parts.clock, parts.forget_usage()
        )
        with Flushing(parts.usage), housekeeping, process.enforcing:
            serve(
                application,
                listener,
                process.say,
                tls=tls,
                stopping=process.ready.stop,
                stop_delay=settings.stop_delay,
            )
        if process.failed is not None:
            raise process.failed
        if opened.parts.store.broken is not None:
            raise Unavailable(
                "A write could not be made durable: look at the disk, then start again."
            )


def _refuse_unservable(opened: Opened, settings: Settings, deployment: Deployment | None) -> None:
    issuer = None if deployment is None else deployment.issuer
    if issuer is not None:
        refuse_other_url(settings, issuer)
    refuse_exposure(settings, issuer)
    if deployment is None:
        opened.refuse_bad_place()
    else:
        opened.refuse_unopenable()


class _Process:
    """The two applications of a process, and what they share."""

    def __init__(self, opened: Opened, settings: Settings, listener: Listener, say: Say) -> None:
        self._opened = opened
        self._settings = settings
        self._address = Address(settings.listen.host, listener.port)
        self._say = say
        self._public_url = settings.public_url
        self._link: Secret | None = None
        self.notes = Notes(opened.parts.store, opened.parts.clock)
        self.ready = opened.parts.ready()
        self.enforcing = Enforcing(brokers(settings), opened.parts.store, opened.parts.clock)
        self.failed: Misconfigured | Unavailable | None = None

    def say(self) -> None:
        """Tell whoever started the process how it stands."""
        self._say(Begun(self._address, self._public_url, self._link))

    def first(self) -> Turning:
        """What is served before the set-up: health, and the page that does it."""
        parts = self._opened.parts
        found = parts.found(self._opened.first_keys, self._public_url or self._own_url())
        first_run = FirstRun(found, parts.clock, parts.entropy, BRAND, self._look_now)
        self._link = Secret(console.link(self._reachable_url(), first_run.start()))
        faces = (console.face(first_run), health.face(self._not_ready))
        self._turning = Turning(self._boundary(None, faces), self._look)
        return self._turning

    def full(self, deployment: Deployment) -> Boundary:
        """What is served of a deployment that was set up."""
        self._public_url, self._link = deployment.issuer, None
        authority = build(self._opened.parts, deployment, self.notes)
        self.enforcing.begin(authority.brokers.staying)
        devices = fleet.face(self._settings.renewal_status)
        faces = (*FACES, devices, health.face(self.ready))
        told = reference.face(document(faces, deployment.issuer))
        return self._boundary(authority, (*faces, told))

    def _boundary(self, authority: Authority | None, faces: tuple[Face, ...]) -> Boundary:
        settings = self._settings
        return Boundary(
            authority,
            faces,
            trusted_proxies=settings.trusted_proxies,
            from_memory=settings.fast_lane,
            shares=settings.store is None,
        )

    def _look_now(self) -> None:
        self._turning.look_now()

    def _look(self) -> Application | None:
        """The full application, once the deployment was set up by whomever."""
        try:
            deployment = self._opened.parts.store.deployment()
        except Unavailable:
            return None
        if deployment is None:
            return None
        try:
            _refuse_unservable(self._opened, self._settings, deployment)
            full = self.full(deployment)
        except (Misconfigured, Unavailable) as cause:
            self.failed = cause
            os.kill(os.getpid(), signal.SIGTERM)
            return None
        self.ready.look_again()
        self.say()
        return full

    def _not_ready(self) -> Cause:
        return self.ready() or Unready.NOT_SET_UP

    def _own_url(self) -> str:
        """How this machine's browsers reach us; by name, since cookies and passkeys want one."""
        scheme = "http" if self._settings.tls_certificate is None else "https"
        host = self._address.host
        named = "localhost" if host in NAMED_LOCALHOST else str(self._address).rpartition(":")[0]
        return f"{scheme}://{named}:{self._address.port}"

    def _reachable_url(self) -> str:
        """Where the operator opens the first page: beyond this machine, as everybody does."""
        if self._address.is_loopback or self._public_url is None:
            return self._own_url()
        return self._public_url
