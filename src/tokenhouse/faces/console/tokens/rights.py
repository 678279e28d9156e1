"""What a token may do, with the reason for each, in the order in which people look for it."""

from collections.abc import Iterable
from typing import Final

import msgspec

from tokenhouse.core.areas import by_area
from tokenhouse.core.explaining import Explanation, Given, Lack, Lacking, Through
from tokenhouse.core.kind import Kind, Rights
from tokenhouse.core.permission import Permission
from tokenhouse.core.token import Token


class Row(msgspec.Struct, frozen=True):
    """A permission with the reason why the token has it, or has not.

    The reason reads on with the names of `groups`, and then with `behind`.
    """

    permission: Permission
    reason: str
    groups: tuple[str, ...] = ()
    behind: str = ""


class Area(msgspec.Struct, frozen=True):
    """An area of an API by its name, with its permissions."""

    name: str
    rows: tuple[Row, ...]


class Told(msgspec.Struct, frozen=True):
    """What a token may do. `lacking` is what it names and has not got.

    `held_back` counts what its holder may do beyond it; `sentence` says where it all comes from.
    """

    sentence: str
    areas: tuple[Area, ...]
    count: int
    lacking: tuple[Row, ...]
    held_back: tuple[Permission, ...]
    lost_groups: int


_LACKS: Final = {
    Lack.OPERATORS: "It is an operator's, and only a session carries those.",
    Lack.NO_OPERATOR: "It is an operator's, and the holder is none.",
    Lack.NOT_IN_CATALOGUE: "The catalogue does not have it any more.",
    Lack.NONE_CARRIED: "Tokens of this kind carry no permissions.",
    Lack.CLIENT_GONE: "The client at which the token was issued was removed.",
    Lack.CLIENT_NOT_ALLOWED: "The client at which the token was issued is not allowed it.",
    Lack.NOT_HELD: "No policy group of the holder gives it.",
    Lack.MANAGES_ACCESS: "It manages access, and no limited token carries that.",
    Lack.NOT_LISTED: "The token's list does not name it.",
    Lack.NOT_IN_SET: "The predefined set that the token follows does not name it.",
    Lack.SET_GONE: "The predefined set that the token followed was removed.",
}
_THROUGH: Final = {
    Through.LIST: ", and the list names it",
    Through.SET: ", and the predefined set names it",
    Through.CLIENT: ", and the client is allowed it",
}


def told(kind: Kind, token: Token, explanation: Explanation) -> Told:
    """Tell it as it is now."""
    given = {one.permission.name: _given(one) for one in explanation.given}
    described = {name: row.permission for name, row in given.items()}
    held_back = by_area(Permission(name) for name in sorted(explanation.held_back))
    return Told(
        sentence=_sentence(kind, token, explanation),
        areas=tuple(
            Area(area.name, tuple(given[one.name] for one in area.permissions))
            for area in by_area(described.values())
        ),
        count=len(given),
        lacking=tuple(map(_lacking, explanation.lacking)),
        held_back=tuple(one for area in held_back for one in area.permissions),
        lost_groups=len(explanation.lost_groups),
    )


def _given(given: Given) -> Row:
    names = tuple(group.name for group in given.groups)
    behind = _THROUGH.get(given.through, "")
    if not names:
        return Row(given.permission, f"Its holder has it{behind}")
    reason = "Through the group" if len(names) == 1 else "Through the groups"
    return Row(given.permission, reason, names, behind)


def _lacking(lacking: Lacking) -> Row:
    return Row(lacking.permission, _LACKS[lacking.lack])


def _sentence(kind: Kind, token: Token, explanation: Explanation) -> str:
    match kind.rights:
        case Rights.HOLDER:
            return "It may do everything that its holder may, now and later."
        case Rights.GROUPS if token.groups:
            return "It may do what its policy groups may, now and later."
        case Rights.GROUPS:
            return "It may do nothing: it has no policy group."
        case _ if explanation.set_gone:
            return "It may do nothing: the predefined set that it followed was removed."
        case _ if explanation.followed is not None:
            return "It may do what its predefined set names, as far as its holder may."
        case _:
            return "It may do what its own list names, as far as its holder may."


def examples(explanation: Explanation, entries: Iterable[Permission]) -> tuple[str, ...]:
    """Requests to ask about: one that the token may make, and one that it may not."""
    held, asked = explanation.held, dict[bool, str]()
    for one in entries:
        if one.operations:
            asked.setdefault(one.name in held, str(one.operations[0]))
        if len(asked) == len((True, False)):
            break
    return tuple(asked[allowed] for allowed in (True, False) if allowed in asked)
