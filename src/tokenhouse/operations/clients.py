"""Clients of an organization: list, show, register, edit, remove, and end all that they have."""

from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.core.client import Client, is_secret_of, kept_secret, new_client
from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Details, Event, Name
from tokenhouse.core.identifier import PENDING
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.operations.admit import Actor, Admit, Asking
from tokenhouse.operations.changes import Change, Drop, Put, Stretch, guard_of
from tokenhouse.operations.client_terms import (
    ClientTerms,
    check_terms,
    on_terms,
    refuse_bound,
    refuse_stronger,
)
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.finding import find_client
from tokenhouse.operations.issue import group_guards
from tokenhouse.operations.keep import NO_SECRET, Keep, already_done
from tokenhouse.operations.mint import Mint
from tokenhouse.operations.ports import Clock, Store
from tokenhouse.operations.sliced import Sliced, sliced
from tokenhouse.operations.stale import refuse_stale
from tokenhouse.operations.told import client_before_and_after, client_told

MOST_CLIENTS: Final = 1_000
"""Clients that one organization may have."""


class ClientDraft(msgspec.Struct, frozen=True):
    """A client to register. A `public` one gets no secret, since it could not keep it."""

    terms: ClientTerms
    public: bool = False


class Registered(msgspec.Struct, frozen=True):
    """A client with its new secret, which is told this once; None: it has got none."""

    client: Client
    secret: Secret | None


class Clients:
    """Manages the clients of the caller's organization."""

    def __init__(self, admit: Admit, store: Store, keep: Keep, mint: Mint, clock: Clock) -> None:
        self._admit = admit
        self._store = store
        self._keep = keep
        self._mint = mint
        self._clock = clock

    def page(self, caller: Asking, stretch: Stretch) -> Sliced[Client]:
        """List the clients, oldest first."""
        mine = self._admit(caller).organization_id
        return sliced(
            lambda wider: self._store.page_clients(mine, wider), stretch, lambda one: one.id
        )

    def one(self, caller: Asking, client_id: UUID) -> Client:
        """Show one client."""
        return find_client(self._store, self._admit(caller).organization_id, client_id)

    def create(self, caller: Asking, draft: ClientDraft) -> Registered:
        """Register a client, with permissions that the caller holds himself.

        A retry under the same idempotency key gives the same one, as long as its secret is good.
        """

        def plan() -> Plan[Registered] | Settled[Registered]:
            actor = self._admit(caller)
            if registered := self._again(caller, actor):
                return Settled(registered)
            refuse_bound(actor)
            self._refuse_more(actor.organization_id)
            client, secret = self._new(actor.organization_id, draft)
            after = on_terms(client, draft.terms)
            groups = check_terms(self._store, actor, client, after)
            kept = self._keep.plan(caller, actor, after.id, secret or NO_SECRET)
            details = client_told(after) | {"client_id": after.client_id}
            change = Change(
                actor.organization_id,
                (*actor.guards, *group_guards(groups)),
                (Put(after), *kept),
                (_event(Name.CLIENT_CREATED, actor, after, details),),
            )
            return Plan(change, lambda done: Registered(done.written(Client), secret))

        return decide(self._store, plan)

    def edit(
        self, caller: Asking, client_id: UUID, terms: ClientTerms, expected: int | None = None
    ) -> Client:
        """Put a client on other terms, if it is in the expected version."""

        def plan() -> Plan[Client] | Settled[Client]:
            actor = self._admit(caller)
            before = find_client(self._store, actor.organization_id, client_id)
            refuse_stale(before.version, expected)
            after = on_terms(before, terms)
            if after == before:
                return Settled(before)
            groups = check_terms(self._store, actor, before, after)
            later = replace(after, version=before.version + 1, updated_at=self._clock.now())
            details = client_before_and_after(before, later)
            change = Change(
                actor.organization_id,
                (*actor.guards, guard_of(before), *group_guards(groups)),
                (Put(later),),
                (_event(Name.CLIENT_CHANGED, actor, later, details),),
            )
            return Plan(change, lambda done: done.written(Client))

        return decide(self._store, plan)

    def remove(self, caller: Asking, client_id: UUID) -> None:
        """Remove a client for good: what presents itself by its name is unknown from then on."""

        def plan() -> Plan[None]:
            actor = self._admit(caller)
            client = find_client(self._store, actor.organization_id, client_id)
            details = {f"{name}_before": was for name, was in client_told(client).items()}
            details["client_id"] = client.client_id
            change = Change(
                actor.organization_id,
                (*actor.guards, guard_of(client)),
                (Drop(Client, client.id),),
                (_event(Name.CLIENT_REMOVED, actor, client, details),),
            )
            return Plan(change, lambda _: None)

        decide(self._store, plan)

    def revoke(self, caller: Asking, client_id: UUID) -> None:
        """End everything that a client and people at it were given before now, by one marker."""

        def plan() -> Plan[None]:
            actor = self._admit(caller)
            client = find_client(self._store, actor.organization_id, client_id)
            marked = replace(
                client,
                version=client.version + 1,
                revoked_before=PENDING,
                updated_at=self._clock.now(),
            )
            details: Details = {"client_id": client.client_id}
            change = Change(
                actor.organization_id,
                (*actor.guards, guard_of(client)),
                (Put(marked),),
                (_event(Name.HOLDER_REVOKED, actor, client, details),),
            )
            return Plan(change, lambda _: None)

        decide(self._store, plan)

    def _again(self, caller: Asking, actor: Actor) -> Registered | None:
        """What the same idempotency key registered before."""
        mine = actor.organization_id
        repeat = self._keep.find(
            caller, actor, lambda made: self._store.one_client(mine, made) is not None
        )
        if repeat is None:
            return None
        client = find_client(self._store, mine, repeat.subject_id)
        if not repeat.secret.reveal():
            return Registered(client, None)
        if not is_secret_of(client, repeat.secret):
            raise already_done(client.id)
        refuse_stronger(actor, client)
        return Registered(client, repeat.secret)

    def _refuse_more(self, organization_id: UUID) -> None:
        if len(self._store.page_clients(organization_id, Stretch(MOST_CLIENTS))) >= MOST_CLIENTS:
            raise Refused(
                Code.UNPROCESSABLE,
                f"The organization has {MOST_CLIENTS:,} clients, as many as there may be: remove"
                " some first.",
            )

    def _new(self, organization_id: UUID, draft: ClientDraft) -> tuple[Client, Secret | None]:
        now = self._clock.now()
        secret = None if draft.public else self._mint.client_secret()
        client_id = self._mint.client_id()
        client = new_client(organization_id, self._mint.id(now), client_id, now)
        if secret is not None:
            kept = kept_secret(secret, self._mint.id(now), now)
            client = replace(client, secrets=(kept,))
        return client, secret


def _event(name: Name, actor: Actor, client: Client, details: Details) -> Event:
    return actor.event(name, client.organization_id, client.id, details)
