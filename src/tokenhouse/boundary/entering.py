"""From a request head to its route, and from the route to what has to be done.

Both ways take these steps: the one with a thread, and the lane for what memory can answer.
"""

from collections.abc import Callable
from functools import partial

import msgspec
from msgspec.structs import replace

from tokenhouse.boundary.exchange import Exchange, caller
from tokenhouse.boundary.face import Answer, Early, Face, Route, Sink
from tokenhouse.boundary.refusals import WrongMethod
from tokenhouse.boundary.request import Request
from tokenhouse.boundary.routing import Place, Routing
from tokenhouse.boundary.target import read_path, read_query
from tokenhouse.core.refusal import Code, Refused, Unavailable
from tokenhouse.operations import Authority


class Entered(msgspec.Struct, frozen=True):
    """Where a request has come to, with nothing of its body read."""

    face: Face
    route: Route
    path: str
    parameters: dict[str, str]
    query: tuple[tuple[str, str], ...]

    def request(self, exchange: Exchange, body: bytes) -> Request:
        """The request as its handle is given it."""
        return replace(
            exchange.request,
            path=self.path,
            parameters=self.parameters,
            query=self.query,
            body=body,
        )


def enter(exchange: Exchange, routing: Routing) -> Entered:
    """Find the route; raise Refused in the words of `exchange.face`."""
    place: Place | None
    if (plain := routing.plain.get(exchange.raw_path)) is not None:  # what follows finds the same
        exchange.face, path, place = plain
        exchange.check_head()
    else:
        exchange.face = routing.face_of(exchange.request.path)
        exchange.check_head()
        path = routing.folded(read_path(exchange.raw_path))
        exchange.face = routing.face_of(path)
        place = routing.place_of(path)
    if place is None:
        raise Refused(Code.NOT_FOUND, "There is nothing here.")
    face = exchange.face = place.face
    method = exchange.request.method
    route = place.methods.get("GET" if method == "HEAD" else method)
    if route is None:
        raise WrongMethod(place.allow)
    return Entered(face, route, path, place.parameters, read_query(exchange.raw_query))


def work(
    authority: Authority | None, face: Face, route: Route, request: Request
) -> Callable[[], Answer | Sink]:
    """What there is to do; raises Unavailable for what needs an authority before it is."""
    if isinstance(route.handle, Early):
        return partial(route.handle.answer, request)
    if authority is None:
        raise Unavailable("the deployment is not set up yet")
    asking = caller(request, face, route)
    if face.check is not None:
        face.check(request, route)
    return partial(authority.usage.once, partial(route.handle, authority, request, asking))
