"""What the form of a token offers: methods by area, predefined sets, policy groups."""

from collections.abc import Mapping
from typing import Final

import msgspec

from tokenhouse.core.permission import NOTHING, Permission, Permissions
from tokenhouse.faces.console.tokens.typed import CUSTOM, SET, Typed
from tokenhouse.operations.choices import Choices, Greyed, PermissionChoice

WHY: Final[Mapping[Greyed, str]] = {
    Greyed.NOT_HELD: "You may not do this yourself.",
    Greyed.MANAGES_ACCESS: "It manages access: no limited token carries it.",
    Greyed.NOT_YOURS_TO_GIVE: "Choosing groups takes the permission AccountsUsersWrite.",
}
KEPT: Final = "You may not do this yourself: you can only take it away."
GONE: Final = "no longer in the catalogue"
_REFERENCE: Final = {
    "AccountToken": "tag-tokens",
    "AccountsUsers": "tag-memberships",
    "Groups": "tag-policy-groups",
    "Clients": "tag-clients",
    "Devices": "tag-devices",
    "Events": "tag-events",
    "Policies": "tag-policies",
    "TokenVerify": "tag-verification",
}
"""Where our own reference tells what a permission of ours opens."""
_MOST_OPEN: Final = 1
"""Areas that are shown open though nothing in them is checked."""


class Method(msgspec.Struct, frozen=True):
    """A box. `greyed`: why it cannot be checked; `note`: what else there is to say of it."""

    name: str
    title: str
    description: str
    docs: str
    checked: bool
    greyed: str = ""
    note: str = ""

    @property
    def sought(self) -> str:
        """What a search looks at."""
        return f"{self.name} {self.title} {self.description}".casefold()


class Section(msgspec.Struct, frozen=True):
    """An area of an API with its boxes."""

    name: str
    methods: tuple[Method, ...]
    open: bool

    @property
    def checked(self) -> int:
        """How many are chosen."""
        return sum(one.checked for one in self.methods)


class Offered(msgspec.Struct, frozen=True):
    """A set or a group to choose."""

    value: str
    name: str
    description: str
    chosen: bool
    greyed: str = ""


def sections(choices: Choices, typed: Typed, before: Permissions = NOTHING) -> tuple[Section, ...]:
    """The picker. `before`: what the token has already, and so may keep, held or not."""
    wanted = frozenset(typed.permissions)
    known: set[str] = set()
    shown: list[Section] = []
    few = len(choices.areas) <= _MOST_OPEN
    for area in choices.areas:
        methods = tuple(_method(one, wanted, before) for one in area.choices)
        known.update(one.name for one in methods)
        is_open = few or any(one.checked for one in methods)
        shown.append(Section(area.name, methods, is_open))
    gone = tuple(
        Method(name, name, "", "", checked=name in wanted, note=KEPT)
        for name in sorted(before - known)
    )
    return (*shown, Section(GONE, gone, open=True)) if gone else tuple(shown)


def _method(one: PermissionChoice, wanted: Permissions, before: Permissions) -> Method:
    permission, name = one.permission, one.permission.name
    kept = name in before
    greyed = "" if one.greyed is None or kept else WHY[one.greyed]
    return Method(
        name=name,
        title=permission.title or name,
        description=permission.description,
        docs=_docs(permission),
        checked=name in wanted and not greyed,
        greyed=greyed,
        note=KEPT if kept and one.greyed is not None else "",
    )


def _docs(permission: Permission) -> str:
    if permission.docs_url:
        return permission.docs_url
    thing = permission.name.removesuffix("Read").removesuffix("Write")
    place = _REFERENCE.get(thing)
    return f"/reference#{place}" if place else ""


def left_out(choices: Choices, typed: Typed) -> Permissions:
    """Which of the wanted methods cannot be given to a new token."""
    if typed.api != CUSTOM:
        return NOTHING
    may = {
        one.permission.name for area in choices.areas for one in area.choices if one.greyed is None
    }
    return frozenset(typed.permissions) - may


def sets(choices: Choices, typed: Typed) -> tuple[Offered, ...]:
    """The predefined sets, with how much of each whoever chooses holds himself."""
    return tuple(
        Offered(
            value=f"{SET}{one.predefined.id}",
            name=one.predefined.name,
            description=f"{len(one.held)} of {len(one.predefined.permissions)} methods are yours",
            chosen=typed.api == f"{SET}{one.predefined.id}",
        )
        for one in choices.sets
    )


def groups(choices: Choices, typed: Typed) -> tuple[Offered, ...]:
    """The policy groups; where none can be chosen, those that the token gets in any case."""
    return tuple(
        Offered(
            value=str(one.group.id),
            name=one.group.name,
            description=one.group.description,
            chosen=one.greyed is not None or str(one.group.id) in typed.groups,
            greyed="" if one.greyed is None else WHY[one.greyed],
        )
        for one in choices.groups
    )
