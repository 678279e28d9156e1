"""Tell how often a token was presented, and forget what is kept of those that are no more."""

from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.core.moment import Moment
from tokenhouse.core.usage import Period, days, hours
from tokenhouse.operations.admit import Admit, Asking
from tokenhouse.operations.holding import Named, Whose, find_held
from tokenhouse.operations.ports import Clock, Store, UsageStore

LOOKED_AT: Final = 500
"""Tokens and devices of which one round looks whether they are still there."""


class TokenUsage(msgspec.Struct, frozen=True):
    """The hours and days in which a token was presented, the oldest first."""

    last_used_at: Moment | None
    hours: tuple[Period, ...]
    days: tuple[Period, ...]


class ShowUsage:
    """Shows it to whoever manages the token."""

    def __init__(self, admit: Admit, store: Store, uses: UsageStore, clock: Clock) -> None:
        self._admit = admit
        self._store = store
        self._uses = uses
        self._clock = clock

    def __call__(self, caller: Asking, whose: Whose, named: Named) -> TokenUsage:
        """Show it of one token; raise Refused(NOT_FOUND) for any that the caller does not manage.

        It is what was written; each process writes what it counted every few seconds.
        """
        actor = self._admit(caller)
        token = find_held(self._store, actor, whose, named).found.token
        usage, now = self._uses.usage_of(token.id), self._clock.now()
        last = self._uses.last_used((token.id,)).get(token.id)
        return TokenUsage(last, hours(usage, now), days(usage, now))


class ForgetUsage:
    """Forgets by and by what is over, and what is kept of tokens that are no more."""

    def __init__(self, store: Store, uses: UsageStore) -> None:
        self._store = store
        self._uses = uses
        self._looked_at: UUID | None = None

    def __call__(self, now: Moment, limit: int) -> int:
        """Do one round; give how many there were of the sort that was most."""
        return max(self._uses.roll(now, limit), self._gone())

    def _gone(self) -> int:
        """Forget those that are gone of the next few; after the last comes the first again."""
        used = self._uses.used_after(self._looked_at, LOOKED_AT)
        self._looked_at = used[-1] if len(used) == LOOKED_AT else None
        gone = set(used) - self._store.existing(used)
        if gone:
            self._uses.forget(tuple(sorted(gone)))
        return len(gone)
