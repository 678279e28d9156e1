"""What anybody reads in the token of a user, as Spoke Zone's clients expect it.

For people and for verifiers without us. Our own doors believe none of it: the record decides.
"""

import json
from collections.abc import Iterable
from typing import Final, TypeAlias

from tokenhouse.core.mqtt import Action, may_at_all
from tokenhouse.core.permission import Permissions
from tokenhouse.core.role import role_of
from tokenhouse.core.standing import Standing

Claims: TypeAlias = dict[str, str | int | list[str]]

MAX_LISTED: Final = 4096
"""Bytes of the list of permissions, as it stands in the token."""
MAX_TOLD: Final = 5900
"""Bytes of all claims: with its signature, and in base64, a token has 8 KiB at most."""


def with_user(claims: Claims, standing: Standing, held: Permissions) -> Claims:
    """The claims of a session with who signed in, and with what he may do now."""
    person = standing.person
    assert person is not None
    told = claims | {
        "username": person.email,
        "organizationId": str(standing.organization.id),
        "mqtt": _may_by_mqtt(held),
    }
    role = role_of(person, standing.groups)
    if role is not None:
        told["role"] = role.value
    room = min(MAX_LISTED, MAX_TOLD - _size({**told, "permissions": [], "permissionsTruncated": 1}))
    if _size(sorted(held)) <= room:
        return told | {"permissions": sorted(held)}
    names = _fitting(sorted(group.name for group in standing.groups), room)
    return told | {"permissions": names, "permissionsTruncated": True}


def _may_by_mqtt(held: Permissions) -> list[str]:
    """What publishing and receiving there is, for whom it is his devices' business."""
    return sorted(may_at_all(held) - {Action.SUBSCRIBE})


def _fitting(names: Iterable[str], room: int) -> list[str]:
    """As many of the names as there is room for."""
    kept: list[str] = []
    for name in names:
        if _size([*kept, name]) <= room:
            kept.append(name)
    return kept


def _size(said: object) -> int:
    return len(json.dumps(said, separators=(",", ":")))
