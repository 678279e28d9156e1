"""Policy groups of the caller's organization."""

from typing import Final

from tokenhouse.boundary import NO_CONTENT, NOTHING, About, Answer, Asked, Request, Route, Success
from tokenhouse.boundary.cursor import Listed
from tokenhouse.boundary.precondition import expected_version
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Door
from tokenhouse.faces.native.examples import GROUP, KEPT
from tokenhouse.faces.native.wire import groups as wire
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.changes import Stretch

_TAG: Final = "Policy groups"
_READ: Final = Demand(Door.MANAGEMENT, frozenset({"GroupsRead"}))
_WRITE: Final = Demand(Door.MANAGEMENT, frozenset({"GroupsWrite"}))
_ALL: Final = "/v1/groups"
_ONE: Final = "/v1/groups/{group_id}"


def _list(authority: Authority, request: Request, caller: Caller) -> Answer:
    part = wire.SLICED.read(request)
    listed = authority.groups.along(caller, Stretch(part.limit, part.after))
    return wire.write_groups(request, listed)


def _create(authority: Authority, request: Request, caller: Caller) -> Answer:
    counted = authority.groups.create(caller, None, wire.NEW.read(request))
    return wire.write_group(201, counted, (("location", f"{_ALL}/{counted.group.id}"),))


def _show(authority: Authority, request: Request, caller: Caller) -> Answer:
    return wire.write_group(200, authority.groups.one(caller, None, wire.read_group_id(request)))


def _edit(authority: Authority, request: Request, caller: Caller) -> Answer:
    group_id, expected = wire.read_group_id(request), expected_version(request)
    edit = wire.EDIT.read(request)
    return wire.write_group(200, authority.groups.edit(caller, None, group_id, edit, expected))


def _remove(authority: Authority, request: Request, caller: Caller) -> Answer:
    authority.groups.remove(caller, None, wire.read_group_id(request))
    return NOTHING


_PATH: Final = {"group_id": GROUP}
_ASKED: Final = {"name": "Reports", "permissions": ["MeasurementsRead", "SystemsRead"]}
_ANSWER: Final = {
    "id": GROUP,
    "name": "Reports",
    "description": "",
    "permissions": ["MeasurementsRead", "SystemsRead"],
    "fixed": False,
    "people": 3,
    **KEPT,
}
_SHOWN: Final = {200: Success(wire.Group, ("ETag",))}

ROUTES: Final = (
    Route(
        "GET",
        _ALL,
        Asked(_list),
        _READ,
        about=About(
            tag=_TAG,
            summary="List the policy groups, the oldest first.",
            query=wire.SLICED,
            answers={200: Success(Listed[wire.Group], ("Link",))},
            answer_example={"data": [_ANSWER]},
        ),
    ),
    Route(
        "POST",
        _ALL,
        Asked(_create),
        _WRITE,
        idempotent=True,
        about=About(
            tag=_TAG,
            summary="Create a policy group of permissions that you hold yourself.",
            body=wire.NEW,
            answers={201: Success(wire.Group, ("Location", "ETag"))},
            body_example=_ASKED,
            answer_example=_ANSWER | {"people": 0},
        ),
    ),
    Route(
        "GET",
        _ONE,
        Asked(_show),
        _READ,
        about=About(
            tag=_TAG,
            summary="Show a policy group.",
            answers=_SHOWN,
            path_example=_PATH,
            answer_example=_ANSWER,
        ),
    ),
    Route(
        "PATCH",
        _ONE,
        Asked(_edit),
        _WRITE,
        precondition=True,
        about=About(
            tag=_TAG,
            summary="Change a policy group; everybody who carries it follows at once.",
            text="What is not named stays as it is. What is added has to be yours too. The fixed"
            " group cannot be changed.",
            body=wire.EDIT,
            answers=_SHOWN,
            path_example=_PATH,
            body_example=_ASKED,
            answer_example=_ANSWER,
        ),
    ),
    Route(
        "DELETE",
        _ONE,
        Asked(_remove),
        _WRITE,
        about=About(
            tag=_TAG,
            summary="Remove a policy group; everybody who carries it loses it at once.",
            answers=NO_CONTENT,
            path_example=_PATH,
        ),
    ),
)
