"""How permissions are spelled."""

import msgspec

from tokenhouse.boundary import Answer, answered
from tokenhouse.boundary.cursor import Listed
from tokenhouse.operations.permissions import Offered


class Permission(msgspec.Struct, frozen=True):
    """What may be done, with the operations that it opens.

    `operators`: only operators hold it, and no policy group can. `manages_access`: no limited
    personal token carries it.
    """

    name: str
    title: str
    description: str
    docs_url: str
    operations: list[str]
    manages_access: bool
    operators: bool


def write_permissions(offered: tuple[Offered, ...]) -> Answer:
    """All of them at once."""
    return answered(200, Listed([_permission(one) for one in offered]))


def _permission(offered: Offered) -> Permission:
    one = offered.permission
    return Permission(
        name=one.name,
        title=one.title,
        description=one.description,
        docs_url=one.docs_url,
        operations=[str(operation) for operation in one.operations],
        manages_access=one.manages_access,
        operators=offered.operators,
    )
