"""What narrows a token beyond its permissions: the policies of its organization, and networks."""

from tokenhouse.core.kind import Kind
from tokenhouse.core.moment import Moment
from tokenhouse.core.networks import is_no_wider
from tokenhouse.core.policy import against_policy
from tokenhouse.core.principal import Organization
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.operations.admit import Actor
from tokenhouse.operations.ports import Store


def organization_of(store: Store, actor: Actor) -> Organization:
    """The organization within which an actor acts, as it is now; raise Refused(NOT_FOUND)."""
    if actor.found is not None:
        return actor.found.standing.organization
    organization = store.find_organization(actor.organization_id)
    if organization is None:
        raise Refused(Code.NOT_FOUND, "There is no such organization.")
    return organization


def refuse_against_policy(  # noqa: PLR0917 -- what a policy looks at, and how to say it
    organization: Organization,
    kind: Kind,
    made_at: Moment,
    expires_at: Moment | None,
    code: Code,
    field: str = "expires_at",
) -> None:
    """Raise Refused for an expiry that the organization's policies forbid to a new token."""
    problem = against_policy(organization, kind.name, made_at, expires_at)
    if problem is not None:
        fault = Problem(field, problem.sentence)
        raise Refused(code, "The policies of the organization forbid this expiry.", (fault,))


def bound_to(actor: Actor) -> tuple[str, ...]:
    """The networks that whoever acts is bound to; none: he may come from anywhere."""
    return actor.found.token.addresses if actor.found is not None else ()


def refuse_wider(actor: Actor, addresses: tuple[str, ...]) -> None:
    """Raise Refused(FORBIDDEN) where a token bound to networks would give away more than them."""
    if not is_no_wider(addresses, bound_to(actor)):
        raise actor.forbidden(
            "Your token is bound to networks, and gives nothing that may be used from others.",
            (Problem("addresses", "have to lie within those of your token"),),
        )
