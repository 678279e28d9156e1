"""What somebody may choose for a new token, and what his choice would make of it."""

from enum import StrEnum
from typing import Final

import msgspec
from msgspec.structs import replace

from tokenhouse.core.areas import by_area
from tokenhouse.core.catalogue import Catalogue, PredefinedSet
from tokenhouse.core.judge import inactive
from tokenhouse.core.kind import Kind, Rights
from tokenhouse.core.moment import Lifetime, Moment
from tokenhouse.core.permission import PRODUCT, Permission, Permissions
from tokenhouse.core.policy import against_policy, latest_expiry
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import HolderKind, Organization
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.core.standing import permissions
from tokenhouse.core.summary import Drafted, Summary, summarize
from tokenhouse.operations.admit import Actor, Admit, Caller
from tokenhouse.operations.changes import Stretch, Wanted
from tokenhouse.operations.issue import ASSIGNS_ANY_GROUP, Draft, named_groups
from tokenhouse.operations.narrowing import bound_to
from tokenhouse.operations.ports import Clock, Store

MOST_GROUPS: Final = 1_000
"""Policy groups of an organization among which somebody chooses at once."""
MOST_COMPARED: Final = 250
"""Tokens, the newest, whose descriptions are compared with a new one."""


class Greyed(StrEnum):
    """Why something cannot be chosen."""

    NOT_HELD = "not_held"
    """Whoever chooses does not hold it himself."""
    MANAGES_ACCESS = "manages_access"
    """It manages access, and no limited token carries that."""
    NOT_YOURS_TO_GIVE = "not_yours_to_give"
    """Choosing policy groups takes AccountsUsersWrite."""


class PermissionChoice(msgspec.Struct, frozen=True):
    """A permission for a list. `greyed` None: he may choose it."""

    permission: Permission
    held: bool
    limitable: bool
    greyed: Greyed | None


class AreaChoice(msgspec.Struct, frozen=True):
    """An area of an API with its permissions, in the order of the catalogue."""

    name: str
    choices: tuple[PermissionChoice, ...]


class SetChoice(msgspec.Struct, frozen=True):
    """A predefined set, which anybody may choose: `held` is what it would give him now."""

    predefined: PredefinedSet
    held: Permissions


class GroupChoice(msgspec.Struct, frozen=True):
    """A policy group. `own`: it is one of those that whoever chooses has himself."""

    group: PolicyGroup
    own: bool
    greyed: Greyed | None


class Expiries(msgspec.Struct, frozen=True):
    """What the organization allows: `latest` None is whenever one likes."""

    latest: Moment | None
    none_allowed: bool


class Choices(msgspec.Struct, frozen=True):
    """What there is to choose for a new token of a kind, `as_of` a moment.

    `areas` and `sets` are for the list of a limited token; `groups` for an organizational one,
    where `has_more_groups` says that there are others. Whoever may give none sees his own, greyed:
    a token gets these, all together. `addresses` are the networks to which a new one is
    bound in any case; none: to none.
    """

    kind: Kind
    areas: tuple[AreaChoice, ...]
    sets: tuple[SetChoice, ...]
    groups: tuple[GroupChoice, ...]
    has_more_groups: bool
    expiries: Expiries
    addresses: tuple[str, ...]
    as_of: Moment


class Choose:
    """Shows what can be chosen, and tells what would come of it. Writes nothing."""

    def __init__(self, admit: Admit, store: Store, clock: Clock) -> None:
        self._admit = admit
        self._store = store
        self._clock = clock

    def __call__(self, caller: Caller, kind: Kind) -> Choices:
        """Show what the caller may choose for a new token of a kind."""
        actor, now = self._admit(caller), self._clock.now()
        assert actor.found is not None
        standing = actor.found.standing
        catalogue, organization = standing.catalogue, standing.organization
        groups, has_more = self._groups(actor, kind)
        return Choices(
            kind=kind,
            areas=_areas(actor, catalogue),
            sets=tuple(
                SetChoice(one, one.permissions & catalogue.limitable & actor.permissions)
                for one in catalogue.sets
            ),
            groups=groups,
            has_more_groups=has_more,
            expiries=_expiries(organization, kind, now),
            addresses=bound_to(actor),
            as_of=now,
        )

    def summary(self, caller: Caller, kind: Kind, draft: Draft) -> Summary:
        """Tell in words what a draft would become, be it allowed or not.

        Raises Refused(MALFORMED) for what means nothing: a group, a set or a lifetime that cannot
        be. Everything else that issuing refuses it leaves to issuing.
        """
        actor, now = self._admit(caller), self._clock.now()
        return summarize(self._drafted(actor, kind, draft, now))

    def _drafted(self, actor: Actor, kind: Kind, draft: Draft, now: Moment) -> Drafted:
        assert actor.found is not None
        standing, catalogue = actor.found.standing, actor.found.standing.catalogue
        groups = actor.groups
        if kind.rights is Rights.GROUPS and draft.groups is not None:
            groups = named_groups(self._store, actor.organization_id, draft.groups)
        token = replace(actor.token, permissions=draft.permissions, set_id=draft.set_id)
        would = permissions(kind, token, replace(standing, groups=groups))
        personal = kind.holder is HolderKind.MEMBERSHIP and standing.person is not None
        holders = catalogue.limitable if kind.rights is Rights.LIMITED else catalogue.names
        return Drafted(
            kind=kind,
            holder=standing.person.full_name
            if personal and standing.person
            else standing.organization.name,
            description=draft.description,
            permissions=would,
            holders=holders & actor.permissions if personal else catalogue.names,
            groups=tuple(one.name for one in groups) if kind.rights is Rights.GROUPS else (),
            followed=None if draft.set_id is None else _set_named(catalogue, draft.set_id),
            addresses=draft.addresses or bound_to(actor),
            audience=draft.audience,
            expires_at=_moment_of(draft.expires_at, now),
            taken=self._taken(actor, kind, now),
        )

    def _groups(self, actor: Actor, kind: Kind) -> tuple[tuple[GroupChoice, ...], bool]:
        if kind.rights is not Rights.GROUPS:
            return (), False
        if ASSIGNS_ANY_GROUP not in actor.permissions:
            greyed = Greyed.NOT_YOURS_TO_GIVE
            return tuple(GroupChoice(one, own=True, greyed=greyed) for one in actor.groups), False
        read = self._store.list_groups(actor.organization_id, Stretch(MOST_GROUPS + 1))
        own = {group.id for group in actor.groups}
        shown = tuple(
            GroupChoice(counted.group, own=counted.group.id in own, greyed=None)
            for counted in read[:MOST_GROUPS]
        )
        return shown, len(read) > MOST_GROUPS

    def _taken(self, actor: Actor, kind: Kind, now: Moment) -> frozenset[str]:
        """The descriptions of tokens of this kind that are good, or may be again."""
        personal = kind.holder is HolderKind.MEMBERSHIP
        holder_id = actor.holder_id if personal else actor.organization_id
        wanted = Wanted((kind.name,), holder_id)
        newest = Stretch(MOST_COMPARED, descending=True)
        found = self._store.list_tokens(actor.organization_id, wanted, newest)
        return frozenset(one.token.description for one in found if inactive(kind, one, now) is None)


def _areas(actor: Actor, catalogue: Catalogue) -> tuple[AreaChoice, ...]:
    return tuple(
        AreaChoice(area.name, tuple(_choice(actor, catalogue, one) for one in area.permissions))
        for area in by_area((*catalogue.own(), *PRODUCT))
    )


def _choice(actor: Actor, catalogue: Catalogue, permission: Permission) -> PermissionChoice:
    held = permission.name in actor.permissions
    limitable = permission.name in catalogue.limitable
    greyed = None if limitable else Greyed.MANAGES_ACCESS
    if not held:
        greyed = Greyed.NOT_HELD
    return PermissionChoice(permission, held, limitable, greyed)


def _expiries(organization: Organization, kind: Kind, now: Moment) -> Expiries:
    forever = against_policy(organization, kind.name, now, None)
    return Expiries(latest_expiry(organization, kind.name, now), forever is None)


def _set_named(catalogue: Catalogue, set_id: int) -> str:
    kept = catalogue.set_of(set_id)
    if kept is None:
        problem = Problem("predefined_set", "is no predefined set of the catalogue")
        raise Refused(Code.MALFORMED, "Nothing would come of this.", (problem,))
    return kept.name


def _moment_of(expires_at: Moment | Lifetime | None, now: Moment) -> Moment | None:
    if not isinstance(expires_at, Lifetime):
        return expires_at
    try:
        return expires_at.after(now)
    except ValueError as error:
        problem = Problem("lifetime", str(error))
        raise Refused(Code.MALFORMED, "The lifetime is too long.", (problem,)) from None
