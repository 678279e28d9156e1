"""Writes what was counted of tokens, every few seconds and at the end."""

from threading import Event, Thread
from typing import Final, Self

import structlog

from tokenhouse.core.refusal import Unavailable
from tokenhouse.operations.usage import FLUSH_SECONDS, Usage

PAUSE_SECONDS: Final = 1.0
"""So long nothing is tried again after a batch that could not be written."""

_log = structlog.get_logger(__name__)


class Flushing:
    """Writes batches on a thread of its own while the block lasts, and a last one at its end."""

    def __init__(self, usage: Usage) -> None:
        self._usage = usage
        self._stopping = Event()
        self._failing = False
        self._thread = Thread(target=self._work, name="usage", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._usage.due.set()
        self._thread.join()
        self._write()

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._usage.due.wait(FLUSH_SECONDS)
            if not self._write():
                self._stopping.wait(PAUSE_SECONDS)

    def _write(self) -> bool:
        """Write a batch; log once when that begins to fail, and when it goes on."""
        try:
            missed = self._usage.write()
        except Unavailable as cause:
            if not self._failing:
                _log.warning(
                    "usage is kept in memory, since it cannot be written", cause=str(cause)
                )
            self._failing = True
            return False
        except Exception:  # noqa: BLE001 -- a fault here must not end all later batches
            _log.exception("usage could not be written, and is tried again")
            return False
        if self._failing:
            _log.warning("usage is written again")
        self._failing = False
        if missed:
            _log.warning("more tokens were in use than are counted at once", not_counted=missed)
        return True
