"""What happened, as facts: the audit vocabulary, and the chain that makes it tamper-evident."""

import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeAlias
from uuid import UUID

import msgspec

from tokenhouse.core.moment import Moment

CHAIN_VERSION: Final = b"\x01"
SALT_BYTES: Final = 16
GENESIS: Final = bytes(32)
"""What the first event of a chain hashes in place of a previous one."""

Details: TypeAlias = dict[str, "str | int | bool | list[str] | None"]
"""As they are read again."""
Stated: TypeAlias = Mapping[str, "str | int | bool | UUID | list[str] | None"]
"""As an operation states them: an id is written as its text, in a fraction of the time."""


_CANONICAL: Final = msgspec.json.Encoder(order="sorted")


class Name(StrEnum):
    """Every event, as `family:subject:action`."""

    DEPLOYMENT_CREATED = "deployment:deployment:created"
    CATALOGUE_CHANGED = "deployment:catalogue:changed"
    CLOCK_JUMPED = "deployment:clock:jumped"
    CLOCK_ACCEPTED = "deployment:clock:accepted"
    KEY_CREATED = "key:deployment:created"
    KEY_ROTATED = "key:deployment:rotated"
    KEY_REWRAPPED = "key:deployment:rewrapped"
    KEY_ABANDONED = "key:deployment:abandoned"
    ORGANIZATION_CREATED = "organization:organization:created"
    ORGANIZATION_CHANGED = "organization:organization:changed"
    PERSON_CREATED = "person:person:created"
    PERSON_CHANGED = "person:person:changed"
    MEMBERSHIP_CREATED = "membership:person:created"
    MEMBERSHIP_CHANGED = "membership:person:changed"
    MEMBERSHIP_ENDED = "membership:person:ended"
    GROUP_CREATED = "group:organization:created"
    GROUP_CHANGED = "group:organization:changed"
    GROUP_REMOVED = "group:organization:removed"
    CLIENT_CREATED = "client:organization:created"
    CLIENT_CHANGED = "client:organization:changed"
    CLIENT_REMOVED = "client:organization:removed"
    DEVICE_CREATED = "device:organization:created"
    DEVICE_CHANGED = "device:organization:changed"
    DEVICE_REMOVED = "device:organization:removed"
    DEVICE_SECRETS_TOLD = "device:secrets:told"
    TOKEN_ISSUED = "token:holder:issued"
    TOKEN_CHANGED = "token:holder:changed"
    TOKEN_ROTATED = "token:holder:rotated"
    TOKEN_REFRESHED = "token:family:refreshed"
    TOKEN_RENEWED = "token:family:renewed"
    TOKEN_REUSED = "token:family:reused"
    TOKEN_REVOKED = "token:holder:revoked"
    FAMILY_REVOKED = "token:family:revoked"
    HOLDER_REVOKED = "token:all_of_holder:revoked"
    ORGANIZATION_REVOKED = "token:all_of_organization:revoked"
    DEPLOYMENT_REVOKED = "token:all_of_deployment:revoked"
    POLICIES_CHANGED = "organization:policies:changed"
    SIGNED_IN = "session:person:started"
    SIGNED_OUT = "session:person:ended"
    SESSIONS_ENDED = "session:all_of_person:ended"
    SIGN_IN_FAILED = "session:person:refused"
    MANAGEMENT_REFUSED = "actor:management:refused"
    CONNECTION_ENDED = "connection:holder:ended"
    PASSWORD_REHASHED = "person:password:rehashed"
    PASSWORD_CHANGED = "person:password:changed"
    EMAIL_CHANGED = "person:email:changed"
    FACTOR_PREPARED = "factor:person:prepared"
    FACTOR_ADDED = "factor:person:added"
    FACTOR_REMOVED = "factor:person:removed"
    FACTORS_REMOVED = "factor:all_of_person:removed"
    FACTOR_USED = "factor:person:used"
    FACTORS_REWRAPPED = "factor:deployment:rewrapped"
    RECOVERY_CODES_MADE = "factor:recovery_codes:made"
    INVITATION_CREATED = "invitation:organization:created"
    INVITATION_WITHDRAWN = "invitation:organization:withdrawn"
    INVITATION_ACCEPTED = "invitation:organization:accepted"
    RECOVERY_CREATED = "recovery:person:created"
    RECOVERY_USED = "recovery:person:used"


class Event(msgspec.Struct, frozen=True, gc=False):
    """One fact, as an operation states it; sequence, moment and salt are the commit's to add.

    `actor` is who did it (a principal's id, None for the system), `through` the token it was
    done with, `subject` what it was done to. `details` hold integers, never floats.
    """

    name: Name
    organization_id: UUID
    actor: UUID | None
    through: UUID | None
    subject: UUID
    details: Stated = {}


class RecordedEvent(msgspec.Struct, frozen=True, gc=False):
    """An event in its place. `body` is the canonical text, None once retention erased it.

    `person_id`: whom it concerns, where that is not the organization alone.
    """

    sequence: int
    organization_id: UUID
    name: str
    moment: Moment
    digest: bytes
    link: bytes
    body: str | None
    person_id: UUID | None = None


def canonical(event: Event, sequence: int, moment: Moment, salt: bytes) -> str:
    """The frozen text of an event: UTF-8 JSON, sorted keys, no spaces, integers only."""
    if len(salt) != SALT_BYTES:
        raise ValueError(f"an event takes {SALT_BYTES} bytes of salt")
    fields = {
        "actor": event.actor or None,
        "details": event.details,
        "moment": moment,
        "name": event.name.value,
        "organization": event.organization_id,
        "salt": salt.hex(),
        "sequence": sequence,
        "subject": event.subject,
        "through": event.through or None,
    }
    return _CANONICAL.encode(fields).decode()


def concerned(event: Event) -> UUID | None:
    """Whose own list of events an event stands in: the person told, or else who did it.

    Back ends act as their organization, which is no person.
    """
    told = event.details.get("person")
    if isinstance(told, UUID):
        return told
    if isinstance(told, str):
        return msgspec.convert(told, UUID)
    return None if event.actor == event.organization_id else event.actor


def concerned_in(body: str) -> UUID | None:
    """The same, read from the canonical text; raises ValueError for a text that is none."""
    try:
        fields = json.loads(body)
        told = fields["details"].get("person")
        actor = None if fields["actor"] == fields["organization"] else fields["actor"]
        whom = told if isinstance(told, str) else actor
        return None if whom is None else UUID(whom)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("no event says this") from error


def digest(body: str) -> bytes:
    """SHA-256 of an event's canonical text."""
    return hashlib.sha256(body.encode()).digest()


def link(previous: bytes, event_digest: bytes) -> bytes:
    """The next link of the chain: SHA-256(previous ‖ version ‖ digest of the event)."""
    return hashlib.sha256(previous + CHAIN_VERSION + event_digest).digest()


def record(
    event: Event, sequence: int, moment: Moment, salt: bytes, previous: bytes
) -> RecordedEvent:
    """Put an event in its place behind the link `previous`."""
    body = canonical(event, sequence, moment, salt)
    own = digest(body)
    return RecordedEvent(
        sequence=sequence,
        organization_id=event.organization_id,
        name=event.name.value,
        moment=moment,
        digest=own,
        link=link(previous, own),
        body=body,
        person_id=concerned(event),
    )


def broken_at(events: list[RecordedEvent], previous: bytes) -> int | None:
    """The sequence of the first event that does not follow `previous` and its like; None if all do.

    An erased body is believed by its digest, which the chain holds; what stood in it, the name
    and the moment too, can then no longer be proven.
    """
    for event in events:
        if event.body is not None and not _tells_itself(event, event.body):
            return event.sequence
        if link(previous, event.digest) != event.link:
            return event.sequence
        previous = event.link
    return None


def _tells_itself(event: RecordedEvent, body: str) -> bool:
    """Tell whether the body is the one recorded, and the columns beside it say the same."""
    if digest(body) != event.digest:
        return False
    try:
        fields = json.loads(body)
        told = (fields["sequence"], fields["organization"], fields["name"], fields["moment"])
        concerned = concerned_in(body)
    except (ValueError, KeyError, TypeError):
        return False
    beside = (event.sequence, str(event.organization_id), event.name, event.moment)
    return told == beside and concerned == event.person_id
