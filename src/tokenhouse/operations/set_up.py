"""Set up a deployment: its issuer, its first organization, people and keys, in one commit."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from tokenhouse.core.catalogue import Catalogue, following
from tokenhouse.core.client import Client, kept_secret, new_client
from tokenhouse.core.events import Details, Event, Name
from tokenhouse.core.moment import Moment
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import (
    DEPLOYMENT,
    Deployment,
    Membership,
    Organization,
    Password,
    Person,
    canonical_email,
)
from tokenhouse.core.signing_key import SigningKey
from tokenhouse.operations.blueprint import ADMINISTRATOR, ROLES, Blueprint, GroupPlan
from tokenhouse.operations.changes import Change, Committed, Guard, Put, Record
from tokenhouse.operations.mint import Mint
from tokenhouse.operations.ports import Clock, Hasher, Store
from tokenhouse.operations.told import catalogue_told, client_told

CATALOGUE: Final = UUID(int=1)
"""The id of the one catalogue."""


class SetUp:
    """Sets a deployment up once, all or nothing."""

    def __init__(self, store: Store, hasher: Hasher, clock: Clock, mint: Mint) -> None:
        self._store = store
        self._hasher = hasher
        self._clock = clock
        self._mint = mint

    def __call__(self, blueprint: Blueprint, keys: tuple[SigningKey, ...]) -> Committed | None:
        """Write everything; None when the deployment had been set up before."""
        if self._store.deployment() is not None:
            return None
        now = self._clock.now()
        organization = new_organization(blueprint.organization, self._mint.id(now), now)
        groups = self._groups(blueprint, organization.id, now)
        people = self._people(blueprint, organization.id, groups, now)
        clients = self._clients(blueprint, organization.id, now)
        catalogue = following(Catalogue(CATALOGUE, 0, ()), blueprint.catalogue)
        deployment = Deployment(
            id=DEPLOYMENT,
            version=1,
            issuer=blueprint.issuer,
            brand=blueprint.brand,
            revoked_before=0,
            created_at=now,
        )
        records = (deployment, catalogue, organization, *groups.values(), *people, *clients, *keys)
        change = Change(
            organization_id=DEPLOYMENT,
            guards=(Guard(Deployment, DEPLOYMENT, 0),),
            writes=tuple(Put(record) for record in records),
            events=tuple(_event(record) for record in records if not isinstance(record, Password)),
        )
        outcome = self._store.commit(change)
        return outcome if isinstance(outcome, Committed) else None

    def _groups(
        self, blueprint: Blueprint, organization_id: UUID, now: Moment
    ) -> dict[str, PolicyGroup]:
        plans = {one.name: one for one in (*ROLES, *blueprint.groups)}.values()
        return first_groups(organization_id, self._mint, now, plans)

    def _people(
        self,
        blueprint: Blueprint,
        organization_id: UUID,
        groups: dict[str, PolicyGroup],
        now: Moment,
    ) -> tuple[Record, ...]:
        records: list[Record] = []
        for plan in blueprint.people:
            person = Person(
                id=self._mint.id(now),
                version=1,
                email=canonical_email(plan.email),
                full_name=plan.full_name,
                operator=plan.operator,
                suspended=False,
                revoked_before=0,
                default_organization_id=organization_id,
                created_at=now,
                updated_at=now,
            )
            membership = Membership(
                id=self._mint.id(now),
                version=1,
                person_id=person.id,
                organization_id=organization_id,
                groups=tuple(groups[name].id for name in plan.groups),
                suspended=False,
                ended_at=None,
                revoked_before=0,
                created_at=now,
                updated_at=now,
            )
            password = Password(person.id, 1, self._hasher.hash(plan.password))
            records += [person, password, membership]
        return tuple(records)

    def _clients(
        self, blueprint: Blueprint, organization_id: UUID, now: Moment
    ) -> tuple[Client, ...]:
        return tuple(
            replace(
                new_client(organization_id, self._mint.id(now), plan.client_id, now),
                label=plan.label,
                grants=plan.grants,
                permissions=plan.permissions,
                secrets=(kept_secret(plan.secret, self._mint.id(now), now),),
            )
            for plan in blueprint.clients
        )


def new_organization(name: str, organization_id: UUID, now: Moment) -> Organization:
    """The record that an organization begins with."""
    return Organization(
        id=organization_id,
        version=1,
        name=name,
        suspended=False,
        revoked_before=0,
        created_at=now,
        updated_at=now,
    )


def first_groups(
    organization_id: UUID, mint: Mint, now: Moment, plans: Iterable[GroupPlan] = ROLES
) -> dict[str, PolicyGroup]:
    """The groups of a new organization by their names: the fixed one, and those planned."""
    fixed = PolicyGroup(
        id=mint.id(now),
        version=1,
        organization_id=organization_id,
        name=ADMINISTRATOR,
        description="Every permission, later ones too.",
        permissions=frozenset(),
        fixed=True,
        created_at=now,
        updated_at=now,
    )
    return {fixed.name: fixed} | {
        plan.name: replace(
            fixed,
            id=mint.id(now),
            name=plan.name,
            description=plan.description,
            permissions=plan.permissions,
            fixed=False,
        )
        for plan in plans
    }


def _event(record: Record) -> Event:
    organization_id, name, details = beginning(record)
    return Event(name, organization_id, None, None, record.id, details)


def beginning(record: Record) -> tuple[UUID, Name, Details]:
    """What begins to be, where, with everything that somebody may do from then on."""
    match record:
        case Deployment():
            told: Details = {"issuer": record.issuer, "brand": record.brand}
            return DEPLOYMENT, Name.DEPLOYMENT_CREATED, told
        case Catalogue():
            return DEPLOYMENT, Name.CATALOGUE_CHANGED, catalogue_told(None, record)
        case Organization():
            return record.id, Name.ORGANIZATION_CREATED, {"name": record.name}
        case PolicyGroup():
            told = {"name": record.name, "description": record.description, "fixed": record.fixed}
            told["permissions"] = sorted(record.permissions)
            return record.organization_id, Name.GROUP_CREATED, told
        case Person():
            told = {"operator": record.operator}
            return record.default_organization_id, Name.PERSON_CREATED, told
        case Membership():
            told = {"person": str(record.person_id)}
            told["groups"] = [str(group_id) for group_id in record.groups]
            return record.organization_id, Name.MEMBERSHIP_CREATED, told
        case Client():
            told = {"client_id": record.client_id, **client_told(record)}
            return record.organization_id, Name.CLIENT_CREATED, told
        case SigningKey():
            return DEPLOYMENT, Name.KEY_CREATED, {}
        case _:
            raise TypeError(f"nothing begins with a {type(record).__name__}")
