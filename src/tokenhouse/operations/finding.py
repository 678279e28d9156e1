"""Finds what somebody names by an id; one same refusal for an unknown id and a foreign one."""

from typing import Final
from uuid import UUID

from tokenhouse.core.client import Client
from tokenhouse.core.principal import Membership, Organization, Person, canonical_email
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.core.standing import Standing
from tokenhouse.operations.changes import Member, SignInRecord
from tokenhouse.operations.ports import Store

_NO_MEMBERSHIP: Final = "There is no such membership."


def find_organization(store: Store, organization_id: UUID) -> Organization:
    """An organization; raise Refused(NOT_FOUND)."""
    organization = store.find_organization(organization_id)
    if organization is None:
        raise no_organization()
    return organization


def no_organization() -> Refused:
    """The refusal of an organization that is none, or not the caller's to name."""
    return Refused(Code.NOT_FOUND, "There is no such organization.")


def find_person(store: Store, person_id: UUID) -> SignInRecord:
    """A person, and what sign-in needs beside; raise Refused(NOT_FOUND)."""
    record = store.find_person(person_id)
    if record is None:
        raise Refused(Code.NOT_FOUND, "There is no such person.")
    return record


def sign_in_name(store: Store, typed: str) -> str:
    """The canonical e-mail that is meant by an e-mail or by a short name.

    Whoever is known by neither goes on under what was typed, is counted and refused all the same.
    """
    name = canonical_email(typed)
    return name if "@" in name else store.email_of(name) or name


def is_of_another(store: Store, email: str, person_id: UUID) -> bool:
    """Tell whether a canonical e-mail is that of somebody else than this person."""
    record = store.find_for_sign_in(email)
    return record is not None and record.person.id != person_id


def find_member(store: Store, organization_id: UUID, membership_id: UUID) -> Member:
    """A membership of an organization that has not ended; raise Refused(NOT_FOUND)."""
    member = store.find_member(organization_id, membership_id)
    if member is None:
        raise Refused(Code.NOT_FOUND, _NO_MEMBERSHIP)
    return member


def find_membership(
    store: Store, organization_id: UUID, membership_id: UUID
) -> tuple[Standing, Membership, Person]:
    """The same with all that it rests on; raise Refused(NOT_FOUND)."""
    find_member(store, organization_id, membership_id)
    standing = store.standing(membership_id)
    if (
        standing is None
        or standing.membership is None
        or standing.person is None
        or standing.membership.ended_at is not None
    ):
        raise Refused(Code.NOT_FOUND, _NO_MEMBERSHIP)
    return standing, standing.membership, standing.person


def no_device() -> Refused:
    """One same refusal for a device that is unknown, foreign, or not proven to be known."""
    return Refused(Code.NOT_FOUND, "There is no such device.")


def find_client(store: Store, organization_id: UUID, client_id: UUID) -> Client:
    """A client of an organization, by its id; raise Refused(NOT_FOUND)."""
    client = store.one_client(organization_id, client_id)
    if client is None:
        raise Refused(Code.NOT_FOUND, "There is no such client.")
    return client
