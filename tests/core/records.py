"""Records for the tests of the core: rightful ones, of which a test changes what it is about."""

from typing import Final
from uuid import UUID

from hypothesis import settings

from tokenhouse.core.catalogue import Catalogue, PredefinedSet
from tokenhouse.core.client import REFRESH_LIFETIME, Client, ClientSecret, Grant, ScopeAs
from tokenhouse.core.device import Device
from tokenhouse.core.kind import OF_CLIENTS, Kind, Numbering, Rights
from tokenhouse.core.permission import Permission
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import Deployment, HolderKind, Membership, Organization, Person
from tokenhouse.core.standing import Found, Standing
from tokenhouse.core.token import FamilyEnd, Token

BOUNDED: Final = settings(deadline=None, derandomize=True, database=None, max_examples=100)
"""Every property runs so: the same bounded examples each time, without a clock."""

NOW: Final = 1_900_000_000_000_000
BORN: Final = NOW - 3_600_000_000
SEQUENCE: Final = 50

ORGANIZATION_ID: Final = UUID("018f0000-0000-7000-8000-00000000000a")
PERSON_ID: Final = UUID("018f0000-0000-7000-8000-00000000000b")
MEMBERSHIP_ID: Final = UUID("018f0000-0000-7000-8000-00000000000c")
TOKEN_ID: Final = UUID("018f0000-0000-7000-8000-00000000000d")
FAMILY_ID: Final = UUID("018f0000-0000-7000-8000-00000000000e")
GROUP_ID: Final = UUID("018f0000-0000-7000-8000-00000000000f")
CLIENT_ID: Final = UUID("018f0000-0000-7000-8000-000000000010")
DEVICE_ID: Final = UUID("018f0000-0000-7000-8000-000000000012")
SECRET_ID: Final = UUID("018f0000-0000-7000-8000-000000000011")
DEPLOYMENT_ID: Final = UUID(int=0)

READERS: Final = PredefinedSet(7, "Readers", "", frozenset({"SystemsRead"}))
CATALOGUE: Final = Catalogue(
    UUID(int=1),
    3,
    (Permission("SystemsRead"), Permission("environment.control.StopEnv")),
    (READERS,),
    READERS.id,
)
DEPLOYMENT: Final = Deployment(DEPLOYMENT_ID, 2, "https://tokens.example", "th", 7, BORN)
ORGANIZATION: Final = Organization(ORGANIZATION_ID, 4, "Firm", False, 8, BORN, BORN)
PERSON: Final = Person(
    PERSON_ID, 5, "ada@firm.example", "Ada", False, False, 9, ORGANIZATION_ID, BORN, BORN
)
MEMBERSHIP: Final = Membership(
    MEMBERSHIP_ID, 6, PERSON_ID, ORGANIZATION_ID, (GROUP_ID,), False, None, 10, BORN, BORN
)
CLIENT: Final = Client(
    id=CLIENT_ID,
    version=7,
    organization_id=ORGANIZATION_ID,
    client_id="Ab3" * 8,
    label="App",
    grants=frozenset(Grant),
    permissions=frozenset({"SystemsRead", "EventsRead"}),
    audience=None,
    group_id=None,
    refresh_lifetime=REFRESH_LIFETIME,
    slides=False,
    scope_as=ScopeAs.LIST,
    deployment=False,
    suspended=False,
    revoked_before=11,
    secrets=(ClientSecret(SECRET_ID, bytes(range(32)), "9z8Y", BORN),),
    created_at=BORN,
    updated_at=BORN,
)
DEVICE: Final = Device(
    id=DEVICE_ID,
    version=8,
    organization_id=ORGANIZATION_ID,
    number=56,
    identifier="rig-1",
    serial_number="SN-1",
    model_id="R2",
    cpu_id="0000000012345678",
    uuid="7d444840-9dc0-11d1-b245-5ffdce74fad2",
    suspended=False,
    manufactured_at=BORN,
    family_id=FAMILY_ID,
    revoked_before=12,
    created_at=BORN,
    updated_at=BORN,
)
FAMILY_END: Final = FamilyEnd(FAMILY_ID, 1, ORGANIZATION_ID, NOW - 1)


def policy_group(*names: str, fixed: bool = False, group_id: UUID = GROUP_ID) -> PolicyGroup:
    """A policy group that holds these permissions."""
    return PolicyGroup(
        group_id, 2, ORGANIZATION_ID, "Readers", "", frozenset(names), fixed, BORN, BORN
    )


GROUP: Final = policy_group("SystemsRead", "EventsRead")

HOLDERS: Final = {
    HolderKind.ORGANIZATION: ORGANIZATION_ID,
    HolderKind.MEMBERSHIP: MEMBERSHIP_ID,
    HolderKind.CLIENT: CLIENT_ID,
    HolderKind.DEVICE: DEVICE_ID,
}


def token_of(kind: Kind) -> Token:
    """A live token of this kind; a limited one's list names all that the group holds."""
    limited = kind.rights is Rights.LIMITED
    at_client = kind.rights in OF_CLIENTS
    return Token(
        id=TOKEN_ID,
        version=3,
        kind=kind.name,
        organization_id=ORGANIZATION_ID,
        holder_kind=kind.holder,
        holder_id=HOLDERS[kind.holder],
        family_id=FAMILY_ID,
        predecessor_id=None,
        sequence=SEQUENCE,
        number=None if kind.numbering is Numbering.NONE else 12,
        status_index=None if kind.typ is None else 34,
        fingerprint=None if kind.letter is None else bytes(range(32)),
        hint="1a2B",
        description="back office",
        groups=(GROUP_ID,) if kind.rights is Rights.GROUPS else None,
        made_by=PERSON_ID,
        created_at=BORN,
        updated_at=BORN,
        expires_at=NOW + 3_600_000_000,
        superseded_at=None,
        revoked_at=None,
        permissions=GROUP.permissions if limited else None,
        client_id=CLIENT_ID if at_client else None,
        auth_time=BORN if at_client and kind.holder is HolderKind.MEMBERSHIP else None,
    )


def found_of(kind: Kind) -> Found:
    """A live token of this kind with all that it rests on, in good standing."""
    personal = kind.holder is HolderKind.MEMBERSHIP
    standing = Standing(
        deployment=DEPLOYMENT,
        catalogue=CATALOGUE,
        organization=ORGANIZATION,
        person=PERSON if personal else None,
        membership=MEMBERSHIP if personal else None,
        groups=() if kind.holder in {HolderKind.CLIENT, HolderKind.DEVICE} else (GROUP,),
        family_end=None,
        client=CLIENT if kind.rights in OF_CLIENTS else None,
        device=DEVICE if kind.holder is HolderKind.DEVICE else None,
    )
    return Found(token_of(kind), standing, head=SEQUENCE + 20)
