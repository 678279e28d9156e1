"""The catalogue: which permissions and predefined sets there are, for operators to change."""

from typing import Final

from tokenhouse.boundary import About, Answer, Asked, Request, Route, Success
from tokenhouse.boundary.cursor import Listed
from tokenhouse.boundary.precondition import expected_version
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Door
from tokenhouse.faces.native.wire import catalogue as wire
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller

MAX_CATALOGUE_BYTES: Final = 2 * 1024 * 1024
"""Of the body that replaces the catalogue."""

_TAG: Final = "Catalogue"
_PATH: Final = "/v1/catalogue"
_READ: Final = Demand(Door.MANAGEMENT, frozenset({"CatalogueRead"}))
_WRITE: Final = Demand(Door.MANAGEMENT, frozenset({"CatalogueWrite"}))


def _show(authority: Authority, _: Request, caller: Caller) -> Answer:
    return wire.write_catalogue(authority.catalogue.shown(caller))


def _change(authority: Authority, request: Request, caller: Caller) -> Answer:
    expected, wanted = expected_version(request), wire.CONTENTS.read(request)
    if wire.read_dry_run(request):
        return wire.write_preview(authority.catalogue.preview(caller, wanted, expected))
    return wire.write_catalogue(authority.catalogue.change(caller, wanted, expected))


def _sets(authority: Authority, _: Request, caller: Caller) -> Answer:
    return wire.write_sets(authority.permissions.catalogue(caller).sets)


_STOP: Final = {
    "name": "environment.control.StopEnv",
    "title": "Stop an environment",
    "description": "Stop every node of an environment.",
    "docs_url": "https://docs.example.com/control#StopEnv",
    "operations": ["POST /1.0/environment/control/rest/stopenv"],
    "manages_access": False,
}
_SET: Final = {
    "name": "Night shift",
    "description": "What may be done by night.",
    "permissions": ["environment.control.StopEnv"],
}
_SHOWN_SET: Final = {"id": 1, **_SET}
_SHOWN: Final = {"permissions": [_STOP], "sets": [_SHOWN_SET]}
_TOLD: Final = {200: Success(wire.Catalogue, ("ETag",))}

ROUTES: Final = (
    Route(
        "GET",
        _PATH,
        Asked(_show),
        _READ,
        about=About(
            tag=_TAG,
            summary="Show the permissions of your APIs and the predefined sets.",
            text="Our own permissions are not listed: they are always there.",
            answers=_TOLD,
            answer_example=_SHOWN,
        ),
    ),
    Route(
        "PUT",
        _PATH,
        Asked(_change),
        _WRITE,
        body_limit=MAX_CATALOGUE_BYTES,
        precondition=True,
        about=About(
            tag=_TAG,
            summary="Replace the permissions of your APIs and the predefined sets.",
            text="Every token follows at once: it loses what is no more. A set keeps its id while"
            " it keeps its name, case aside. With `dry_run` nothing changes, and `effect` tells"
            " which tokens would gain or lose what.",
            query=wire.DRY,
            body=wire.CONTENTS,
            answers=_TOLD,
            body_example={"permissions": [_STOP], "sets": [_SET]},
            answer_example=_SHOWN,
        ),
    ),
    Route(
        "GET",
        "/v1/predefined-sets",
        Asked(_sets),
        Demand(Door.MANAGEMENT),
        about=About(
            tag=_TAG,
            summary="List the predefined sets that a limited personal token can follow.",
            answers={200: Success(Listed[wire.PredefinedSet])},
            answer_example={"data": [_SHOWN_SET]},
        ),
    ),
)
