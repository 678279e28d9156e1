"""How it is spelled what a change of the catalogue would do."""

from typing import Annotated, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from tokenhouse.core.principal import Organization
from tokenhouse.operations.effect import Effect, GroupEffect, TokenEffect

Count: TypeAlias = Annotated[int, Meta(ge=0)]


class Where(msgspec.Struct, frozen=True):
    """An organization."""

    id: UUID
    name: str


class ChangedToken(msgspec.Struct, frozen=True):
    """A token that would gain or lose something.

    `whose`: the e-mail of its person, or the name of the organization.
    """

    id: UUID
    number: int | None
    kind: str
    organization: Where
    whose: str
    description: str
    gained: list[str]
    lost: list[str]


class ChangedGroup(msgspec.Struct, frozen=True):
    """A policy group that names permissions which would be none any more."""

    id: UUID
    name: str
    organization: Where
    lost: list[str]


class Told(msgspec.Struct, frozen=True):
    """What a change would do. `tokens` and `groups` are the first ones; the numbers count all.

    Every token is looked at that is neither revoked nor over, but sessions.
    """

    tokens: list[ChangedToken]
    tokens_changed: Count
    tokens_gaining: Count
    tokens_losing: Count
    tokens_looked_at: Count
    groups: list[ChangedGroup]
    groups_changed: Count


def told(effect: Effect) -> Told:
    """What is told of the effect of a change."""
    return Told(
        tokens=[_changed_token(one) for one in effect.tokens],
        tokens_changed=effect.tokens_changed,
        tokens_gaining=effect.tokens_gaining,
        tokens_losing=effect.tokens_losing,
        tokens_looked_at=effect.tokens_looked_at,
        groups=[_changed_group(one) for one in effect.groups],
        groups_changed=effect.groups_changed,
    )


def _changed_token(one: TokenEffect) -> ChangedToken:
    return ChangedToken(
        id=one.id,
        number=one.number,
        kind=one.kind,
        organization=_where(one.organization),
        whose=one.whose,
        description=one.description,
        gained=sorted(one.gained),
        lost=sorted(one.lost),
    )


def _changed_group(one: GroupEffect) -> ChangedGroup:
    return ChangedGroup(one.id, one.name, _where(one.organization), sorted(one.lost))


def _where(organization: Organization) -> Where:
    return Where(organization.id, organization.name)
