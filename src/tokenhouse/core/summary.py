"""What a token that is only drafted will be, in short sentences that anybody understands."""

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from tokenhouse.core.areas import areas_of
from tokenhouse.core.kind import Kind, Rights
from tokenhouse.core.moment import Moment
from tokenhouse.core.permission import Permissions

MANAGES_TOKENS: Final = "AccountTokenWrite"
MANAGES_PEOPLE: Final = "AccountsUsersWrite"

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_FEW: Final = 3


class Drafted(msgspec.Struct, frozen=True):
    """A token as somebody drafts it. `holder` names whoever will hold it.

    `permissions` is what it would have now, and `holders` what its holder has. `groups` are the
    names of those that an organizational one gets, `followed` that of the predefined set that a
    limited one follows. `addresses` none: from anywhere; `expires_at` None: never. `taken` are
    the descriptions of tokens that are there already.
    """

    kind: Kind
    holder: str
    description: str
    permissions: Permissions
    holders: Permissions
    groups: tuple[str, ...] = ()
    followed: str | None = None
    addresses: tuple[str, ...] = ()
    audience: str | None = None
    expires_at: Moment | None = None
    taken: frozenset[str] = frozenset()


class Summary(msgspec.Struct, frozen=True):
    """What it is, what it cannot do, and what to think of before it is made; one sentence each."""

    sentences: tuple[str, ...]
    cannot: tuple[str, ...]
    warnings: tuple[str, ...]


def summarize(drafted: Drafted) -> Summary:
    """Tell in words what will be of a draft."""
    return Summary(
        sentences=(
            _who(drafted),
            _may(drafted),
            _where(drafted),
            *(() if drafted.audience is None else (f"It is good at {drafted.audience} alone.",)),
            _until(drafted.expires_at),
        ),
        cannot=_cannot(drafted),
        warnings=_warnings(drafted),
    )


def moment_in_words(moment: Moment) -> str:
    """Such as `22 December 2026, 10:00 UTC`; seconds only where there are some."""
    at = _EPOCH + timedelta(microseconds=moment)
    seconds = f":{at.second:02}" if at.second else ""
    day = f"{at.day} {_MONTHS[at.month - 1]} {at.year}"
    return f"{day}, {at.hour:02}:{at.minute:02}{seconds} UTC"


def _who(drafted: Drafted) -> str:
    return f"{drafted.holder} holds it."


def _may(drafted: Drafted) -> str:
    if drafted.kind.rights is Rights.HOLDER:
        return "It may do everything that you may, now and later."
    counted = _counted(drafted.permissions)
    if drafted.kind.rights is Rights.GROUPS:
        if not drafted.groups:
            return "It may do nothing: it has no policy group."
        word = "group" if len(drafted.groups) == 1 else "groups"
        return f"It may do what the {word} {_few(drafted.groups)} may, now {counted}."
    if drafted.followed is not None:
        return f"It follows the predefined set {drafted.followed}, and may do now {counted}."
    return f"It may do {counted}."


def _counted(names: Permissions) -> str:
    if not names:
        return "nothing"
    areas = areas_of(names)
    permissions = _number(len(names), "permission")
    return f"{permissions} in {_number(len(areas), 'service')}"


def _where(drafted: Drafted) -> str:
    if not drafted.addresses:
        return "It may be used from anywhere."
    return f"It may be used from {_few(drafted.addresses, 'or')}."


def _until(expires_at: Moment | None) -> str:
    if expires_at is None:
        return "It never expires."
    return f"It is good until {moment_in_words(expires_at)}."


def _cannot(drafted: Drafted) -> tuple[str, ...]:
    """What people fear of a token, as far as this one cannot do it."""
    told = ["It cannot change passwords, nor make tokens for people: only who signed in can."]
    if MANAGES_TOKENS not in drafted.permissions:
        told.append("It cannot manage the organization's tokens.")
    if MANAGES_PEOPLE not in drafted.permissions:
        told.append("It cannot manage people.")
    return tuple(told)


def _warnings(drafted: Drafted) -> tuple[str, ...]:
    told: list[str] = []
    if drafted.expires_at is None:
        told.append("It never expires: whoever finds it can use it until somebody removes it.")
    if drafted.permissions and drafted.permissions >= drafted.holders:
        told.append("It may do all that its holder may: choose less, if less is enough.")
    if drafted.kind.rights is not Rights.HOLDER and not drafted.permissions:
        told.append("It may do nothing as it is.")
    if not drafted.addresses:
        told.append("It is good from anywhere: name the networks that it is used from.")
    if drafted.description and _known(drafted):
        told.append("There is a token with this description already.")
    return tuple(told)


def _known(drafted: Drafted) -> bool:
    wanted = drafted.description.strip().casefold()
    return wanted in {one.strip().casefold() for one in drafted.taken}


def _number(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _few(names: tuple[str, ...], last: str = "and") -> str:
    if len(names) > _FEW + 1:
        return f"{', '.join(names[:_FEW])} {last} {len(names) - _FEW} more"
    *others, final = names
    return f"{', '.join(others)} {last} {final}" if others else final
