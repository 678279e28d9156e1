"""What can be told about tokens: everything but their strings."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.core.judge import Reason
from tokenhouse.core.kind import Kind
from tokenhouse.core.moment import Moment
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import HolderKind, Person
from tokenhouse.core.standing import Found
from tokenhouse.core.token import Token
from tokenhouse.operations.admit import Admit, Asking
from tokenhouse.operations.changes import Page
from tokenhouse.operations.holding import find_held
from tokenhouse.operations.ports import Store, UsageStore


class Described(msgspec.Struct, frozen=True):
    """A token as its managers see it. `person` is None behind an organizational token.

    `reason` is why it is not good now; None where it is, or nobody looked. `last_used_at` is when
    it was accepted last; None where it never was, or nobody looked.
    """

    token: Token
    person: Person | None
    groups: tuple[PolicyGroup, ...]
    reason: Reason | None = None
    last_used_at: Moment | None = None


def described(token: Token, found: Found, reason: Reason | None = None) -> Described:
    """Describe a token by what it was found with."""
    return Described(token, found.standing.person, found.standing.groups, reason)


def with_last_use(store: UsageStore, shown: Sequence[Described]) -> tuple[Described, ...]:
    """The same with when each was used last, in one read."""
    if not shown:
        return ()
    last = store.last_used(tuple(one.token.id for one in shown))
    return tuple(replace(one, last_used_at=last.get(one.token.id)) for one in shown)


class Describe:
    """Shows and lists tokens of one kind."""

    def __init__(self, admit: Admit, store: Store) -> None:
        self._admit = admit
        self._store = store

    def one(self, caller: Asking, kind: Kind, token_id: UUID) -> Described:
        """Show one token; raise Refused(NOT_FOUND) for any that the caller does not manage."""
        actor = self._admit(caller)
        found = find_held(self._store, actor, kind, token_id).found
        return described(found.token, found)

    def page(self, caller: Asking, kind: Kind, page: Page) -> tuple[Described, ...]:
        """List active and expired tokens: an organization's, or a person's own."""
        actor = self._admit(caller)
        own = kind.holder is HolderKind.MEMBERSHIP
        holder_id = actor.holder_id if own else None
        tokens = self._store.page_tokens(actor.organization_id, kind.name, holder_id, page)
        if own:
            return tuple(Described(token, actor.person, actor.groups) for token in tokens)
        named = {group_id for token in tokens for group_id in token.groups or ()}
        found = self._store.find_groups(actor.organization_id, tuple(named))
        groups = {group.id: group for group in found}
        return tuple(
            Described(token, None, tuple(groups[i] for i in token.groups or () if i in groups))
            for token in tokens
        )
