"""What somebody typed into the form of a token, or what a link or another token fills it with."""

from typing import Final

import msgspec

from tokenhouse.core.day import write_day
from tokenhouse.core.kind import Kind
from tokenhouse.core.token import Token
from tokenhouse.faces.console.form import Form
from tokenhouse.faces.console.tokens.expiries import DATE, KEEP, NEVER, PRESETS
from tokenhouse.faces.console.tokens.whose import Whose
from tokenhouse.operations import Authority

ALL: Final = "all"
"""All that its holder may: a personal token."""
CUSTOM: Final = "custom"
SET: Final = "set-"
"""Before the id of a predefined set."""
_LISTS: Final = ("permissions", "groups")


class Typed(msgspec.Struct, frozen=True):
    """The fields as they stand in the form. `expiry` and `api` are the values of a choice."""

    description: str = ""
    expiry: str = ""
    date: str = ""
    api: str = ""
    permissions: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    addresses: str = ""
    audience: str = ""


def typed_in(form: Form) -> Typed:
    """What a form was sent with."""
    return Typed(
        description=form.one("description"),
        expiry=form.one("expiry"),
        date=form.one("date"),
        api=form.one("api"),
        permissions=form.all("permissions"),
        groups=form.all("groups"),
        addresses=form.one("addresses"),
        audience=form.one("audience"),
    )


def linked(query: Form) -> Typed:
    """What a link fills in: the same names, where a list may also stand with commas between."""
    typed = typed_in(query)
    named = {name: _split(getattr(typed, name)) for name in _LISTS}
    api, expiry, date = typed.api, typed.expiry, typed.date
    if named["permissions"] and not api:
        api = CUSTOM
    if expiry and expiry not in {DATE, NEVER, KEEP} and expiry not in PRESETS:
        expiry, date = DATE, expiry
    addresses = "\n".join(_split((typed.addresses,)))
    filled = {"api": api, "expiry": expiry, "date": date, "addresses": addresses}
    return msgspec.structs.replace(typed, **filled, **named)


def _split(values: tuple[str, ...]) -> tuple[str, ...]:
    pieces = (piece.strip() for value in values for piece in value.split(","))
    return tuple(dict.fromkeys(piece for piece in pieces if piece))


def kept_by(token: Token) -> Typed:
    """The settings of a token, to be edited or copied; nothing of its string is among them."""
    return Typed(
        description=token.description,
        expiry=KEEP,
        date="" if token.expires_at is None else write_day(token.expires_at),
        api=_api(token),
        permissions=tuple(sorted(token.permissions or ())),
        groups=tuple(str(one) for one in token.groups or ()),
        addresses="\n".join(token.addresses),
        audience=token.audience or "",
    )


def _api(token: Token) -> str:
    if token.set_id is not None:
        return f"{SET}{token.set_id}"
    return ALL if token.permissions is None else CUSTOM


def kind_of(authority: Authority, whose: Whose, typed: Typed) -> Kind:
    """The kind of the token that such a form makes."""
    if not whose.is_own:
        return authority.organizational
    return authority.personal if typed.api == ALL else authority.limited
