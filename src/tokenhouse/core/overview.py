"""What a list of many tokens makes of their outlines: filters, a search, an order."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final, TypeAlias
from uuid import UUID

from tokenhouse.core.moment import DAY, Moment
from tokenhouse.core.token import Outline, expired, superseded

SOON: Final = 14 * DAY
"""What expires within this time is expiring."""
LONG: Final = 90 * DAY
"""What is older, and was not accepted for so long, is unused."""

LastUses: TypeAlias = Mapping[UUID, Moment]
"""When tokens were accepted last; those that never were are absent."""


class Filter(StrEnum):
    """A part of all tokens. The states are the tokens' own, whoever of their holders is suspended.

    Expiring, unused and never are parts of what is active; current is active and expired.
    """

    CURRENT = "current"
    ACTIVE = "active"
    EXPIRING = "expiring"
    UNUSED = "unused"
    EXPIRED = "expired"
    REVOKED = "revoked"
    """Ended, or superseded: for good."""
    NEVER = "never"
    """It never expires."""


class Order(StrEnum):
    """By what tokens can be sorted. What is equal in it stays the newest first, either way."""

    DESCRIPTION = "description"
    CREATED = "created"
    LAST_USED = "last_used"
    """What never was used is the least."""
    EXPIRES = "expires"
    """What never expires is the greatest."""
    STATE = "state"
    """Active, expired, revoked."""


_NEVER_EXPIRES: Final = 1 << 63
_DIGITS: Final = 20
"""No number of ours has so many."""

_Rank: TypeAlias = Callable[[Outline], str | int]


def sifted(rows: Iterable[Outline], last: LastUses, now: Moment) -> dict[Filter, list[Outline]]:
    """What each filter leaves of some tokens, in their order."""
    sifted: dict[Filter, list[Outline]] = {one: [] for one in Filter}
    soon, long_ago = now + SOON, now - LONG
    for row in rows:
        if _is_revoked(row, now):
            sifted[Filter.REVOKED].append(row)
            continue
        sifted[Filter.CURRENT].append(row)
        if expired(row, now):
            sifted[Filter.EXPIRED].append(row)
            continue
        sifted[Filter.ACTIVE].append(row)
        if row.expires_at is None:
            sifted[Filter.NEVER].append(row)
        elif row.expires_at <= soon:
            sifted[Filter.EXPIRING].append(row)
        if row.created_at <= long_ago and last.get(row.id, 0) <= long_ago:
            sifted[Filter.UNUSED].append(row)
    return sifted


def _is_revoked(row: Outline, now: Moment) -> bool:
    return row.ended or superseded(row, now)


def searched(rows: Iterable[Outline], text: str, prefixes: Mapping[str, str]) -> list[Outline]:
    """Those whose description contains a text, case aside, or that people name by it.

    That is the id, the number, the last four characters, or the beginning of `tho_…1a2B`, as a
    token is shown; `prefixes` are what strings of each kind begin with, by its name.
    """
    sought = text.strip().casefold().replace("...", "…")
    is_number = sought.isascii() and sought.isdecimal() and len(sought) < _DIGITS
    number = int(sought) if is_number else None
    token_id = _id_of(sought)
    is_prefix = "_" in sought

    def fits(row: Outline) -> bool:
        if sought in row.description.casefold() or sought == row.hint.casefold():
            return True
        if is_prefix and f"{prefixes.get(row.kind, '')}…{row.hint}".casefold().startswith(sought):
            return True
        return (token_id is not None and token_id == row.id) or (
            number is not None and number == row.number
        )

    return [row for row in rows if fits(row)]


def _id_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def ordered(
    rows: Sequence[Outline], order: Order, last: LastUses, now: Moment, *, descending: bool
) -> list[Outline]:
    """Tokens that come newest first, in another order."""
    ranks: dict[Order, _Rank] = {
        Order.DESCRIPTION: lambda row: row.description.casefold(),
        Order.CREATED: lambda row: row.created_at,
        Order.LAST_USED: lambda row: last.get(row.id, 0),
        Order.EXPIRES: lambda row: _NEVER_EXPIRES if row.expires_at is None else row.expires_at,
        Order.STATE: lambda row: 2 if _is_revoked(row, now) else int(expired(row, now)),
    }
    return sorted(rows, key=ranks[order], reverse=descending)
