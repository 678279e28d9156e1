"""What happened to a token and its family, each event as a line in words."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.core.events import Details, Name
from tokenhouse.core.judge import Reason
from tokenhouse.core.moment import Moment, parse_moment
from tokenhouse.operations.trail import Shown, Told


class Line(msgspec.Struct, frozen=True):
    """An event in words. `who` None: whoever looks may not know the name of its actor.

    `subject` is which token it happened to; None: to the family, or to all that its holder has.
    """

    sequence: int
    moment: Moment
    words: str
    changes: tuple[str, ...] = ()
    who: str | None = None
    actor: UUID | None = None
    subject: UUID | None = None


_WORDS: Final[Mapping[str, str]] = {
    Name.TOKEN_ISSUED: "Made",
    Name.TOKEN_ROTATED: "Made as the successor of the one before",
    Name.TOKEN_CHANGED: "Edited",
    Name.TOKEN_REVOKED: "Revoked",
    Name.TOKEN_REFRESHED: "Refreshed",
    Name.TOKEN_RENEWED: "Renewed",
    Name.TOKEN_REUSED: "Used again after it had been redeemed: the family ended",
    Name.FAMILY_REVOKED: "Revoked with its whole family",
    Name.HOLDER_REVOKED: "Everything of its holder was revoked",
    Name.ORGANIZATION_REVOKED: "Everything of the organization was revoked",
    Name.CONNECTION_ENDED: "Its connection to a broker was ended",
    Name.MANAGEMENT_REFUSED: "Refused at a door of Tokenhouse itself",
}
"""Those that are about tokens; any other is shown by its name."""
_FIELDS: Final = {
    "description": "Description",
    "expires_at": "Expiry",
    "groups": "Policy groups",
    "addresses": "Addresses",
    "audience": "Audience",
    "permissions": "Methods",
    "predefined_set": "Predefined set",
}
_REFUSALS: Final[Mapping[str, str]] = {
    Reason.INSUFFICIENT: "It was not allowed that,",
    Reason.NOT_LISTED: "Its list does not name that,",
    Reason.WRONG_ASKER: "That takes somebody else,",
    Reason.WRONG_DOOR: "No token of its kind is taken there,",
    Reason.WRONG_AUDIENCE: "It is meant for another API,",
    Reason.WRONG_ADDRESS: "It came from an address that it may not be used from,",
}
_FEW: Final = 5
_AT_MACHINE: Final = "Tokenhouse, or somebody at its machine"

Said = Callable[[Moment], str]


def line(shown: Shown, names: Mapping[UUID, str], said: Said) -> Line:
    """One event. `names` are those of people and groups that the reader may know.

    `said` puts a moment into words.
    """
    event, told = shown.event, shown.told
    words = _WORDS.get(event.name, event.name)
    if told is None:
        return Line(event.sequence, event.moment, words, ("What it said was erased.",))
    if event.name == Name.MANAGEMENT_REFUSED:
        refused = _refused(told.details, words)
        return Line(event.sequence, event.moment, *refused, subject=told.subject)
    return Line(
        event.sequence,
        event.moment,
        words,
        tuple(_changes(told, event.name, names, said)),
        who=_AT_MACHINE if told.actor is None else names.get(told.actor),
        actor=told.actor,
        subject=told.subject,
    )


def _refused(details: Details, words: str) -> tuple[str, tuple[str, ...]]:
    """How often, and why: a reason of the judge's or a sentence of ours, and at which route."""
    count, (reason, at, route) = details.get("count"), str(details.get("cause")).partition(" at ")
    often = f" {count:,} times" if isinstance(count, int) and count > 1 else ""
    return f"{words}{often}", (f"{_REFUSALS.get(reason, reason)}{at}{route}",)


def _changes(told: Told, name: str, names: Mapping[UUID, str], said: Said) -> Iterator[str]:
    details = told.details
    if name != Name.TOKEN_CHANGED:
        return
    for field, words in _FIELDS.items():
        if f"{field}_after" in details:
            before, after = details.get(f"{field}_before"), details[f"{field}_after"]
            if field == "groups":
                before, after = _named(before, names), _named(after, names)
            if isinstance(before, list) and isinstance(after, list):
                yield f"{words} {_difference(before, after)}"
            else:
                yield f"{words}: {_value(field, after, said)}, before {_value(field, before, said)}"


def _named(ids: object, names: Mapping[UUID, str]) -> list[str]:
    listed = ids if isinstance(ids, list) else []
    return [names.get(UUID(one), "a group that is not its own now") for one in listed]


def _difference(before: list[str], after: list[str]) -> str:
    more = [one for one in after if one not in before]
    fewer = [one for one in before if one not in after]
    told = [f"{words} {_few(some)}" for words, some in (("with", more), ("without", fewer)) if some]
    return ", ".join(told) or "in another order"


def _few(names: list[str]) -> str:
    told = ", ".join(names[:_FEW])
    return told if len(names) <= _FEW else f"{told} and {len(names) - _FEW} more"


def _isolated(value: object) -> str:
    """Whatever turns the direction of text in it ends with it."""
    return f"\N{FIRST STRONG ISOLATE}{value}\N{POP DIRECTIONAL ISOLATE}"


def _value(field: str, value: object, said: Said) -> str:
    if value is None or value == "":
        return "none"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if field == "expires_at":
        return said(parse_moment(str(value)))
    return f"“{_isolated(value)}”" if field == "description" else str(value)
