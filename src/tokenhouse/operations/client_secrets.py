"""The secrets of a client: a second one beside the first, so that it is changed without a gap."""

from uuid import UUID

from msgspec.structs import replace

from tokenhouse.core.client import MOST_SECRETS, Client, is_public, kept_secret
from tokenhouse.core.events import Name
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.operations.admit import Actor, Admit, Asking
from tokenhouse.operations.changes import Change, Put, guard_of
from tokenhouse.operations.client_terms import refuse_stronger
from tokenhouse.operations.clients import Registered
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.finding import find_client
from tokenhouse.operations.keep import Keep
from tokenhouse.operations.mint import Mint
from tokenhouse.operations.ports import Clock, Store
from tokenhouse.operations.told import client_before_and_after


class ClientSecrets:
    """Adds and removes secrets of the clients of the caller's organization."""

    def __init__(self, admit: Admit, store: Store, keep: Keep, mint: Mint, clock: Clock) -> None:
        self._admit = admit
        self._store = store
        self._keep = keep
        self._mint = mint
        self._clock = clock

    def add(self, caller: Asking, client_id: UUID) -> Registered:
        """Give a client one more secret; those that it has stay good.

        Raises Refused(UNPROCESSABLE) for a public client and for one that has as many as there may
        be, and Refused(FORBIDDEN) for one that may do more by itself than the caller. A retry under
        the same idempotency key gives the same secret.
        """

        def plan() -> Plan[Registered] | Settled[Registered]:
            actor = self._admit(caller)
            before = find_client(self._store, actor.organization_id, client_id)
            refuse_stronger(actor, before)
            repeat = self._keep.find(
                caller, actor, lambda made: any(one.id == made for one in before.secrets)
            )
            if repeat is not None:
                return Settled(Registered(before, repeat.secret))
            _refuse_more(before)
            now, secret = self._clock.now(), self._mint.client_secret()
            one = kept_secret(secret, self._mint.id(now), now)
            after = replace(before, secrets=(*before.secrets, one))
            kept = self._keep.plan(caller, actor, one.id, secret)
            change = self._change(actor, before, after, kept)
            return Plan(change, lambda done: Registered(done.written(Client), secret))

        return decide(self._store, plan)

    def remove(self, caller: Asking, client_id: UUID, secret_id: UUID) -> None:
        """Remove a secret: it is good no longer.

        Raises Refused(UNPROCESSABLE) for the last one, without which nobody could be told that it
        is this client which asks.
        """

        def plan() -> Plan[None]:
            actor = self._admit(caller)
            before = find_client(self._store, actor.organization_id, client_id)
            left = tuple(one for one in before.secrets if one.id != secret_id)
            if left == before.secrets:
                raise Refused(Code.NOT_FOUND, "There is no such secret.")
            if not left:
                raise Refused(
                    Code.UNPROCESSABLE,
                    "A client does not lose its last secret: add another one first, or remove the"
                    " client.",
                )
            return Plan(self._change(actor, before, replace(before, secrets=left)), lambda _: None)

        decide(self._store, plan)

    def _change(
        self, actor: Actor, before: Client, after: Client, kept: tuple[Put, ...] = ()
    ) -> Change:
        later = replace(after, version=before.version + 1, updated_at=self._clock.now())
        details = client_before_and_after(before, later)
        event = actor.event(Name.CLIENT_CHANGED, later.organization_id, later.id, details)
        relied_on = (*actor.guards, guard_of(before))
        return Change(actor.organization_id, relied_on, (Put(later), *kept), (event,))


def _refuse_more(client: Client) -> None:
    if is_public(client):
        raise Refused(Code.UNPROCESSABLE, "A public client has no secrets: register another one.")
    if len(client.secrets) >= MOST_SECRETS:
        raise Refused(
            Code.UNPROCESSABLE,
            f"A client has at most {MOST_SECRETS} secrets: remove one first.",
        )
