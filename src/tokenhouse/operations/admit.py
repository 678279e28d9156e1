"""Who is asking, judged anew for every operation and every attempt at it."""

from typing import Final, TypeAlias
from uuid import UUID

import msgspec

from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Details, Event, Name
from tokenhouse.core.judge import Demand, Reason, Verdict
from tokenhouse.core.kind import Spelling
from tokenhouse.core.permission import DEPLOYMENT_PERMISSIONS, Permissions
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import (
    DEPLOYMENT,
    Person,
)
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.core.standing import Found, Standing, subject
from tokenhouse.core.token import FamilyEnd, Token
from tokenhouse.operations.at_machine import AtMachine
from tokenhouse.operations.changes import Guard, guard_of
from tokenhouse.operations.confirm import Confirm, Confirmation
from tokenhouse.operations.finding import find_organization
from tokenhouse.operations.note import Cause, Notes
from tokenhouse.operations.ports import Store
from tokenhouse.operations.refusing import refusal
from tokenhouse.operations.verify import Verify


class Caller(msgspec.Struct, frozen=True):
    """What one request brings to an operation.

    `demand` is what the route table asks of the credential. `request_hash` is SHA-256 over
    method, path, query and body, by which a retry is told from another request; empty where no
    retry is given the answer again. `confirmation` is what the person confirms with what he asks.
    """

    credential: Secret
    spelling: Spelling
    demand: Demand
    route: str
    address: str
    idempotency_key: Secret | None = None
    request_hash: bytes = b""
    confirmation: Confirmation | None = None


Asking: TypeAlias = Caller | AtMachine
"""Who can ask for an operation: a request with a credential, or somebody at the machine."""


class Actor(msgspec.Struct, frozen=True):
    """Whoever was admitted: what he may do within his organization, and all that this relied on.

    `found` is the token that was presented, None at the machine itself.
    """

    organization_id: UUID
    found: Found | None
    permissions: Permissions
    guards: tuple[Guard, ...]
    route: str
    notes: Notes

    @property
    def principal_id(self) -> UUID | None:
        """The person's id, or the organization's: who answers for it in the events."""
        return subject(self.found) if self.found is not None else None

    @property
    def token_id(self) -> UUID | None:
        """The token that was presented."""
        return self.found.token.id if self.found is not None else None

    @property
    def token(self) -> Token:
        """The token that was presented, where there has to be one."""
        assert self.found is not None
        return self.found.token

    @property
    def holder_id(self) -> UUID | None:
        """Whose own tokens the actor manages: the membership's, or the organization's."""
        return self.found.token.holder_id if self.found is not None else None

    @property
    def person(self) -> Person | None:
        """The person who acts, where one does."""
        return self.found.standing.person if self.found is not None else None

    @property
    def groups(self) -> tuple[PolicyGroup, ...]:
        """The groups that the actor's permissions come from."""
        return self.found.standing.groups if self.found is not None else ()

    def sees(self, organization_id: UUID) -> bool:
        """Whether the actor may ask about another's token of this organization.

        At the machine, and as a client that an operator marked so, about those of every one.
        """
        client = None if self.found is None else self.found.standing.client
        of_all = self.organization_id == DEPLOYMENT or (client is not None and client.deployment)
        return of_all or self.organization_id == organization_id

    def event(self, name: Name, organization_id: UUID, subject: UUID, details: Details) -> Event:
        """What the actor did, as a fact."""
        return Event(name, organization_id, self.principal_id, self.token_id, subject, details)

    def forbidden(self, public: str, problems: tuple[Problem, ...] = ()) -> Refused:
        """The refusal of what goes beyond the actor's rights; the audit trail tells of it."""
        if self.found is not None:
            self.notes.note(_refused_management(self.found, f"{public} at {self.route}"))
        return Refused(Code.FORBIDDEN, public, problems)


_TOLD: Final = frozenset(
    {
        Reason.INSUFFICIENT,
        Reason.NOT_LISTED,
        Reason.WRONG_ASKER,
        Reason.WRONG_DOOR,
        Reason.WRONG_AUDIENCE,
        Reason.WRONG_ADDRESS,
    }
)
"""Refusals of somebody whom we know and whose token is good: the audit trail tells of them."""


class Admit:
    """Judges the caller's own credential against the demand of its route."""

    def __init__(self, verify: Verify, store: Store, notes: Notes, confirm: Confirm) -> None:
        self._verify = verify
        self._store = store
        self._notes = notes
        self._confirm = confirm

    def __call__(self, caller: Asking) -> Actor:
        """Admit a caller; raise Refused with what it can do about it."""
        if isinstance(caller, AtMachine):
            return self._at_machine(caller)
        verdict = self._verify(caller.credential, caller.spelling, caller.demand, caller.address)
        if verdict.reason is not None:
            self._note(verdict, caller)
            raise refusal(verdict, caller.spelling, caller.demand)
        found = verdict.found
        assert found is not None
        if caller.demand.confirmed:
            self._confirm(found, caller.confirmation, caller.address, caller.route)
        return Actor(
            found.token.organization_id,
            found,
            verdict.permissions,
            guards(found),
            caller.route,
            self._notes,
        )

    def _at_machine(self, caller: AtMachine) -> Actor:
        """Whoever can open the database is asked for no permission; names are still looked up."""
        relied_on: tuple[Guard, ...] = ()
        if caller.organization_id != DEPLOYMENT:
            relied_on = (guard_of(find_organization(self._store, caller.organization_id)),)
        permissions = self._store.catalogue().names | DEPLOYMENT_PERMISSIONS
        return Actor(
            caller.organization_id, None, permissions, relied_on, caller.command, self._notes
        )

    def _note(self, verdict: Verdict, caller: Caller) -> None:
        if verdict.found is None or verdict.reason not in _TOLD:
            return
        cause = f"{verdict.reason.value} at {caller.route}"
        self._notes.note(_refused_management(verdict.found, cause))


def _refused_management(found: Found, cause: str) -> Cause:
    token, actor = found.token, subject(found)
    return Cause(Name.MANAGEMENT_REFUSED, token.organization_id, actor, token.id, cause)


def guards(found: Found) -> tuple[Guard, ...]:
    """The versions of everything that judging a token relied on."""
    token = found.token
    return (
        guard_of(token),
        Guard(FamilyEnd, token.family_id, 0),
        *standing_guards(found.standing),
    )


def standing_guards(standing: Standing) -> tuple[Guard, ...]:
    """The versions of all that a token rests on."""
    records = (
        *(standing.deployment, standing.catalogue, standing.organization),
        *(standing.person, standing.membership, standing.client, standing.device),
        *standing.groups,
    )
    # As `guard_of` does it, without a call for each
    return tuple([Guard(type(one), one.id, one.version) for one in records if one is not None])
