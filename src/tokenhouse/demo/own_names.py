"""The names under which the demo's pages are shown: this machine's own."""

from typing import Final

from tokenhouse.boundary import Request, Route
from tokenhouse.core.refusal import Code, Refused

_OURS: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})


def refuse_foreign_name(request: Request, _: Route) -> None:
    """Raise Refused(NOT_FOUND) where the address names another machine.

    A foreign name that was made to point here must not read what only this machine's people may.
    """
    if (request.header("host") or "").rsplit(":", 1)[0] not in _OURS:
        raise Refused(Code.NOT_FOUND, "The demo answers on this machine's own names only.")
