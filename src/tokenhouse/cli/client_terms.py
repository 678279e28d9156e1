"""What a client may, as it is typed."""

from dataclasses import dataclass, fields
from typing import Annotated, Final, Literal, TypeAlias

from cyclopts import Parameter

from tokenhouse.cli.choosing import groups_named
from tokenhouse.cli.flags import flag, several
from tokenhouse.operations import Authority
from tokenhouse.operations.at_machine import AtMachine

YesOrNo: TypeAlias = Literal["yes", "no"]


def either(told: str) -> Parameter:
    """A flag that says one of the two."""
    return Parameter(help=told, metavar="YES-OR-NO", show_default=False)


@dataclass(frozen=True)
class Terms:
    """What a client may, as it is typed; what is not named stays as it is, or as it begins."""

    grants: Annotated[
        tuple[Literal["password", "refresh_token", "client_credentials"], ...],
        several(
            "What it may present at the token endpoint; may be repeated. Default: as it is, and"
            " for a new one password and refresh_token.",
            "GRANT",
            name="--grant",
        ),
    ] = ()
    permissions: Annotated[
        tuple[str, ...],
        several(
            "A permission that its tokens may hold; may be repeated. Default: as it is, and for a"
            " new one all that the person may.",
            "NAME",
            name="--permission",
        ),
    ] = ()
    audience: Annotated[
        str | None,
        flag("The one API that its tokens are for; '' for any. Default: as it is, or any.", "NAME"),
    ] = None
    group: Annotated[
        str | None,
        flag(
            "The policy group whose people alone get tokens at it; '' for all people. Default: as"
            " it is, or all.",
            "NAME",
        ),
    ] = None
    refresh_lifetime: Annotated[
        str | None,
        flag(
            "How long a sign-in can be refreshed, such as P30D. Default: as it is, or P30D.",
            "DURATION",
        ),
    ] = None
    slides: Annotated[
        YesOrNo | None,
        either("Whether that time begins anew with each refresh. Default: as it is, or no."),
    ] = None
    scope_as: Annotated[
        Literal["address", "list", "string"] | None,
        flag(
            "How it is told the scope of its tokens: as the address has it that it asks, or at each"
            " as a list or as a string. Default: as it is, or address.",
            "FORM",
        ),
    ] = None
    deployment: Annotated[
        YesOrNo | None,
        either("Whether it may ask about tokens of every organization. Default: as it is, or no."),
    ] = None


_FLAGS: Final = frozenset({"slides", "deployment", "suspended"})


def typed_terms(authority: Authority, caller: AtMachine, terms: Terms) -> dict[str, object]:
    """The terms that were named, as a body of `/v1` would say them."""
    typed = said(**{one.name: getattr(terms, one.name) for one in fields(terms)})
    if terms.group is not None:
        named = groups_named(authority, caller, (terms.group,) if terms.group else ())
        typed["group"] = str(named[0]) if named else None
    return typed


def said(**typed: object) -> dict[str, object]:
    """What was typed of this; lists as lists, and a yes as true."""
    found: dict[str, object] = {}
    for name, value in typed.items():
        if isinstance(value, tuple):
            found |= {name: [*value]} if value else {}
        elif value is not None:
            found[name] = value == "yes" if name in _FLAGS else value
    return found
