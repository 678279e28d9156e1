"""What changes of a token, between two states of its settings. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.core.token import Token
from tokenhouse.faces.console.tokens.expiries import KEEP
from tokenhouse.faces.console.tokens.reading import Read
from tokenhouse.faces.console.tokens.sheets import Changed
from tokenhouse.faces.console.tokens.typed import Typed, kept_by
from tokenhouse.look.times import exact
from tokenhouse.operations.edit import Edit

_UNITS: Final = (
    ("description",),
    ("expiry", "date"),
    ("api", "permissions"),
    ("groups",),
    ("addresses",),
    ("audience",),
)
"""Fields of the form that are changed together."""
_FEW: Final = 12
"""Methods that are named one by one."""


class Names(msgspec.Struct, frozen=True):
    """What policy groups and predefined sets are called."""

    groups: Mapping[UUID, str]
    sets: Mapping[int, str]


def settings_of(token: Token) -> Read:
    """The settings of a token, as a form would have been read."""
    return Read(
        description=token.description,
        expires_at=token.expires_at,
        groups=token.groups,
        addresses=token.addresses,
        audience=token.audience,
        permissions=token.permissions,
        set_id=token.set_id,
    )


def written(settings: Read) -> str:
    """Settings as a hidden field carries them."""
    return msgspec.json.encode(settings).decode()


def read_settings(text: str) -> Read | None:
    """What a hidden field carries; None where it is none of ours."""
    try:
        return msgspec.json.decode(text, type=Read)
    except msgspec.DecodeError:
        return None


def edit_of(before: Read, after: Read) -> Edit:
    """What has to be asked for, and nothing that stays as it is."""
    changed: dict[str, Any] = {
        name: getattr(after, name)
        for name in ("expires_at", "addresses", "audience")
        if getattr(after, name) != getattr(before, name)
    }
    if after.description != before.description.strip():
        changed["description"] = after.description
    if after.groups is not None and set(after.groups) != set(before.groups or ()):
        changed["groups"] = after.groups
    if after.set_id is not None and after.set_id != before.set_id:
        changed["set_id"] = after.set_id
    if after.permissions is not None and after.permissions != before.permissions:
        changed["permissions"] = after.permissions
    return Edit(**changed)


def merged(base: Read, now: Token, typed: Typed) -> Typed:
    """What was typed, and for all that was not touched what somebody else has made of it."""
    shown, current = _typed(base), kept_by(now)
    untouched: dict[str, Any] = {}
    for unit in _UNITS:
        if all(_same(getattr(typed, name), getattr(shown, name)) for name in unit):
            untouched |= {name: getattr(current, name) for name in unit}
    return replace(typed, **untouched)


def _same(one: str | tuple[str, ...], other: str | tuple[str, ...]) -> bool:
    if isinstance(one, tuple):
        return set(one) == set(other)
    return one.split() == str(other).split()


def _typed(settings: Read) -> Typed:
    """How a form showed these settings."""
    api = f"set-{settings.set_id}" if settings.set_id is not None else "custom"
    return Typed(
        description=settings.description,
        expiry=KEEP,
        api="all" if settings.set_id is None and settings.permissions is None else api,
        permissions=tuple(settings.permissions or ()),
        groups=tuple(str(one) for one in settings.groups or ()),
        addresses="\n".join(settings.addresses),
        audience=settings.audience or "",
    )


def changes(before: Read, after: Read, names: Names) -> tuple[Changed, ...]:
    """What is another one afterwards, in words; what could not be read is left out."""
    faulty = {one.field for one in after.faults}
    return tuple(one for field, one in _changes(before, after, names) if field not in faulty)


def _changes(before: Read, after: Read, names: Names) -> Iterator[tuple[str, Changed]]:
    edit = edit_of(before, after)
    if edit.description is not msgspec.UNSET:
        yield (
            "description",
            Changed("Description", before.description or "none", after.description or "none"),
        )
    if edit.expires_at is not msgspec.UNSET:
        yield "expiry", Changed("Expires", _when(before), _when(after))
    if edit.groups is not msgspec.UNSET:
        yield "groups", Changed("Groups", _groups(before, names), _groups(after, names))
    if edit.permissions is not msgspec.UNSET or edit.set_id is not msgspec.UNSET:
        yield "api", _limits(before, after, names)
    if edit.addresses is not msgspec.UNSET:
        yield "addresses", Changed("Networks", _networks(before), _networks(after))
    if edit.audience is not msgspec.UNSET:
        yield "audience", Changed("Audience", before.audience or "any", after.audience or "any")


def _when(settings: Read) -> str:
    return "never" if settings.expires_at is None else exact(settings.expires_at)


def _groups(settings: Read, names: Names) -> str:
    found = sorted(names.groups.get(one, "a group") for one in settings.groups or ())
    return ", ".join(found) or "none"


def _networks(settings: Read) -> str:
    return ", ".join(settings.addresses) or "anywhere"


def _limits(before: Read, after: Read, names: Names) -> Changed:
    if before.permissions is not None and after.permissions is not None:
        gone = before.permissions - after.permissions
        new = after.permissions - before.permissions
        return Changed("Methods", f"taken away: {_few(gone)}", f"added: {_few(new)}")
    return Changed("API", _limit(before, names), _limit(after, names))


def _limit(settings: Read, names: Names) -> str:
    if settings.set_id is not None:
        return f"the set {names.sets.get(settings.set_id, 'that was removed')}"
    return f"{len(settings.permissions or ())} chosen methods"


def _few(named: frozenset[str]) -> str:
    shown = sorted(named)
    more = f" and {len(shown) - _FEW} more" if len(shown) > _FEW else ""
    return ", ".join(shown[:_FEW]) + more if shown else "none"
