"""Introspect: tell a resource server, or a client of its own tokens, whether one is good now."""

import msgspec

from tokenhouse.core.client import Client
from tokenhouse.core.credential import Secret
from tokenhouse.core.judge import UNKNOWN, Demand, Verdict, inactive, judge
from tokenhouse.core.kind import Door, Kind, Spelling
from tokenhouse.operations.admit import Actor, Admit, Caller
from tokenhouse.operations.authenticate import Authenticate, ClientCredentials
from tokenhouse.operations.ports import Clock, Store
from tokenhouse.operations.usage import Usage
from tokenhouse.operations.verifier import VERIFIES
from tokenhouse.operations.verify import Recogniser, may_be_signed


class Introspection(msgspec.Struct, frozen=True):
    """A verdict on a presented string; `client` is the one that it was issued at."""

    verdict: Verdict
    client: Client | None


_NOTHING = Introspection(UNKNOWN, None)


class Introspect:
    """Answers whoever may ask; another organization's token is as good as none."""

    def __init__(  # noqa: PLR0917 -- one port each, named where it is built
        self,
        store: Store,
        authenticate: Authenticate,
        admit: Admit,
        recogniser: Recogniser,
        clock: Clock,
        usage: Usage,
        refresh: Kind,
    ) -> None:
        self._store = store
        self._authenticate = authenticate
        self._admit = admit
        self._recogniser = recogniser
        self._clock = clock
        self._usage = usage
        self._refresh = refresh

    def by_client(self, presented: ClientCredentials, text: Secret) -> Introspection:
        """Answer a client by its id and secret: about its own tokens, or with TokenVerify all.

        Raises Refused(UNAUTHENTICATED); a public client has no way to prove itself here.
        """
        found = self._found(text)
        return self._counted(self._for_client(presented, found))

    def _for_client(self, presented: ClientCredentials, found: Introspection) -> Introspection:
        client = self._authenticate(presented, found.client)
        if not client.secrets:
            return _NOTHING
        if found.verdict.found is None:
            return _NOTHING
        token = found.verdict.found.token
        own = token.client_id == client.id
        verifies = client.permissions is not None and VERIFIES in client.permissions
        if token.kind == self._refresh.name or not verifies:
            return found if own else _NOTHING
        is_within = client.deployment or token.organization_id == client.organization_id
        return found if is_within else _NOTHING

    def by_token(self, caller: Caller, text: Secret) -> Introspection:
        """Answer whoever presents a token with TokenVerify; raise Refused as the route demands."""
        actor = self._admit(caller)
        return self._counted(self._for_actor(actor, self._found(text)))

    def _for_actor(self, actor: Actor, found: Introspection) -> Introspection:
        if found.verdict.found is None:
            return _NOTHING
        token = found.verdict.found.token
        if token.kind == self._refresh.name:
            return _NOTHING
        return found if actor.sees(token.organization_id) else _NOTHING

    def _counted(self, told: Introspection) -> Introspection:
        self._usage.judged(told.verdict, self._clock.now())
        return told

    def _found(self, text: Secret) -> Introspection:
        told = self._judged(text)
        if told.verdict.reason is None or not self._store.left_ms():
            return told
        if told.verdict.found is None and not may_be_signed(text):
            return told
        return self._store.anew(lambda: self._judged(text))  # a no is not taken from memory

    def _judged(self, text: Secret) -> Introspection:
        recognised = self._recogniser.find(text, self._store)
        if recognised is None:
            return _NOTHING
        kind, found = recognised
        now = self._clock.now()
        if kind.name == self._refresh.name:  # which opens no door that could be asked about
            verdict = Verdict(inactive(kind, found, now), found, kind)
        else:
            verdict = judge(kind, found, Spelling.NAMED, Demand(Door.VERIFY), "", now)
        return Introspection(verdict, found.standing.client)
