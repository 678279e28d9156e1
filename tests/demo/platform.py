"""The sample platform over a firm of its own in memory, asked as its clients ask."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from conformance.wire import Reply, Wire
from stage import ADMINISTRATOR, MovedClock, Stage
from tokenhouse.boundary import Boundary
from tokenhouse.demo import environments
from tokenhouse.demo.environments.kept import Environments
from tokenhouse.operations.memberships import MembershipEdit
from tokenhouse.store.memory import MemoryAttempts, MemoryStore

FORM: Final = ("content-type", "application/x-www-form-urlencoded")
METHODS: Final = ("GetEnvs", "GetEnvInfo", "StopEnv", "StartEnv")


class Platform:
    """The API over what is kept in this place; None keeps nothing."""

    def __init__(self, stage: Stage, path: Path | None = None) -> None:
        self.stage = stage
        self.kept = Environments(path)
        self.wire = Wire(Boundary(stage.authority, (environments.face(self.kept),)))

    def reply(self, method: str, verb: str = "GET", **parameters: str) -> Reply:
        """What comes back to `StopEnv` or the like, or to a whole path."""
        path = method if "/" in method else f"/1.0/environment/control/rest/{method.lower()}"
        sent = urlencode(parameters)
        if verb == "POST":
            return self.wire("POST", path, [FORM], sent.encode())
        return self.wire(verb, f"{path}?{sent}" if sent else path)

    def __call__(self, method: str, verb: str = "GET", **parameters: str) -> Any:
        """The body of an answer, whose status is 200 whatever it says."""
        reply = self.reply(method, verb, **parameters)
        assert reply.status == 200, reply
        assert reply.header("content-type") == "application/json"
        return json.loads(reply.body)

    def states(self, session: str) -> dict[str, int]:
        """The status of every environment, as a client sees it."""
        infos = self("GetEnvs", session=session)["infos"]
        return {one["env"]["envName"]: one["env"]["status"] for one in infos}

    def session(self, email: str = ADMINISTRATOR) -> str:
        """A new sign-in of somebody."""
        return self.stage.sign_in(email).secret.reveal()

    def limited(self, *methods: str, email: str = ADMINISTRATOR) -> str:
        """A new token of somebody whose list names these methods alone."""
        names = [f"environment.control.{method}" for method in methods]
        return self.stage.issue_limited(self.stage.session(email), *names).secret.reveal()

    def give(self, email: str, *groups: str) -> None:
        """Put somebody into these groups and no others."""
        by = self.stage.session(ADMINISTRATOR, "AccountsUsersWrite")
        edit = MembershipEdit(groups=tuple(self.stage.group(name).id for name in groups))
        self.stage.authority.memberships.edit(by, self.stage.membership(email).id, None, edit)


@contextmanager
def platform(directory: Path, path: Path | None = None) -> Iterator[Platform]:
    """A platform of the firm alone."""
    clock = MovedClock()
    stage = Stage(MemoryStore(clock, os.urandom), MemoryAttempts(), clock, directory)
    built = Platform(stage, path)
    yield built
    built.wire.close()
