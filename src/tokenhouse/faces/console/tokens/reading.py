"""From what was typed to what is asked of an operation; what cannot be read is told in place."""

import re
from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.boundary import parse_id
from tokenhouse.boundary.fields import Fields
from tokenhouse.core.catalogue import MAX_ENTRIES
from tokenhouse.core.identifier import NUMBERS_END
from tokenhouse.core.kind import Kind, Rights
from tokenhouse.core.moment import Moment
from tokenhouse.core.networks import MAX_NETWORKS, canonical_network
from tokenhouse.core.permission import Permissions, is_permission_name
from tokenhouse.core.refusal import Refused
from tokenhouse.faces.console.pages import Fault
from tokenhouse.faces.console.tokens.expiries import Bounds, moment_of
from tokenhouse.faces.console.tokens.faults import fault
from tokenhouse.faces.console.tokens.typed import CUSTOM, SET, Typed
from tokenhouse.operations.issue import Draft

MAX_DESCRIPTION: Final = 500
MAX_AUDIENCE: Final = 200
_NUMBER: Final = re.compile(r"[0-9]{1,10}", re.ASCII)
_MOST_TYPED: Final = 10_000
"""Characters of addresses that are looked at."""


class Read(msgspec.Struct, frozen=True):
    """What was typed, as values. Where `faults` tell of a field, its value is that of none."""

    description: str
    expires_at: Moment | None
    groups: tuple[UUID, ...] | None
    addresses: tuple[str, ...]
    audience: str | None
    permissions: Permissions | None
    set_id: int | None
    faults: tuple[Fault, ...] = ()

    @property
    def draft(self) -> Draft:
        """The same for issuing."""
        return Draft(
            description=self.description,
            expires_at=self.expires_at,
            groups=self.groups,
            addresses=self.addresses,
            audience=self.audience,
            permissions=self.permissions,
            set_id=self.set_id,
        )


def read(typed: Typed, kind: Kind, bounds: Bounds, *, gives_groups: bool) -> Read:
    """Read a form. `gives_groups`: whoever sent it may choose policy groups."""
    faults: list[Fault] = []
    of_groups = kind.rights is Rights.GROUPS and gives_groups
    permissions, set_id = _limit(typed, faults) if kind.rights is Rights.LIMITED else (None, None)
    return Read(
        description=_text(typed.description.strip(), "description", MAX_DESCRIPTION, faults),
        expires_at=_expiry(typed, bounds, faults),
        groups=_groups(typed, faults) if of_groups else None,
        addresses=_addresses(typed, faults),
        audience=_text(typed.audience.strip(), "audience", MAX_AUDIENCE, faults) or None,
        permissions=permissions,
        set_id=set_id,
        faults=tuple(faults),
    )


def _text(text: str, name: str, longest: int, faults: list[Fault]) -> str:
    fields = Fields({name: text}, (name,))
    value = fields.text(name, longest)
    try:
        fields.done()
    except Refused as refused:
        faults.append(fault(name, refused.problems[0].sentence))
    return value if isinstance(value, str) else ""


def _expiry(typed: Typed, bounds: Bounds, faults: list[Fault]) -> Moment | None:
    try:
        return moment_of(bounds, typed.expiry, typed.date)
    except ValueError as error:
        faults.append(fault("expiry", str(error)))
        return bounds.now


def _limit(typed: Typed, faults: list[Fault]) -> tuple[Permissions | None, int | None]:
    if typed.api.startswith(SET):
        digits = typed.api.removeprefix(SET)
        if _NUMBER.fullmatch(digits) and 0 < int(digits) < NUMBERS_END:
            return None, int(digits)
    elif typed.api == CUSTOM:
        return _permissions(typed, faults), None
    faults.append(fault("api", "is not chosen"))
    return frozenset(), None


def _permissions(typed: Typed, faults: list[Fault]) -> Permissions:
    named = typed.permissions
    if not named:
        faults.append(Fault("api", "Choose at least one method."))
    if len(named) > MAX_ENTRIES or not all(map(is_permission_name, named)):
        faults.append(fault("api", "names what is no method"))
        return frozenset()
    return frozenset(named)


def _groups(typed: Typed, faults: list[Fault]) -> tuple[UUID, ...]:
    ids = [parse_id(text) for text in typed.groups]
    known = tuple(one for one in ids if one is not None)
    if len(known) < len(ids):
        faults.append(fault("groups", "names what is no group"))
    if not ids:
        faults.append(Fault("groups", "Choose at least one group."))
    return known


def _addresses(typed: Typed, faults: list[Fault]) -> tuple[str, ...]:
    lines = typed.addresses[:_MOST_TYPED].replace(",", "\n").splitlines()
    wanted = [line.strip() for line in lines if line.strip()]
    networks = [canonical_network(line) for line in wanted]
    if len(typed.addresses) > _MOST_TYPED or len(wanted) > MAX_NETWORKS:
        faults.append(fault("addresses", f"has more than {MAX_NETWORKS} lines"))
    elif None in networks:
        place = networks.index(None) + 1
        told = f"has a line, number {place}, that is no network such as 192.0.2.0/24 nor an address"
        faults.append(fault("addresses", told))
    return tuple(dict.fromkeys(one for one in networks[:MAX_NETWORKS] if one is not None))
