"""Edit what may change of a token: its description, its expiry while active, its groups."""

from typing import Final
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from tokenhouse.core.events import Event, Name
from tokenhouse.core.kind import Kind, Rights
from tokenhouse.core.moment import Moment, format_moment
from tokenhouse.core.permission import PolicyGroup
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.core.standing import Found
from tokenhouse.core.token import Token, expired
from tokenhouse.operations.admit import Actor, Admit, Asking, guards
from tokenhouse.operations.changes import Change, Guard, Put
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.describe import Described, find_managed
from tokenhouse.operations.issue import assignable, refuse_past, written
from tokenhouse.operations.ports import Clock, Store


class Edit(msgspec.Struct, frozen=True):
    """What is to change; UNSET stays as it is. `expires_at` None: never expires."""

    description: str | UnsetType = UNSET
    expires_at: Moment | UnsetType | None = UNSET
    groups: tuple[UUID, ...] | UnsetType = UNSET


_NOTHING: Final = Edit()


class EditToken:
    """Edits tokens of one kind. The string, and who holds it, never change."""

    def __init__(self, admit: Admit, store: Store, clock: Clock) -> None:
        self._admit = admit
        self._store = store
        self._clock = clock

    def __call__(self, caller: Asking, kind: Kind, token_id: UUID, edit: Edit) -> Described:
        """Edit one token; raise Refused(MALFORMED) for an expiry that cannot be."""
        return decide(self._store, lambda: self._plan(caller, kind, token_id, edit))

    def _plan(
        self, caller: Asking, kind: Kind, token_id: UUID, edit: Edit
    ) -> Plan[Described] | Settled[Described]:
        actor = self._admit(caller)
        found = find_managed(self._store, actor, kind, token_id)
        now = self._clock.now()
        groups = found.standing.groups
        if edit.groups is not UNSET:
            groups = assignable(self._store, actor, edit.groups)
        person = found.standing.person
        if edit == _NOTHING:
            return Settled(Described(found.token, person, groups))
        token = _edited(found.token, kind, edit, groups, now)
        change = Change(
            organization_id=actor.organization_id,
            guards=(
                *actor.guards,
                *guards(found),
                *(Guard(PolicyGroup, group.id, group.version) for group in groups),
            ),
            writes=(Put(token),),
            events=(_event(actor, found, token),),
        )
        return Plan(change, lambda committed: Described(written(committed), person, groups))


def _edited(
    token: Token, kind: Kind, edit: Edit, groups: tuple[PolicyGroup, ...], now: Moment
) -> Token:
    changed = replace(token, version=token.version + 1, updated_at=now)
    if edit.description is not UNSET:
        changed = replace(changed, description=edit.description)
    if edit.groups is not UNSET and kind.rights is Rights.GROUPS:
        changed = replace(changed, groups=tuple(group.id for group in groups))
    if edit.expires_at is not UNSET:
        if expired(token, now):
            problem = Problem("expires_at", "cannot move once the token has expired")
            raise Refused(Code.MALFORMED, "An expired token gets no new expiry.", (problem,))
        refuse_past(edit.expires_at, now)
        changed = replace(changed, expires_at=edit.expires_at)
    return changed


def _event(actor: Actor, found: Found, token: Token) -> Event:
    def told(one: Token) -> tuple[str, str | None, list[str]]:
        expires = format_moment(one.expires_at) if one.expires_at else None
        return one.description, expires, [str(group_id) for group_id in one.groups or ()]

    before, after = told(found.token), told(token)
    names = ("description", "expires_at", "groups")
    details: dict[str, str | int | bool | list[str] | None] = {"kind": token.kind}
    for name, old, new in zip(names, before, after, strict=True):
        if old != new:
            details[f"{name}_before"] = old
            details[f"{name}_after"] = new
    return actor.event(Name.TOKEN_CHANGED, token.organization_id, token.id, details)
