"""What another catalogue would give to the tokens that there are, and take from them."""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.core.catalogue import Catalogue
from tokenhouse.core.judge import Reason, inactive
from tokenhouse.core.kind import Kind
from tokenhouse.core.moment import Moment
from tokenhouse.core.permission import Permissions
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import Organization
from tokenhouse.core.standing import Found, permissions
from tokenhouse.operations.changes import Stretch, Wanted
from tokenhouse.operations.records import Records

MOST_TOLD: Final = 1_000
"""Tokens, and policy groups, that an effect tells of one by one."""
MOST_NAMES_TOLD: Final = 20_000
"""Permissions that it names with tokens, and with policy groups, each counted with each."""
_AT_ONCE: Final = 250

_MAY_BE_GOOD_AGAIN: Final = frozenset(
    {
        None,
        Reason.NOT_YET_VALID,
        Reason.HOLDER_SUSPENDED,
        Reason.ORGANIZATION_SUSPENDED,
        Reason.CLIENT_SUSPENDED,
    }
)
"""What the judge says of tokens that are not over."""


class TokenEffect(msgspec.Struct, frozen=True):
    """What one token would gain and lose. `whose`: its person's e-mail, else the organization."""

    id: UUID
    number: int | None
    kind: str
    organization: Organization
    whose: str
    description: str
    gained: Permissions
    lost: Permissions


class GroupEffect(msgspec.Struct, frozen=True):
    """The permissions that a policy group names and that would be none any more."""

    id: UUID
    name: str
    organization: Organization
    lost: Permissions


class Effect(msgspec.Struct, frozen=True):
    """Everything that would change for tokens and groups.

    `tokens` and `groups` are the first ones; `tokens_changed` and `groups_changed` count all.
    """

    tokens: tuple[TokenEffect, ...]
    tokens_changed: int
    tokens_gaining: int
    tokens_losing: int
    tokens_looked_at: int
    groups: tuple[GroupEffect, ...]
    groups_changed: int


class _Told:
    """The first ones of many, as far as there is room for them and for the names with them."""

    def __init__(self) -> None:
        self._room = MOST_NAMES_TOLD
        self._places = MOST_TOLD

    def has_room(self, names: int) -> bool:
        """Take the room for one with so many names; once there is none, for no later one either."""
        self._places -= 1
        self._room -= names
        return self._places >= 0 and self._room >= 0


def effect(
    records: Records, kinds: tuple[Kind, ...], now: Moment, before: Catalogue, after: Catalogue
) -> Effect:
    """Look at every token of these kinds that is not over, and at every policy group.

    Read in stretches, each a snapshot of its own: what comes or goes meanwhile may be missing.
    """
    by_name = {kind.name: kind for kind in kinds}
    tokens, groups = list[TokenEffect](), list[GroupEffect]()
    looked_at = changed = gaining = losing = groups_changed = 0
    told_tokens, told_groups = _Told(), _Told()
    vanishing = before.names - after.names
    for organization in _organizations(records):
        for found in _tokens(records, organization.id, tuple(by_name)):
            kind = by_name[found.token.kind]
            if inactive(kind, found, now) not in _MAY_BE_GOOD_AGAIN:
                continue
            looked_at += 1
            gained, lost = _difference(kind, found, before, after)
            changed += bool(gained or lost)
            gaining += bool(gained)
            losing += bool(lost)
            if (gained or lost) and told_tokens.has_room(len(gained) + len(lost)):
                tokens.append(_token_effect(organization, found, gained, lost))
        for group in _groups(records, organization.id) if vanishing else ():
            if lost := group.permissions & vanishing:
                groups_changed += 1
                if told_groups.has_room(len(lost)):
                    groups.append(GroupEffect(group.id, group.name, organization, lost))
    return Effect(tuple(tokens), changed, gaining, losing, looked_at, tuple(groups), groups_changed)


def _difference(
    kind: Kind, found: Found, before: Catalogue, after: Catalogue
) -> tuple[Permissions, Permissions]:
    was, would_be = (
        permissions(kind, found.token, replace(found.standing, catalogue=one))
        for one in (before, after)
    )
    return would_be - was, was - would_be


def _token_effect(
    organization: Organization, found: Found, gained: Permissions, lost: Permissions
) -> TokenEffect:
    token, person = found.token, found.standing.person
    return TokenEffect(
        id=token.id,
        number=token.number,
        kind=token.kind,
        organization=organization,
        whose=organization.name if person is None else person.email,
        description=token.description,
        gained=gained,
        lost=lost,
    )


def _organizations(records: Records) -> Iterator[Organization]:
    stretch = Stretch(_AT_ONCE)
    while rows := records.page_organizations(stretch):
        yield from rows
        stretch = replace(stretch, after=rows[-1].id)


def _tokens(records: Records, organization_id: UUID, kinds: tuple[str, ...]) -> Iterator[Found]:
    stretch = Stretch(_AT_ONCE)
    while rows := records.list_tokens(organization_id, Wanted(kinds), stretch):
        yield from rows
        stretch = replace(stretch, after=rows[-1].token.id)


def _groups(records: Records, organization_id: UUID) -> Iterator[PolicyGroup]:
    stretch = Stretch(_AT_ONCE)
    while rows := records.list_groups(organization_id, stretch):
        yield from (counted.group for counted in rows)
        stretch = replace(stretch, after=rows[-1].group.id)
