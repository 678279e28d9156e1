"""What may exist only once, as keys that a record claims; the SQL schema says the same."""

import unicodedata
from typing import TypeAlias

from tokenhouse.core.client import Client
from tokenhouse.core.device import Device
from tokenhouse.core.link import Link
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import Membership, Person
from tokenhouse.core.second_factor import Passkey
from tokenhouse.core.token import Token
from tokenhouse.operations.changes import Record

Claim: TypeAlias = tuple[object, ...]


def folded(name: str) -> str:
    """The form in which two names of policy groups are the same: NFC and case-folded."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def claims(record: Record) -> tuple[Claim, ...]:
    """The keys that no second record may claim while this one is kept."""
    match record:
        case Person():
            return tuple(_person_claims(record))
        case PolicyGroup():
            return (("group", record.organization_id, folded(record.name)),)
        case Membership() if record.ended_at is None:
            return (("membership", record.person_id, record.organization_id),)
        case Client():
            return (("client", record.client_id),)
        case Device():
            identifier = ("identifier", record.organization_id, record.identifier)
            return (identifier, ("device number", record.number))
        case Link():
            return (("link", record.fingerprint),)
        case Passkey():
            return (("passkey", record.credential_id),)
        case Token():
            return tuple(_token_claims(record))
        case _:
            return ()


def _person_claims(person: Person) -> list[Claim]:
    claimed: list[Claim] = [("email", person.email), ("person number", person.number)]
    if person.short_name is not None:
        claimed.append(("short name", person.short_name))
    return claimed


def _token_claims(token: Token) -> list[Claim]:
    claimed: list[Claim] = []
    if token.fingerprint is not None:
        claimed.append(("fingerprint", token.fingerprint))
    if token.number is not None:
        claimed.append(("number", token.kind, token.number))
    if token.status_index is not None:
        claimed.append(("status", token.status_index))
    return claimed
