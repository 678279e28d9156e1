"""What applications hold in somebody's name: the sign-ins at clients that go on, and their end."""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.core.client import Client
from tokenhouse.core.events import Name
from tokenhouse.core.judge import Reason, inactive, revoked
from tokenhouse.core.kind import Kind
from tokenhouse.core.moment import Moment
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.core.standing import Found
from tokenhouse.core.token import FamilyEnd, expired
from tokenhouse.operations.admit import Actor, Admit, Caller, guards
from tokenhouse.operations.changes import Change, Put, Stretch, Wanted
from tokenhouse.operations.decide import Plan, decide
from tokenhouse.operations.erasing import erasing
from tokenhouse.operations.ports import Clock, Store
from tokenhouse.operations.sliced import Sliced
from tokenhouse.operations.tokens import MOST_LOOKED_AT

_AT_ONCE: Final = 250
_GOES_ON: Final = frozenset({None, Reason.CLIENT_SUSPENDED})
"""A suspended client can be resumed, and then refreshes again."""


class Application(msgspec.Struct, frozen=True):
    """One sign-in of a person at a client; `family_id` is the family of all that came of it.

    `ends_at` is when it is over unless it is refreshed, and never later where that is fixed.
    """

    family_id: UUID
    client: Client
    signed_in_at: Moment
    ends_at: Moment


class Applications:
    """Shows people which applications act in their name, and ends that."""

    def __init__(self, admit: Admit, store: Store, clock: Clock, refresh: Kind) -> None:
        self._admit = admit
        self._store = store
        self._clock = clock
        self._refresh = refresh

    def page(self, caller: Caller, stretch: Stretch) -> Sliced[Application]:
        """List what goes on in the caller's name, what was refreshed last first.

        Looks at MOST_LOOKED_AT refresh tokens at most: a slice may be short, even empty, and the
        list go on.
        """
        actor, now = self._admit(caller), self._clock.now()
        shown: list[Application] = []
        last = stretch.after
        for looked_at, found in enumerate(self._own(actor, stretch.after)):
            application = self._going_on(found, now)
            if looked_at == MOST_LOOKED_AT or (application and len(shown) == stretch.size):
                return Sliced(tuple(shown), last)
            if application is not None:
                shown.append(application)
            last = found.token.id
        return Sliced(tuple(shown))

    def end(self, caller: Caller, family_id: UUID) -> None:
        """End all that came of one sign-in.

        Raises Refused(NOT_FOUND) for whatever is not the caller's own, or over already.
        """

        def plan() -> Plan[None]:
            actor = self._admit(caller)
            return self._ending(actor, self._newest(actor, family_id))

        decide(self._store, plan)

    def _own(self, actor: Actor, after: UUID | None) -> Iterator[Found]:
        """Every refresh token of the caller's own membership, the newest first."""
        wanted = Wanted((self._refresh.name,), actor.holder_id)
        stretch = Stretch(_AT_ONCE, after, descending=True)
        while rows := self._store.list_tokens(actor.organization_id, wanted, stretch):
            yield from rows
            stretch = replace(stretch, after=rows[-1].token.id)

    def _going_on(self, found: Found, now: Moment) -> Application | None:
        """The sign-in of which a token is the end; None where it is not, or that is over."""
        token, client = found.token, found.standing.client
        if client is None or inactive(self._refresh, found, now) not in _GOES_ON:
            return None
        assert token.expires_at is not None
        signed_in_at = token.created_at if token.auth_time is None else token.auth_time
        return Application(token.family_id, client, signed_in_at, token.expires_at)

    def _newest(self, actor: Actor, family_id: UUID) -> Found:
        wanted = Wanted((self._refresh.name,), None, family_id)
        stretch = Stretch(1, descending=True)
        for found in self._store.list_tokens(actor.organization_id, wanted, stretch):
            own = found.token.holder_id == actor.holder_id
            if own and not self._is_over(found):
                return found
        raise Refused(Code.NOT_FOUND, "There is no such application.")

    def _is_over(self, found: Found) -> bool:
        over = expired(found.token, self._clock.now())
        return over or revoked(self._refresh, found) is not None

    def _ending(self, actor: Actor, found: Found) -> Plan[None]:
        token, now = found.token, self._clock.now()
        erased, versions = erasing(self._store, token, now)
        details = {"kind": token.kind, "token": str(token.id), "client": str(token.client_id)}
        event = actor.event(
            Name.FAMILY_REVOKED, token.organization_id, token.family_id, {**details}
        )
        change = Change(
            token.organization_id,
            tuple(dict.fromkeys((*actor.guards, *guards(found), *versions))),
            (Put(FamilyEnd(token.family_id, 1, token.organization_id, now)), *erased),
            (event,),
        )
        return Plan(change, lambda _: None)
