"""The refresh grant: a refresh token for new tokens. The rule is `core.redemption`'s."""

from collections.abc import Callable
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from tokenhouse.core.client import Client, Grant
from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Event, Name, Stated
from tokenhouse.core.judge import Reason, inactive
from tokenhouse.core.kind import Kind
from tokenhouse.core.moment import Moment
from tokenhouse.core.permission import Permissions
from tokenhouse.core.redemption import (
    Again,
    Declined,
    Fresh,
    Jumps,
    Redemption,
    Reused,
    hinges_on_jumps,
    redeem,
)
from tokenhouse.core.refusal import Refused, Unavailable
from tokenhouse.core.standing import Found, permissions
from tokenhouse.core.token import Token
from tokenhouse.core.usage import OUTCOMES, Outcome
from tokenhouse.operations.admit import guards
from tokenhouse.operations.authenticate import (
    Authenticate,
    ClientCredentials,
    invalid_grant,
    refuse_grant,
)
from tokenhouse.operations.changes import Change, Guard, Put, guard_of
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.erasing import erasing
from tokenhouse.operations.granting import Granted, Granting, Grounds, granted_scope
from tokenhouse.operations.mint import Mint, Owner, presented_as
from tokenhouse.operations.ports import Clock, Sealer, Store
from tokenhouse.operations.succeeding import succeeding
from tokenhouse.operations.usage import Usage
from tokenhouse.operations.verify import Recogniser


class RefreshGrant(msgspec.Struct, frozen=True):
    """What is presented: by which client, and for which part of what was granted (None: all)."""

    client: ClientCredentials
    refresh_token: Secret
    scope: Permissions | None = None


_Outcome: TypeAlias = Granted | Refused
"""A refusal that has to be committed first is an outcome like any other."""


class GrantRefresh:
    """Redeems refresh tokens, each for one successor, however often and from where it is asked."""

    def __init__(  # noqa: PLR0917 -- one port each, named where it is built
        self,
        store: Store,
        authenticate: Authenticate,
        recogniser: Recogniser,
        granting: Granting,
        mint: Mint,
        sealer: Sealer,
        clock: Clock,
        jumps: Callable[[], Jumps],
        usage: Usage,
        access: Kind,
        refresh: Kind,
    ) -> None:
        self._store = store
        self._authenticate = authenticate
        self._recogniser = recogniser
        self._granting = granting
        self._mint = mint
        self._sealer = sealer
        self._clock = clock
        self._jumps = jumps
        self._usage = usage
        self._access = access
        self._refresh = refresh

    def __call__(self, asked: RefreshGrant) -> Granted:
        """Redeem a refresh token; raise Refused.

        UNAUTHENTICATED for the client, UNAUTHORIZED_CLIENT, INVALID_SCOPE for more than was
        granted, and one same INVALID_GRANT for whatever else is wrong.
        """
        try:
            outcome = self._decided(asked)
        except Refused:
            if not self._store.left_ms():
                raise
            outcome = self._store.anew(lambda: self._decided(asked))  # no no is taken from memory
        if isinstance(outcome, Refused):
            raise outcome
        return outcome

    def _decided(self, asked: RefreshGrant) -> _Outcome:
        return decide(self._store, lambda: self._plan(asked))

    def _plan(self, asked: RefreshGrant) -> Plan[_Outcome] | Settled[_Outcome]:
        recognised = self._recogniser.find(asked.refresh_token, self._store)
        at = None if recognised is None else recognised[1].standing.client
        client = self._authenticate(asked.client, at)
        refuse_grant(client, Grant.REFRESH_TOKEN)
        if recognised is None or recognised[0].name != self._refresh.name:
            raise invalid_grant()
        kind, found = recognised
        now = self._clock.now()
        match self._redeemed(kind, found, client, now):
            case Fresh() as fresh:
                self._usage.count(found.token, Outcome.ACCEPTED, now)
                return self._fresh(asked, found, fresh, now)
            case Again() as again:
                self._usage.count(found.token, Outcome.ACCEPTED, now)
                return self._again(asked, found, again, now)
            case Reused() as reused:
                self._usage.count(found.token, Outcome.ENDED, now)
                return self._ended(found, reused, now)
            case Declined():
                reason = inactive(kind, found, now) or Reason.INSUFFICIENT
                self._usage.count(found.token, OUTCOMES[reason], now)
                raise invalid_grant()

    def _redeemed(self, kind: Kind, found: Found, client: Client, now: Moment) -> Redemption:
        """What comes of it. Of jumps is asked where they matter, which is hardly ever."""
        successor = self._successor(found.token)
        decided = redeem(kind, found, successor, client.id, now)
        if not hinges_on_jumps(decided, found, now):
            return decided
        return redeem(kind, found, successor, client.id, now, self._jumps())

    def _successor(self, token: Token) -> Token | None:
        found = None if token.successor_id is None else self._store.find(token.successor_id)
        return None if found is None else found.token

    def _fresh(
        self, asked: RefreshGrant, found: Found, fresh: Fresh, now: Moment
    ) -> Plan[_Outcome]:
        presented, grounds = found.token, self._grounds(asked, found)
        string = self._mint.string(self._refresh)
        first = presented_as(self._mint.token(self._refresh, grounds.owner, now), string)
        successor = replace(
            succeeding(self._refresh, first, presented, fresh.successor),
            client_id=presented.client_id,
            auth_time=presented.auth_time,
            sealed=self._sealer.seal(
                string, (asked.refresh_token,), presented.id.bytes + first.id.bytes
            ),
        )
        consumed = fresh.consumed(presented, successor.id)
        consumed = replace(consumed, version=presented.version + 1)
        writes = Put(consumed, presented), Put(successor)
        grounds = replace(grounds, ends_at=successor.expires_at)
        return self._granted(grounds, found, string, writes, guards(found), now)

    def _again(
        self, asked: RefreshGrant, found: Found, again: Again, now: Moment
    ) -> Plan[_Outcome]:
        context = found.token.id.bytes + again.successor.id.bytes
        string = self._sealer.open(again.sealed, (asked.refresh_token,), context)
        if string is None:
            raise Unavailable("a sealed refresh token does not open")
        grounds = replace(self._grounds(asked, found), ends_at=found.token.expires_at)
        guarded = (*guards(found), guard_of(again.successor))
        return self._granted(grounds, found, string, (), guarded, now)

    def _ended(self, found: Found, reused: Reused, now: Moment) -> Plan[_Outcome]:
        token = found.token
        erased, relied_on = erasing(self._store, token, now)
        change = Change(
            token.organization_id,
            tuple(dict.fromkeys((*guards(found), *relied_on))),
            (Put(reused.family_end), *erased),
            (_event(Name.TOKEN_REUSED, found, {}),),
        )
        return Plan(change, lambda _: invalid_grant())

    def _granted(  # noqa: PLR0917 -- what is written, and what it relied on
        self,
        grounds: Grounds,
        found: Found,
        string: Secret,
        writes: tuple[Put, ...],
        guarded: tuple[Guard, ...],
        now: Moment,
    ) -> Plan[_Outcome]:
        family_id = found.token.family_id
        prepared = self._granting.prepare(self._access, grounds, family_id, now)
        change = Change(
            found.token.organization_id,
            guarded,
            (Put(prepared.token), *writes),
            (_event(Name.TOKEN_REFRESHED, found, {"again": not writes}),),
        )
        return Plan(change, lambda _: prepared.granted(string), prepared.sign)

    def _grounds(self, asked: RefreshGrant, found: Found) -> Grounds:
        token, standing = found.token, found.standing
        client: Client | None = standing.client
        assert client is not None
        scope = granted_scope(
            asked.scope,
            lambda: permissions(self._access, token, standing),
            standing.catalogue.names,
        )
        owner = Owner(token.organization_id, token.holder_id, token.made_by)
        granted = token.permissions if scope is None else scope
        return Grounds(owner, client, standing, granted, token.auth_time)


def _event(name: Name, found: Found, details: Stated) -> Event:
    """What happened to a family, which its person is told of."""
    token, person = found.token, found.standing.person
    whose: Stated = {} if person is None else {"person": person.id}
    told = {"client": token.client_id, "token": token.id, **details, **whose}
    actor = token.client_id if name is Name.TOKEN_REUSED else token.made_by
    return Event(name, token.organization_id, actor, None, token.family_id, told)
