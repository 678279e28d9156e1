"""Found a deployment: its first organization, who administers and operates it, a first client."""

import unicodedata
from collections.abc import Callable
from typing import Final, TypeAlias
from uuid import UUID

import msgspec

from tokenhouse.core.catalogue import Contents
from tokenhouse.core.credential import Secret
from tokenhouse.core.permission import (
    DEPLOYMENT_PERMISSIONS,
    MAX_NAME_CHARACTERS,
    PRODUCT_PERMISSIONS,
    Permission,
    is_permission_name,
)
from tokenhouse.core.principal import MAX_EMAIL_CHARACTERS, Organization, Person, is_email
from tokenhouse.core.public_url import parse_public_url
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.core.signing_key import SigningKey
from tokenhouse.operations.blueprint import ADMINISTRATOR, Blueprint, ClientPlan, PersonPlan
from tokenhouse.operations.changes import Committed
from tokenhouse.operations.mint import Mint
from tokenhouse.operations.ports import PasswordRule, Store
from tokenhouse.operations.set_up import SetUp

MAX_ORGANIZATION: Final = 100
"""Characters of an organization's name."""
MAX_FULL_NAME: Final = 200
"""Characters of a person's name."""
MAX_PERMISSIONS: Final = 500
"""Permissions of a customer's API with which the catalogue begins."""

FIRST_CLIENT: Final = "First client"
"""The label of the client with which an organization begins that founds a deployment."""

_OWN: Final = PRODUCT_PERMISSIONS | DEPLOYMENT_PERMISSIONS

FirstKeys: TypeAlias = Callable[[], tuple[SigningKey, ...]]
"""Makes the keys that a deployment begins with, sealed under its master key."""


class Founding(msgspec.Struct, frozen=True):
    """What somebody wants to found; `permissions` are names of his own API for the catalogue.

    `password_again` is the second typing, where he was asked for it twice.
    """

    organization: str
    email: str
    full_name: str
    password: Secret
    permissions: tuple[str, ...] = ()
    password_again: Secret | None = None


class Founded(msgspec.Struct, frozen=True):
    """What was founded, with the names as they are kept, and the first client's pair.

    `client_secret` is told this once.
    """

    issuer: str
    organization_id: UUID
    organization: str
    person_id: UUID
    email: str
    full_name: str
    client_id: str
    client_secret: Secret


class Found:
    """Founds a deployment, once. Raises ValueError for an issuer that is no public URL."""

    def __init__(
        self,
        store: Store,
        set_up: SetUp,
        rule: PasswordRule,
        first_keys: FirstKeys,
        *,
        mint: Mint,
        issuer: str,
        brand: str,
    ) -> None:
        self._store = store
        self._set_up = set_up
        self._rule = rule
        self._first_keys = first_keys
        self._mint = mint
        self._issuer = parse_public_url(issuer)
        self._brand = brand

    @property
    def issuer(self) -> str:
        """The public URL of the deployment, as its tokens will name it."""
        return self._issuer

    def is_done(self) -> bool:
        """Tell whether there is a deployment already, whoever founded it."""
        return self._store.deployment() is not None

    def __call__(self, founding: Founding) -> Founded:
        """Write everything in one commit.

        Raises Refused(MALFORMED) with every fault at once, the password's too, and
        Refused(ALREADY_DONE) where a deployment was set up before.
        """
        if self.is_done():
            raise _already_done()
        if problems := (*_problems(founding), *self._problems_of_password(founding)):
            raise Refused(Code.MALFORMED, "Some of this cannot be taken as it is.", problems)
        blueprint = self._blueprint(founding)
        committed = self._set_up(blueprint, self._first_keys())
        if committed is None:
            raise _already_done()
        return _founded(blueprint, committed)

    def _problems_of_password(self, founding: Founding) -> tuple[Problem, ...]:
        known = (founding.organization, founding.email, founding.full_name)
        fault = self._rule.fault(founding.password, known)
        if fault is not None:
            return (Problem("password", fault),)
        again = founding.password_again
        if again is not None and again.reveal() != founding.password.reveal():
            return (Problem("password_again", "is not the same as the password above"),)
        return ()

    def _blueprint(self, founding: Founding) -> Blueprint:
        first = PersonPlan(
            founding.email,
            tidy(founding.full_name),
            founding.password,
            (ADMINISTRATOR,),
            operator=True,
        )
        names = dict.fromkeys(founding.permissions)
        return Blueprint(
            issuer=self._issuer,
            brand=self._brand,
            organization=tidy(founding.organization),
            catalogue=Contents(tuple(Permission(name) for name in names)),
            groups=(),
            people=(first,),
            clients=(ClientPlan(FIRST_CLIENT, self._mint.client_id(), self._mint.client_secret()),),
        )


def _founded(blueprint: Blueprint, committed: Committed) -> Founded:
    organization = committed.written(Organization)
    person = committed.written(Person)
    (client,) = blueprint.clients
    return Founded(
        issuer=blueprint.issuer,
        organization_id=organization.id,
        organization=organization.name,
        person_id=person.id,
        email=person.email,
        full_name=person.full_name,
        client_id=client.client_id,
        client_secret=client.secret,
    )


def _problems(founding: Founding) -> tuple[Problem, ...]:
    faults = {
        "organization": fault_of_name(founding.organization, MAX_ORGANIZATION),
        "full_name": fault_of_name(founding.full_name, MAX_FULL_NAME),
        "email": fault_of_email(founding.email),
    }
    named = tuple(Problem(field, fault) for field, fault in faults.items() if fault)
    return named + _problems_of_permissions(founding.permissions)


def fault_of_name(text: str, longest: int) -> str | None:
    """What is wrong with the name of an organization or a person; None when nothing is."""
    if not text.strip():
        return "is empty"
    if len(tidy(text)) > longest:
        return f"is longer than {longest} characters"
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        return "has a control character"
    return None


def fault_of_email(text: str) -> str | None:
    """What is wrong with an e-mail address; None when nothing is."""
    if len(text) > MAX_EMAIL_CHARACTERS:
        return f"is longer than {MAX_EMAIL_CHARACTERS} characters"
    return None if is_email(text) else "is not an address such as name@example.com"


def _problems_of_permissions(names: tuple[str, ...]) -> tuple[Problem, ...]:
    if len(names) > MAX_PERMISSIONS:
        return (Problem("permissions", f"has more than {MAX_PERMISSIONS} names"),)
    form = f"is not a permission name of at most {MAX_NAME_CHARACTERS} characters"
    faults = {
        f"permissions[{place}]": form if not is_permission_name(name) else "is one of our own names"
        for place, name in enumerate(names)
        if not is_permission_name(name) or name in _OWN
    }
    return tuple(Problem(field, fault) for field, fault in faults.items())


def tidy(text: str) -> str:
    """A name as it is kept: NFC, without outer space."""
    return unicodedata.normalize("NFC", text.strip())


def _already_done() -> Refused:
    return Refused(Code.ALREADY_DONE, "This deployment has been set up already.")
