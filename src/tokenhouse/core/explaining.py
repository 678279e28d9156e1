"""Why a token may do what it may, and why it may not do what it names.

What it may do is the word of `standing.permissions` alone; nothing here decides it again.
"""

from enum import StrEnum
from uuid import UUID

import msgspec

from tokenhouse.core.catalogue import PredefinedSet
from tokenhouse.core.kind import OF_CLIENTS, Kind, Rights
from tokenhouse.core.permission import DEPLOYMENT_PERMISSIONS, NOTHING, Permission, Permissions
from tokenhouse.core.policy_group import PolicyGroup, union
from tokenhouse.core.standing import Standing, group_ids, permissions
from tokenhouse.core.token import Token


class Through(StrEnum):
    """What lets a permission through to a token, of all that its holder may do."""

    ALL = "all"
    """Nothing holds any back: the token has all of them."""
    LIST = "list"
    """The token's own list names it."""
    SET = "set"
    """The predefined set that the token follows names it."""
    CLIENT = "client"
    """The client at which it was issued is allowed it."""


class Lack(StrEnum):
    """Why a token has not got a permission. Closed; the first that applies counts."""

    OPERATORS = "operators"
    """It is an operator's, and no token of this kind carries those, whoever holds it."""
    NO_OPERATOR = "no_operator"
    """It is an operator's, and the holder is none."""
    NOT_IN_CATALOGUE = "not_in_catalogue"
    NONE_CARRIED = "none_carried"
    """Tokens of this kind carry no permission at all."""
    CLIENT_GONE = "client_gone"
    CLIENT_NOT_ALLOWED = "client_not_allowed"
    """The client at which it was issued is not allowed it."""
    NOT_HELD = "not_held"
    """No group gives it: none of the person's, or none of the token's own."""
    MANAGES_ACCESS = "manages_access"
    """The person holds it, and no limited token carries what manages access."""
    NOT_LISTED = "not_listed"
    """Everybody concerned has it but the token's own list, which does not name it."""
    NOT_IN_SET = "not_in_set"
    """The same of the predefined set that it follows."""
    SET_GONE = "set_gone"
    """The predefined set that it follows was removed, and with it all that it named."""


class Given(msgspec.Struct, frozen=True):
    """A permission that a token has, with what gives it.

    `groups` are all those that do; none where the client itself is what is allowed, or where it
    comes with the rank of an operator.
    """

    permission: Permission
    groups: tuple[PolicyGroup, ...]
    through: Through


class Lacking(msgspec.Struct, frozen=True):
    """A permission that a token has not got, and why."""

    permission: Permission
    lack: Lack


class Explanation(msgspec.Struct, frozen=True):
    """What a token may do as soon as it is good in itself, with the reason for each.

    `lacking` is what it names, by itself or through its groups, and has not got. `held_back` is
    what its holder may do beyond it. `followed` is its predefined set as it is now, and
    `set_gone` says that it follows one that is no more. `lost_groups` are those that it names and
    that were removed.
    """

    given: tuple[Given, ...]
    lacking: tuple[Lacking, ...]
    held_back: Permissions = NOTHING
    followed: PredefinedSet | None = None
    set_gone: bool = False
    lost_groups: tuple[UUID, ...] = ()

    @property
    def held(self) -> Permissions:
        """The names of what it may do."""
        return frozenset(one.permission.name for one in self.given)


def explain(kind: Kind, token: Token, standing: Standing) -> Explanation:
    """Explain a token by what it rests on now; by their names, in order."""
    held, catalogue = permissions(kind, token, standing), standing.catalogue
    followed = None if token.set_id is None else catalogue.set_of(token.set_id)
    known = {group.id for group in standing.groups}
    named = group_ids(kind, token, standing.membership)
    return Explanation(
        given=tuple(given(kind, token, standing, name) for name in sorted(held)),
        lacking=tuple(
            lacking(kind, token, standing, name)
            for name in sorted(_named(kind, token, standing) - held)
        ),
        held_back=_of_holder(kind, standing) - held,
        followed=followed,
        set_gone=token.set_id is not None and followed is None,
        lost_groups=tuple(one for one in named if one not in known),
    )


def giving(standing: Standing, name: str) -> tuple[PolicyGroup, ...]:
    """The groups that give a permission; none where it is an operator's, or in no catalogue."""
    catalogue = standing.catalogue
    return tuple(group for group in standing.groups if name in group.holds(catalogue))


def lacking(kind: Kind, token: Token, standing: Standing, name: str) -> Lacking:
    """Say why a token has not got a permission that it has not got."""
    return Lacking(standing.catalogue.described(name), _lack(kind, token, standing, name))


def given(kind: Kind, token: Token, standing: Standing, name: str) -> Given:
    """Say by what a token has a permission that it has."""
    groups = () if kind.rights is Rights.CLIENT else giving(standing, name)
    return Given(standing.catalogue.described(name), groups, through(kind, token, standing))


def through(kind: Kind, token: Token, standing: Standing) -> Through:
    """What lets through to a token what it has of its holder's permissions."""
    if kind.rights is Rights.LIMITED:
        return Through.LIST if token.set_id is None else Through.SET
    if kind.rights in OF_CLIENTS:
        if token.permissions is not None:
            return Through.LIST
        bounded = standing.client is not None and standing.client.permissions is not None
        return Through.CLIENT if bounded else Through.ALL
    return Through.ALL


def _named(kind: Kind, token: Token, standing: Standing) -> Permissions:
    """What a token names, by its list or set, else by its client, else by its groups."""
    if kind.rights is Rights.NONE:
        return NOTHING
    if kind.rights is Rights.LIMITED and token.set_id is not None:
        return standing.catalogue.listed(token.set_id)
    if kind.rights is Rights.LIMITED or token.permissions is not None:
        return token.permissions or NOTHING
    client = standing.client
    if kind.rights in OF_CLIENTS and client is not None and client.permissions is not None:
        return client.permissions
    if kind.rights is Rights.CLIENT:
        return NOTHING
    return _named_by_groups(kind, standing)


def _named_by_groups(kind: Kind, standing: Standing) -> Permissions:
    named = frozenset[str]().union(*(group.permissions for group in standing.groups))
    person = standing.person
    if kind.rights is Rights.HOLDER and person is not None and person.operator:
        return named | DEPLOYMENT_PERMISSIONS
    return named


def _of_holder(kind: Kind, standing: Standing) -> Permissions:
    """What the holder's groups give him, where a token may be less than its holder."""
    restricted = kind.rights in {Rights.LIMITED, Rights.DELEGATED}
    return union(standing.groups, standing.catalogue) if restricted else NOTHING


def _lack(kind: Kind, token: Token, standing: Standing, name: str) -> Lack:
    if name in DEPLOYMENT_PERMISSIONS:
        return Lack.NO_OPERATOR if kind.operates else Lack.OPERATORS
    if name not in standing.catalogue.names:
        return Lack.NOT_IN_CATALOGUE
    if kind.rights is Rights.NONE:
        return Lack.NONE_CARRIED
    if kind.rights in OF_CLIENTS and (lack := _lack_at_client(kind, standing, name)):
        return lack
    if kind.rights is not Rights.CLIENT and not giving(standing, name):
        return Lack.NOT_HELD
    if kind.rights is Rights.LIMITED and name not in standing.catalogue.limitable:
        return Lack.MANAGES_ACCESS
    if token.set_id is None:
        return Lack.NOT_LISTED
    return Lack.SET_GONE if standing.catalogue.set_of(token.set_id) is None else Lack.NOT_IN_SET


def _lack_at_client(kind: Kind, standing: Standing, name: str) -> Lack | None:
    client = standing.client
    if client is None:
        return Lack.CLIENT_GONE
    allowed = client.permissions
    if allowed is None:
        return Lack.CLIENT_NOT_ALLOWED if kind.rights is Rights.CLIENT else None
    return None if name in allowed else Lack.CLIENT_NOT_ALLOWED
