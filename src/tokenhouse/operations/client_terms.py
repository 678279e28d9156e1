"""On which terms a client is registered, and who may give it which."""

from typing import Final
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from tokenhouse.core.client import Client, Grant, ScopeAs, is_public
from tokenhouse.core.permission import NOTHING, Permissions, missing
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.operations.admit import Actor
from tokenhouse.operations.found import fault_of_name, tidy
from tokenhouse.operations.narrowing import bound_to
from tokenhouse.operations.ports import Store

MAX_LABEL: Final = 100
"""Characters of a client's label."""
_BY_PAIR: Final[Permissions] = frozenset({"TokenVerify"})
OPERATES: Final = "OrganizationsWrite"
"""Who holds this may let a client ask about tokens of every organization."""


class ClientTerms(msgspec.Struct, frozen=True):
    """What is to be of a client; UNSET stays as it is, or as a new client begins.

    `permissions` None: all that the person may. `audience` None: any API. `group_id` None: people
    of any group. `refresh_lifetime` is microseconds.
    """

    label: str | UnsetType = UNSET
    grants: frozenset[Grant] | UnsetType = UNSET
    permissions: Permissions | UnsetType | None = UNSET
    audience: str | UnsetType | None = UNSET
    group_id: UUID | UnsetType | None = UNSET
    refresh_lifetime: int | UnsetType = UNSET
    slides: bool | UnsetType = UNSET
    scope_as: ScopeAs | UnsetType = UNSET
    deployment: bool | UnsetType = UNSET
    suspended: bool | UnsetType = UNSET


def on_terms(client: Client, terms: ClientTerms) -> Client:
    """The same client on other terms, as they would be kept."""
    said = {name: getattr(terms, name) for name in terms.__struct_fields__}
    changed = replace(client, **{name: to for name, to in said.items() if to is not UNSET})
    return replace(changed, label=tidy(changed.label))


def check_terms(
    store: Store, actor: Actor, before: Client, after: Client
) -> tuple[PolicyGroup, ...]:
    """Raise Refused where this actor cannot change a client so.

    MALFORMED: a label that cannot be, permissions that come anew and are in no catalogue, a group
    of another organization, client_credentials for a client without a secret. FORBIDDEN: what
    comes anew and is not the actor's to give. Gives the group that a change of it relies on.
    """
    gained = (after.permissions or NOTHING) - (before.permissions or NOTHING)
    group = None
    if after.group_id is not None and after.group_id != before.group_id:
        group = store.find_group(after.organization_id, after.group_id)
        if group is None:
            raise _malformed(Problem("group", "is not a policy group of this organization"))
    if problems := (*_faults(after), *_unknown(store, gained)):
        raise _malformed(*problems)
    _refuse_beyond(actor, before, after, gained)
    return () if group is None else (group.group,)


def refuse_stronger(actor: Actor, client: Client) -> None:
    """Raise Refused(FORBIDDEN) for a client that may do by itself what the actor may not.

    Nobody gets a secret of such a client: it would be his to use.
    """
    if beyond := missing(_alone(client), actor.permissions):
        raise actor.forbidden(
            "This client may do more by itself than you may, so no secret of it is given to you.",
            tuple(Problem("permission", f"{name} is missing") for name in sorted(beyond)),
        )
    refuse_bound(actor)
    if client.deployment:
        _refuse_unless_operating(actor, "A secret of a client of the whole deployment is given")


def refuse_bound(actor: Actor) -> None:
    """Raise Refused(FORBIDDEN) where a token bound to networks would give what is good anywhere."""
    if bound_to(actor):
        raise actor.forbidden(
            "Your token is bound to networks, and gives clients nothing that may be used from"
            " others."
        )


def _faults(client: Client) -> tuple[Problem, ...]:
    problems = []
    if fault := fault_of_name(client.label, MAX_LABEL):
        problems.append(Problem("label", fault))
    if is_public(client) and Grant.CLIENT_CREDENTIALS in client.grants:
        fault = f"has {Grant.CLIENT_CREDENTIALS}, which only a client with a secret can use"
        problems.append(Problem("grants", fault))
    return tuple(problems)


def _unknown(store: Store, names: Permissions) -> tuple[Problem, ...]:
    unknown = missing(names, store.catalogue().names) if names else NOTHING
    return tuple(
        Problem("permissions", f"{name} is not in the catalogue") for name in sorted(unknown)
    )


def _refuse_beyond(actor: Actor, before: Client, after: Client, gained: Permissions) -> None:
    gained |= _alone(after) - _alone(before)
    if beyond := missing(gained, actor.permissions):
        raise actor.forbidden(
            "A client can be given only permissions that you hold yourself.",
            tuple(Problem("permissions", f"you do not hold {name}") for name in sorted(beyond)),
        )
    if gained:
        refuse_bound(actor)
    if after.deployment != before.deployment:
        _refuse_unless_operating(actor, "Whether a client is the whole deployment's is said")
    elif after.deployment and gained:
        _refuse_unless_operating(actor, "A client of the whole deployment is given permissions")


def _alone(client: Client) -> Permissions:
    """What whoever has a secret of the client may do without anybody's password.

    Asking about tokens takes the pair itself, so no grant has to allow it.
    """
    listed = client.permissions or NOTHING
    return listed if Grant.CLIENT_CREDENTIALS in client.grants else listed & _BY_PAIR


def _refuse_unless_operating(actor: Actor, what: str) -> None:
    if OPERATES not in actor.permissions:
        raise actor.forbidden(
            f"{what} by operators alone.", (Problem("permission", f"{OPERATES} is missing"),)
        )


def _malformed(*problems: Problem) -> Refused:
    return Refused(Code.MALFORMED, "The client cannot be so.", problems)
