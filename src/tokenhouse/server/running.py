"""Running uvicorn: its settings, its start and its end."""

import gc
import resource
import signal
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final, Self

import uvicorn

from tokenhouse import logs
from tokenhouse.server.listening import BACKLOG, Listener, listen
from tokenhouse.server.protocol import KEEP_ALIVE_SECONDS, MAX_CONNECTIONS
from tokenhouse.server.straight import StraightProtocol

STOP_SECONDS: Final = 10
"""How long requests under way may take once the server was told to stop."""

OBJECTS_BETWEEN_COLLECTIONS: Final = 20_000
"""More new objects than that go by before the collector looks for cycles."""

OTHER_FILES: Final = 512
"""File descriptors for everything but connections."""

_LOOPBACK: Final = "127.0.0.1"
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


def _nothing() -> None:
    pass


class _Server(uvicorn.Server):
    """uvicorn's server, which says when it is ready and returns when it was told to stop."""

    def __init__(
        self,
        application: object,
        ready: Callable[[], None],
        tls: ssl.SSLContext | None = None,
        stopping: Callable[[], None] = _nothing,
        stop_delay: int = 0,
    ) -> None:
        super().__init__(_config(application, tls))
        self._ready = ready
        self._stopping = stopping
        self._stop_delay = stop_delay
        self._stop_at: float | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop when the delay is over; at once when there is none, or being told again."""
        self._stopping()
        if self._stop_delay and self._stop_at is None:
            self._stop_at = time.monotonic() + self._stop_delay
        else:
            super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        if self._stop_at is not None and time.monotonic() >= self._stop_at:
            self.should_exit = True
        return await super().on_tick(counter)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on a signal, and let whoever called go on to its own end afterwards."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _config(application: Any, tls: ssl.SSLContext | None) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        interface="asgi3",
        http=StraightProtocol,
        loop="tokenhouse.server.loop:Loop",
        ssl_context_factory=None if tls is None else lambda _, __: tls,
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
    )


def serve(
    application: object,
    listener: Listener,
    ready: Callable[[], None],
    *,
    tls: ssl.SSLContext | None = None,
    stopping: Callable[[], None] = _nothing,
    stop_delay: int = 0,
) -> None:
    """Serve an ASGI application until SIGTERM or SIGINT; `ready` is called once it answers.

    A signal lets requests under way end within STOP_SECONDS; a second SIGINT does not wait.
    `stopping` is called from within the signal, and for `stop_delay` seconds everything is served
    as before; a second signal does not wait for that either.
    """
    logs.start()
    _allow_connections()
    _collect_less()
    _Server(application, ready, tls, stopping, stop_delay).run(sockets=[listener.socket])


def _allow_connections() -> None:
    wanted = MAX_CONNECTIONS + OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _collect_less() -> None:
    """Look for cycles more rarely, and no more among what stays for as long as the process.

    A request leaves hundreds of objects and no cycle: at Python's own threshold the collector ran
    for each few of them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)


class Background:
    """The same server in a thread of this process; a context manager.

    Without a listener it takes a free loopback port.
    """

    def __init__(
        self,
        application: object,
        tls: ssl.SSLContext | None = None,
        listener: Listener | None = None,
    ) -> None:
        self._listener = listen(_LOOPBACK, 0) if listener is None else listener
        self._answers = threading.Event()
        self._server = _Server(application, self._answers.set, tls)
        self._thread = threading.Thread(target=self._run, name="tokenhouse-server")

    @property
    def port(self) -> int:
        """The port taken."""
        return self._listener.port

    @property
    def url(self) -> str:
        """Where it answers, without a path."""
        return f"http://{_LOOPBACK}:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        self._answers.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._listener.socket])
        finally:
            self._answers.set()
