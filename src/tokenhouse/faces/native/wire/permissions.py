"""How permissions are spelled."""

import msgspec

from tokenhouse.boundary import Answer, answered
from tokenhouse.boundary.cursor import Listed
from tokenhouse.operations.permissions import Offered


class Permission(msgspec.Struct, frozen=True):
    """What may be done. `operators`: only operators hold it, and no policy group can."""

    name: str
    title: str
    description: str
    docs_url: str
    operators: bool


def write_permissions(offered: tuple[Offered, ...]) -> Answer:
    """All of them at once."""
    return answered(200, Listed([_permission(one) for one in offered]))


def _permission(offered: Offered) -> Permission:
    one = offered.permission
    return Permission(one.name, one.title, one.description, one.docs_url, offered.operators)
