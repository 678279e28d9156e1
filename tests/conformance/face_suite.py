"""Every face that there is, and what its answers have to look like.

Faces and routes are found, not listed. What a new face's answers mean is told in `dialects` and
what a new route needs in `house`, or the suite fails: nothing is left out.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Final

from conformance.described import keeps_to_itself
from conformance.dialects import DIALECTS, Outcome, outcome, told
from conformance.wire import Reply
from running import OPAQUE, SIGNED
from tokenhouse import demo, faces
from tokenhouse.boundary import Face, Route
from tokenhouse.faces import broker


def _found() -> Iterator[Face]:
    for package in (faces, demo):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            face = getattr(importlib.import_module(module.name), "FACE", None)
            if isinstance(face, Face):
                yield face


FACES: Final = tuple(_found())
OVER: Final = frozenset({"GET /console/first-run", "POST /console/first-run"})
"""The first run's routes, which do nothing once there is a house: `faces/test_first_run.py` has
what they do before."""
BROKERS: Final = frozenset(face.name for face in broker.FACES)
"""Faces for brokers alone, who ask about others: `brokers/test_every_broker.py` is their suite."""
DIALECT_FACES: Final = tuple(face for face in FACES if face.name not in BROKERS)
ALL_ROUTES: Final = tuple((face, route) for face in DIALECT_FACES for route in face.routes)
ROUTES: Final = tuple(routed for routed in ALL_ROUTES if str(routed[1]) not in OVER)
PROTECTED: Final = tuple((face, route) for face, route in ROUTES if route.demand is not None)
PUBLIC: Final = tuple((face, route) for face, route in ROUTES if route.demand is None)
ISSUING: Final = frozenset(
    {
        "POST /account/tokens",
        "POST /account/tokens/{token_id}/rotate",
        "POST /user/tokens",
        "POST /console/tokens",
        "POST /console/tokens/{token_id}/regenerate",
        "POST /console/organization/tokens",
        "POST /console/organization/tokens/{token_id}/regenerate",
        "POST /v1/clients",
        "POST /v1/clients/{client}/secrets",
        "POST /v1/devices",
        "POST /v1/devices/{device_id}/secrets",
        "POST /v1/sessions",
        "POST /login",
        "POST /loginDevice",
        "POST /api/v2/devices",
        "GET /api/v2/devices/{device}/secrets",
        "POST /v1/invitations",
        "POST /v1/organizations/{organization_id}/invitations",
        "POST /v1/memberships/{membership_id}/recovery",
        "POST /v1/people/{person_id}/recovery",
        "POST /v1/tokens",
        "POST /v1/tokens/{token_id}/rotate",
        "POST /v1/me/tokens",
        "POST /v1/me/tokens/{token_id}/rotate",
        *(
            f"{method} /1.0/users/authentication/rest/{name}"
            for method in ("GET", "POST")
            for name in ("signin", "createtoken", "regeneratetoken")
        ),
    }
)
"""The only routes whose good answer holds a secret."""
SHOWING: Final = "POST /console/user-token"
"""The only route whose good answer holds a secret that was issued before: nothing is kept of it."""
GRANTING: Final = frozenset({"POST /v2/token", "POST /oauth/token"})
"""The only routes whose good answer can hold three: an access, a refresh and an id token."""
COOKIED: Final = "POST /console/sign-in"
"""The only route whose good answer holds a secret for the browser alone: in its cookie."""
FILES: Final = frozenset(
    str(route) for _, route in ROUTES if route.path.startswith("/console/static/")
)
"""What pages load. Each is for everybody, under a name that changes with it."""
AT_CLIENTS: Final = GRANTING | {"POST /oauth/introspect", "POST /oauth/revoke"}
"""Where a client presents itself, by `Authorization` or in the form."""
BLANK: Final = FILES | frozenset(
    {
        "GET /console",
        "GET /console/invitation",
        "GET /console/recovery",
        "GET /console/sign-in",
        "GET /.well-known/oauth-authorization-server",
        "GET /.well-known/openid-configuration",
    }
)
"""What asks the store nothing: forms, files and metadata, the same for everybody."""
CACHED: Final = "GET /.well-known/jwks.json"
"""The only route beside FILES whose good answer may be kept by whoever passes it on."""

_READS: Final = ("get", "check")


def name_of(routed: tuple[Face, Route]) -> str:
    return f"{routed[0].name}: {routed[1]}"


def writes(route: Route) -> bool:
    """Whether a route changes something: Virtuozzo's dialect lets GET do all that POST does."""
    method = route.path.partition("/rest/")[2]
    return not method.startswith(_READS) if method else route.method != "GET"


def malformed(route: Route) -> Outcome:
    """What comes of a malformed request: a gateway's question is forbidden, since nginx knows no
    400.
    """
    is_gateways = route.method == "GET" and route.path.startswith("/v1/verify")
    return Outcome.FORBIDDEN if is_gateways else Outcome.MALFORMED


def holds_no_secret(reply: Reply) -> None:
    told = reply.body.decode(errors="replace") + "\n".join(
        f"{name}: {value}" for name, value in reply.headers
    )
    assert OPAQUE.search(told) is None
    assert SIGNED.search(told) is None


def is_refusal(face: Face, reply: Reply, meant: Outcome) -> None:
    """Refused for this, in the face's own words, and with nothing that helps a thief."""
    dialect, wanted = DIALECTS[face.name], told(face, meant)
    assert outcome(face, reply) is wanted, reply
    dialect.check(reply)
    holds_no_secret(reply)
    keeps_to_itself(face, reply, ())
    assert reply.header("cache-control") == "no-store"
    challenged = dialect.challenges and wanted is Outcome.UNAUTHENTICATED
    assert (reply.header("www-authenticate") is not None) == challenged
    assert (reply.header("retry-after") is not None) == (wanted is Outcome.UNDECIDED)
