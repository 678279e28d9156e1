"""Edit what may change of a token: its description, its expiry while active, its groups."""

from typing import Final
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from tokenhouse.core.events import Details, Event, Name
from tokenhouse.core.judge import inactive
from tokenhouse.core.kind import Kind, Rights
from tokenhouse.core.moment import Moment, format_moment
from tokenhouse.core.permission import NOTHING, Permissions
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.core.standing import Found
from tokenhouse.core.succession import CUT_OVER, Until, succeed
from tokenhouse.core.token import Token, expired, superseded
from tokenhouse.operations.admit import Actor, Admit, Asking, guards
from tokenhouse.operations.changes import Change, Put
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.describe import Described, with_last_use
from tokenhouse.operations.holding import (
    Held,
    Named,
    Whose,
    find_held,
    refuse_ended,
    refuse_session,
)
from tokenhouse.operations.issue import (
    assignable,
    group_guards,
    issued_event,
    owner_of,
    refuse_past,
)
from tokenhouse.operations.limiting import Limit
from tokenhouse.operations.mint import Mint
from tokenhouse.operations.narrowing import refuse_against_policy, refuse_wider
from tokenhouse.operations.ports import Clock, Store, UsageStore
from tokenhouse.operations.stale import refuse_stale
from tokenhouse.operations.succeeding import left_behind, succeeding


class Edit(msgspec.Struct, frozen=True):
    """What is to change; UNSET stays as it is. `expires_at` None: never expires.

    No `addresses`: from anywhere. `audience` None: for any API. Of a limited token `permissions`
    or `set_id` takes the place of whichever it has.
    """

    description: str | UnsetType = UNSET
    expires_at: Moment | UnsetType | None = UNSET
    groups: tuple[UUID, ...] | UnsetType = UNSET
    addresses: tuple[str, ...] | UnsetType = UNSET
    audience: str | UnsetType | None = UNSET
    permissions: Permissions | UnsetType = UNSET
    set_id: int | UnsetType = UNSET

    @property
    def limit(self) -> Limit | None:
        """What a limited token is limited to from now on; None: what it was limited to."""
        if self.permissions is UNSET and self.set_id is UNSET:
            return None
        return Limit(
            None if self.permissions is UNSET else self.permissions,
            None if self.set_id is UNSET else self.set_id,
        )


_NOTHING: Final = Edit()


class EditToken:
    """Edits tokens of one kind. The string, and who holds it, never change."""

    def __init__(
        self, admit: Admit, store: Store, clock: Clock, mint: Mint, uses: UsageStore
    ) -> None:
        self._admit = admit
        self._store = store
        self._clock = clock
        self._mint = mint
        self._uses = uses

    def __call__(
        self,
        caller: Asking,
        whose: Whose,
        named: Named,
        edit: Edit,
        expected: int | None = None,
    ) -> Described:
        """Edit one token; raise Refused(MALFORMED) for an expiry that cannot be.

        `expected` is the version that the edit starts from: Refused(STALE) for any other.
        """

        def plan() -> Plan[Described] | Settled[Described]:
            actor = self._admit(caller)
            held = self._editable(actor, whose, named)
            refuse_stale(held.found.token.version, expected)
            return self._plan(actor, held, edit)

        return with_last_use(self._uses, (decide(self._store, plan),))[0]

    def numbered(self, caller: Asking, kind: Kind, number: int, edit: Edit) -> Described:
        """Edit a token that stands for its family; an expired one can be given a new expiry too.

        Its old string is superseded in the same commit, and nothing can be presented until it is
        rotated: no string that has expired comes to life again.
        """

        def plan() -> Plan[Described] | Settled[Described]:
            actor = self._admit(caller)
            held = self._editable(actor, kind, number)
            if edit.expires_at is UNSET or not expired(held.found.token, self._clock.now()):
                return self._plan(actor, held, edit)
            return self._succeeded(actor, held, edit, Until(edit.expires_at))

        return with_last_use(self._uses, (decide(self._store, plan),))[0]

    def _editable(self, actor: Actor, whose: Whose, named: Named) -> Held:
        held = find_held(self._store, actor, whose, named)
        refuse_ended(held)
        refuse_session(held.kind)
        return held

    def _plan(self, actor: Actor, held: Held, edit: Edit) -> Plan[Described] | Settled[Described]:
        found, now = held.found, self._clock.now()
        groups = self._checked(actor, held, edit)
        token = found.token if edit == _NOTHING else _edited(held, edit, groups, now)
        later = replace(found, token=token)

        def told(one: Token) -> Described:
            return Described(one, found.standing.person, groups, inactive(held.kind, later, now))

        if edit == _NOTHING:
            return Settled(told(token))
        relied_on = (*actor.guards, *guards(found), *group_guards(groups))
        event = _event(actor, found, token)
        change = Change(actor.organization_id, relied_on, (Put(token),), (event,))
        return Plan(change, lambda committed: told(committed.written(Token)))

    def _succeeded(self, actor: Actor, held: Held, edit: Edit, expiry: Until) -> Plan[Described]:
        kind, found, now = held.kind, held.found, self._clock.now()
        groups = self._checked(actor, held, edit)
        refuse_past(expiry.expires_at, now)
        organization = found.standing.organization
        refuse_against_policy(organization, kind, now, expiry.expires_at, Code.MALFORMED)
        successor = succeed(found.token, CUT_OVER, expiry, now)
        first = self._mint.token(kind, owner_of(kind, actor), now)
        token = succeeding(kind, first, found.token, successor)
        token = _altered(kind, token, edit, groups)
        change = Change(
            actor.organization_id,
            (*actor.guards, *guards(found), *group_guards(groups)),
            (Put(token), *left_behind(kind, successor)),
            (
                issued_event(Name.TOKEN_ROTATED, actor, token),
                _event(actor, found, token),
            ),
        )
        return Plan(
            change,
            lambda done: Described(done.written(Token), found.standing.person, groups),
        )

    def _checked(self, actor: Actor, held: Held, edit: Edit) -> tuple[PolicyGroup, ...]:
        """Raise Refused for what the actor may not change so; give the token's groups."""
        token, groups = held.found.token, held.found.standing.groups
        if edit.groups is not UNSET:
            groups = assignable(self._store, actor, edit.groups)
        if edit.limit is not None:
            edit.limit.check(actor, held.kind, token.permissions or NOTHING)
        if edit.addresses is not UNSET:
            refuse_wider(actor, edit.addresses)
        elif edit.limit is not None:
            refuse_wider(actor, token.addresses)
        return groups


def _edited(held: Held, edit: Edit, groups: tuple[PolicyGroup, ...], now: Moment) -> Token:
    token = held.found.token
    changed = replace(token, version=token.version + 1, updated_at=now)
    changed = _altered(held.kind, changed, edit, groups)
    if edit.expires_at is not UNSET:
        _refuse_expiry(held, edit.expires_at, now)
        changed = replace(changed, expires_at=edit.expires_at)
    return changed


def _altered(kind: Kind, token: Token, edit: Edit, groups: tuple[PolicyGroup, ...]) -> Token:
    """The record with all that an edit changes but the expiry."""
    if edit.description is not UNSET:
        token = replace(token, description=edit.description)
    if edit.groups is not UNSET and kind.rights is Rights.GROUPS:
        token = replace(token, groups=tuple(group.id for group in groups))
    if edit.addresses is not UNSET:
        token = replace(token, addresses=edit.addresses)
    if edit.audience is not UNSET:
        token = replace(token, audience=edit.audience)
    if edit.limit is not None:
        token = replace(token, permissions=edit.limit.permissions, set_id=edit.limit.set_id)
    return token


def _refuse_expiry(held: Held, expires_at: Moment | None, now: Moment) -> None:
    token = held.found.token
    if expired(token, now):
        problem = Problem("expires_at", "cannot move once the token has expired")
        raise Refused(Code.MALFORMED, "An expired token gets no new expiry.", (problem,))
    if superseded(token, now):
        problem = Problem("expires_at", "cannot move once the token was superseded")
        raise Refused(Code.MALFORMED, "A superseded token gets no new expiry.", (problem,))
    refuse_past(expires_at, now)
    if _is_earlier(expires_at, token.expires_at):
        return  # what ends sooner than before breaks no policy that it did not break before
    organization = held.found.standing.organization
    refuse_against_policy(organization, held.kind, token.created_at, expires_at, Code.MALFORMED)


def _is_earlier(expires_at: Moment | None, before: Moment | None) -> bool:
    return expires_at is not None and (before is None or expires_at <= before)


def _event(actor: Actor, found: Found, token: Token) -> Event:
    before, after = _told(found.token), _told(token)
    details: Details = {"kind": token.kind}
    for name, old in before.items():
        if old != after[name]:
            details[f"{name}_before"] = old
            details[f"{name}_after"] = after[name]
    return actor.event(Name.TOKEN_CHANGED, token.organization_id, token.id, details)


def _told(token: Token) -> Details:
    return {
        "description": token.description,
        "expires_at": format_moment(token.expires_at) if token.expires_at else None,
        "groups": [str(group_id) for group_id in token.groups or ()],
        "addresses": [*token.addresses],
        "audience": token.audience,
        "permissions": None if token.permissions is None else sorted(token.permissions),
        "predefined_set": token.set_id,
    }
