"""Which environments an organization of the demo has, which of them run, and who turned them."""

from pathlib import Path
from threading import Lock
from typing import Final, TypeAlias
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.core.moment import Moment
from tokenhouse.core.refusal import Unavailable
from tokenhouse.demo.whole import write_whole

FILE: Final = "environments.json"


class Turn(msgspec.Struct, frozen=True):
    """Somebody started or stopped an environment. `by` is the person's full name."""

    running: bool
    at: Moment
    by: str


class Environment(msgspec.Struct, frozen=True):
    """An application with everything that it runs on. `turned`: the last time that it was."""

    name: str
    title: str
    running: bool
    turned: Turn | None = None


_All: TypeAlias = tuple[Environment, ...]

FIRST: Final = (
    Environment("my-project", "My project", running=True),
    Environment("billing-api", "Billing API", running=True),
    Environment("webshop", "Web shop", running=True),
    Environment("archive", "Archive of 2024", running=False),
)
"""What every organization begins with."""


class Environments:
    """The environments of every organization, none of which sees another's.

    With a path they outlive the process; without one they do not. Only one process may use a path.
    """

    def __init__(self, path: Path | None = None) -> None:
        """Read what was kept; raises Unavailable for a file that cannot be read or written."""
        self._path = path
        self._turning = Lock()
        self._of: dict[UUID, _All] = {}
        if path is not None and path.exists():
            self._of = _read(path)
        else:
            self._keep(self._of)

    def of(self, organization_id: UUID) -> tuple[Environment, ...]:
        """All that an organization has."""
        return self._of.get(organization_id, FIRST)

    def one(self, organization_id: UUID, name: str) -> Environment | None:
        """The organization's environment of this name."""
        return next((one for one in self.of(organization_id) if one.name == name), None)

    def turn(self, organization_id: UUID, name: str, turn: Turn) -> Environment | None:
        """Start or stop one, and return once that is kept; None where there is none of this name.

        One that runs already, or has stopped, stays as it is. Raises Unavailable and changes
        nothing where it cannot be kept.
        """
        with self._turning:
            before = self.one(organization_id, name)
            if before is None or before.running == turn.running:
                return before
            after = replace(before, running=turn.running, turned=turn)
            all_of_it = self.of(organization_id)
            later = tuple(after if one is before else one for one in all_of_it)
            of = self._of | {organization_id: later}
            self._keep(of)
            self._of = of
            return after

    def _keep(self, of: dict[UUID, _All]) -> None:
        if self._path is None:
            return
        try:
            write_whole(self._path, msgspec.json.encode(of))
        except OSError as fault:
            raise Unavailable(f"{self._path} cannot be written: {fault.strerror}.") from fault


def _read(path: Path) -> dict[UUID, _All]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[UUID, _All])
    except msgspec.DecodeError:
        raise Unavailable(
            f"{path} is broken: without it every environment is as it was at first."
        ) from None
