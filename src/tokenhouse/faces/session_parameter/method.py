"""One API method of the dialect: a path for GET and POST alike."""

from tokenhouse.boundary import About, Route
from tokenhouse.boundary.face import Handle
from tokenhouse.core.judge import Demand


def methods(name: str, handle: Handle, demand: Demand | None, about: About) -> tuple[Route, ...]:
    """The routes of `<service>.<controller>.<Method>`."""
    service, controller, method = name.lower().split(".")
    path = f"/1.0/{service}/{controller}/rest/{method}"
    return tuple(Route(verb, path, handle, demand, about=about) for verb in ("GET", "POST"))
