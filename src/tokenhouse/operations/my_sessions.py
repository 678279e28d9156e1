"""Show people where they are signed in: the sessions that go on, and from where each was begun."""

from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.core.events import Name
from tokenhouse.core.kind import Kind
from tokenhouse.core.moment import Moment
from tokenhouse.operations.admit import Admit, Caller
from tokenhouse.operations.describe import Described
from tokenhouse.operations.holding import Holding
from tokenhouse.operations.ports import Clock, Store
from tokenhouse.operations.tokens import ACTIVE, Sought, Tokens
from tokenhouse.operations.trail import Wanted, of_person

MOST_SHOWN: Final = 100


class MySession(msgspec.Struct, frozen=True):
    """A sign-in that goes on. `address` None: no event tells it any more."""

    described: Described
    address: str | None
    current: bool


class MySessions(msgspec.Struct, frozen=True):
    """Those of the membership in which somebody asks, the newest first. `more`: not all of them."""

    sessions: tuple[MySession, ...]
    more: bool
    as_of: Moment


class ShowSessions:
    """Lists them to whoever signed in."""

    def __init__(
        self, admit: Admit, store: Store, clock: Clock, tokens: Tokens, kind: Kind
    ) -> None:
        self._admit = admit
        self._store = store
        self._clock = clock
        self._tokens = tokens
        self._kind = kind

    def __call__(self, caller: Caller) -> MySessions:
        """The caller's own. The one that he asks in comes first, wherever it stands among them."""
        actor = self._admit(caller)
        listed = self._tokens.page(
            caller, Holding((self._kind,)), Sought(limit=MOST_SHOWN, state=ACTIVE)
        )
        wanted = Wanted(name=Name.SIGNED_IN.value)
        begun = of_person(self._store, actor, wanted, None, MOST_SHOWN).events
        addresses: dict[UUID, str] = {
            one.told.subject: address
            for one in begun
            if one.told is not None and isinstance(address := one.told.details.get("address"), str)
        }
        shown = tuple(
            MySession(one, addresses.get(one.token.id), one.token.id == actor.token_id)
            for one in listed.rows
        )
        first = sorted(shown, key=lambda one: not one.current)
        return MySessions(tuple(first), listed.after is not None, self._clock.now())
