"""Issue tokens: a string that is shown once, and the record that stays."""

from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Event, Name
from tokenhouse.core.kind import Kind, Rights
from tokenhouse.core.moment import Lifetime, Moment, format_moment
from tokenhouse.core.permission import Permissions, missing
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import DEPLOYMENT, HolderKind
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.core.standing import Found, permissions
from tokenhouse.core.token import Token
from tokenhouse.operations.admit import Actor, Admit, Asking
from tokenhouse.operations.changes import Change, Committed, Guard, Put, guard_of
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.describe import Described, described
from tokenhouse.operations.holding import find_held, still_held
from tokenhouse.operations.keep import Keep
from tokenhouse.operations.limiting import Limit, told_limit
from tokenhouse.operations.mint import Mint, Owner, presented_as
from tokenhouse.operations.narrowing import (
    bound_to,
    organization_of,
    refuse_against_policy,
    refuse_wider,
)
from tokenhouse.operations.numbered import refuse_more
from tokenhouse.operations.ports import Clock, Store

ASSIGNS_ANY_GROUP = "AccountsUsersWrite"
"""Who holds this may give a token any of the organization's groups, his own or not (gridX)."""


class Draft(msgspec.Struct, frozen=True):
    """What a new token is asked to be. `groups` None: those of the presented credential.

    `expires_at` may be a lifetime from now on. `addresses` none: those of the credential, if it
    is bound to some. A limited token has either `permissions` or `set_id`, a predefined set.
    """

    description: str
    expires_at: Moment | Lifetime | None
    groups: tuple[UUID, ...] | None
    addresses: tuple[str, ...] = ()
    audience: str | None = None
    permissions: Permissions | None = None
    set_id: int | None = None


class Issued(msgspec.Struct, frozen=True):
    """The only result that carries a secret shown once; no other operation returns it."""

    described: Described
    secret: Secret


def owner_of(kind: Kind, actor: Actor) -> Owner:
    """A new token of this kind is the actor's own, or his organization's."""
    personal = kind.holder is HolderKind.MEMBERSHIP
    holder_id = actor.token.holder_id if personal else actor.organization_id
    return Owner(actor.organization_id, holder_id, actor.principal_id or DEPLOYMENT)


class Issue:
    """Issues organizational, personal and limited personal tokens."""

    def __init__(self, admit: Admit, store: Store, keep: Keep, mint: Mint, clock: Clock) -> None:
        self._admit = admit
        self._store = store
        self._keep = keep
        self._mint = mint
        self._clock = clock

    def __call__(self, caller: Asking, kind: Kind, draft: Draft) -> Issued:
        """Issue one token. A retry under the same idempotency key gives the same one."""
        return decide(self._store, lambda: self._plan(caller, kind, draft))

    def _plan(self, caller: Asking, kind: Kind, draft: Draft) -> Plan[Issued] | Settled[Issued]:
        actor = self._admit(caller)
        if repeat := self._keep.find(caller, actor, still_held(self._store, actor, kind)):
            found = find_held(self._store, actor, kind, repeat.subject_id).found
            refuse_stronger(actor, kind, found)
            return Settled(Issued(described(found.token, found), repeat.secret))
        Limit(draft.permissions, draft.set_id).check(actor, kind)
        refuse_more(self._store, actor, kind)
        now = self._clock.now()
        expires_at = self._expiry(actor, kind, draft, now)
        secret = self._mint.string(kind)
        groups = self._groups(actor, kind, draft)
        first = self._mint.token(kind, owner_of(kind, actor), now)
        token = replace(
            presented_as(first, secret),
            description=draft.description,
            groups=tuple(g.id for g in groups) if kind.rights is Rights.GROUPS else None,
            expires_at=expires_at,
            addresses=draft.addresses or bound_to(actor),
            audience=draft.audience,
            permissions=draft.permissions,
            set_id=draft.set_id,
        )
        refuse_wider(actor, token.addresses)
        kept = self._keep.plan(caller, actor, token.id, secret)
        change = Change(
            organization_id=actor.organization_id,
            guards=(*actor.guards, *group_guards(groups)),
            writes=(Put(token), *kept),
            events=(issued_event(Name.TOKEN_ISSUED, actor, token),),
        )
        person = actor.person if kind.holder is HolderKind.MEMBERSHIP else None

        def answer(committed: Committed) -> Issued:
            return Issued(Described(committed.written(Token), person, groups), secret)

        return Plan(change, answer)

    def _expiry(self, actor: Actor, kind: Kind, draft: Draft, now: Moment) -> Moment | None:
        expires_at, field = draft.expires_at, "expires_at"
        if isinstance(expires_at, Lifetime):
            field = "lifetime"
            try:
                expires_at = expires_at.after(now)
            except ValueError as error:
                problem = Problem(field, str(error))
                raise Refused(Code.MALFORMED, "The lifetime is too long.", (problem,)) from None
        refuse_past(expires_at, now)
        organization = organization_of(self._store, actor)
        refuse_against_policy(organization, kind, now, expires_at, Code.MALFORMED, field)
        return expires_at

    def _groups(self, actor: Actor, kind: Kind, draft: Draft) -> tuple[PolicyGroup, ...]:
        if kind.rights is not Rights.GROUPS or draft.groups is None:
            return actor.groups
        return assignable(self._store, actor, draft.groups)


def assignable(store: Store, actor: Actor, ids: tuple[UUID, ...]) -> tuple[PolicyGroup, ...]:
    """The named groups of the actor's organization, which he may give to a token.

    Raises Refused(FORBIDDEN) without AccountsUsersWrite, and Refused(MALFORMED) as `named_groups`.
    """
    if ASSIGNS_ANY_GROUP not in actor.permissions:
        raise actor.forbidden(
            f"Choosing groups needs the permission {ASSIGNS_ANY_GROUP}.",
            (Problem("permission", f"{ASSIGNS_ANY_GROUP} is missing"),),
        )
    return named_groups(store, actor.organization_id, ids)


def named_groups(
    store: Store, organization_id: UUID, ids: tuple[UUID, ...]
) -> tuple[PolicyGroup, ...]:
    """The named groups of an organization, each once.

    Raises Refused(MALFORMED) naming the places in the list that are no group of it: foreign and
    unknown ids alike.
    """
    wanted = tuple(dict.fromkeys(ids))
    groups = {group.id: group for group in store.find_groups(organization_id, wanted)}
    unknown = tuple(
        Problem(f"groups[{place}]", "is not a policy group of this organization")
        for place, group_id in enumerate(ids)
        if group_id not in groups
    )
    if unknown:
        raise Refused(Code.MALFORMED, "Some groups do not exist.", unknown)
    return tuple(groups[group_id] for group_id in wanted)


def refuse_stronger(actor: Actor, kind: Kind, found: Found) -> None:
    """Raise Refused(FORBIDDEN) for a token that may do more than the actor, unless it is his own.

    Nobody gets the string of such a token: it would be his to use.
    """
    if actor.token_id == found.token.id or ASSIGNS_ANY_GROUP in actor.permissions:
        return
    if beyond := missing(permissions(kind, found.token, found.standing), actor.permissions):
        raise actor.forbidden(
            "This token may do more than you may, so its string is not given to you.",
            tuple(Problem("permission", f"{name} is missing") for name in sorted(beyond)),
        )


def refuse_past(expires_at: Moment | None, now: Moment) -> None:
    """Raise Refused(MALFORMED) for an expiry that is not in the future."""
    if expires_at is not None and expires_at <= now:
        problem = Problem("expires_at", "lies in the past")
        raise Refused(Code.MALFORMED, "The expiry must lie in the future.", (problem,))


def issued_event(name: Name, actor: Actor, token: Token) -> Event:
    """The event of a token's birth, with what it was given."""
    return actor.event(
        name,
        token.organization_id,
        token.id,
        {
            "kind": token.kind,
            "description": token.description,
            "expires_at": format_moment(token.expires_at) if token.expires_at else None,
            "groups": [str(group_id) for group_id in token.groups or ()],
            "predecessor": str(token.predecessor_id) if token.predecessor_id else None,
            "family": str(token.family_id),
            **told_limit(token),
        },
    )


def group_guards(groups: tuple[PolicyGroup, ...]) -> tuple[Guard, ...]:
    """The versions of groups that are given to somebody."""
    return tuple(guard_of(group) for group in groups)
