"""Chooses the organization that a command is about."""

from collections.abc import Callable, Sequence
from typing import Annotated, Final, TypeAlias

from cyclopts import Parameter

from tokenhouse.cli.exits import Exit, Stopped
from tokenhouse.core.principal import Organization

OrganizationFlag: TypeAlias = Annotated[
    str | None,
    Parameter(
        name="--organization",
        help="Id or name of the organization. Default: the only one there is.",
        metavar="ID-OR-NAME",
        show_default=False,
    ),
]

FindOrganizations: TypeAlias = Callable[[str | None, int], Sequence[Organization]]
"""Finds those that have this text as their id or, without regard to case, as their name, and all
for None; at most so many."""

_TOLD: Final = 10


def choose_organization(asked: str | None, find: FindOrganizations) -> Organization:
    """The organization that was asked for, or the only one; raises Stopped."""
    found = find(asked, _TOLD + 1)
    if len(found) == 1:
        return found[0]
    if not found and asked is None:
        raise Stopped("There is no organization.", Exit.NOT_FOUND)
    if not found:
        raise Stopped("No organization has this id or name.", Exit.NOT_FOUND)
    told = (
        "There are several organizations: name one with --organization."
        if asked is None
        else "Several organizations have this name: give the id of one."
    )
    lines = [f"{one.id}  {one.name}" for one in found[:_TOLD]]
    if len(found) > _TOLD:
        lines.append("and more")
    raise Stopped(told, Exit.NOT_UNDERSTOOD, tuple(lines))
