"""What operations read, as they need it: the reading part of the store's port."""

from collections.abc import Callable
from typing import Protocol, TypeVar
from uuid import UUID

from tokenhouse.clock import Uptime
from tokenhouse.core.catalogue import Catalogue
from tokenhouse.core.client import Client
from tokenhouse.core.device import Device
from tokenhouse.core.events import RecordedEvent
from tokenhouse.core.link import Link, Purpose
from tokenhouse.core.moment import Moment
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import Deployment, Organization, Person
from tokenhouse.core.second_factor import SpentChallenge, Totp
from tokenhouse.core.signing_key import SigningKey
from tokenhouse.core.standing import Found, Standing
from tokenhouse.core.token import Token
from tokenhouse.operations.changes import (
    FeedEntry,
    Floor,
    GroupCount,
    KeptAnswer,
    Member,
    Page,
    SignInRecord,
    Stretch,
    Wanted,
)
from tokenhouse.operations.ground import Ground, Relied
from tokenhouse.operations.many_tokens import ManyTokens

T = TypeVar("T")


class TokenSource(Protocol):
    """Where verification finds a token: the store, a cache over it, or a replica."""

    def find(self, key: bytes | UUID) -> Found | None:
        """Find a token by the fingerprint of its string, or by id once a signature was checked."""

    def left_ms(self) -> int:
        """How long what is taken from memory now may be kept at most; 0: all is asked for."""

    def anew(self, ask: Callable[[], T]) -> T:
        """Have this thread ask with nothing taken from memory."""

    def from_memory(self, ask: Callable[[], T]) -> tuple[T, Relied]:
        """Have this thread ask memory alone; raise NotRemembered at the first thing beyond it."""

    def relying(self, ask: Callable[[], T]) -> tuple[T, Relied | None]:
        """Tell what this thread took from memory; None where that was not all that it took."""

    def still(self, at: Callable[[Uptime], Moment], ground: Ground) -> Moment | None:
        """The moment by a clock, where a ground is good then.

        None where it is not: it would not be decided so, or cannot be told from memory. Raises
        Unavailable where the clock cannot be judged by.
        """

    def beyond_memory(self) -> None:
        """Raise NotRemembered in a thread that asks memory alone: what comes takes its time."""


class Records(TokenSource, ManyTokens, Protocol):
    """Everything that is kept, to be read; each method is one snapshot.

    What a token or a client rests on, and the signing keys, may be those of a snapshot that is
    older than the reach allows to be no more.
    """

    def find_token(self, organization_id: UUID, token_id: UUID) -> Found | None:
        """Find a token for managing it, within one organization only."""

    def find_token_numbered(self, organization_id: UUID, kind: str, number: int) -> Found | None:
        """Find the token of a kind that has this number, within one organization only."""

    def existing(self, ids: tuple[UUID, ...]) -> frozenset[UUID]:
        """Those of these ids of which there is a record of a token or a device."""

    def page_tokens(
        self, organization_id: UUID, kind: str, holder_id: UUID | None, page: Page
    ) -> tuple[Token, ...]:
        """A page of an organization's tokens of one kind that are not revoked.

        By `number` these are only those that have one.
        """

    def list_tokens(
        self, organization_id: UUID, wanted: Wanted, stretch: Stretch
    ) -> tuple[Found, ...]:
        """A stretch of an organization's tokens, whatever their state, in one snapshot."""

    def find_groups(self, organization_id: UUID, ids: tuple[UUID, ...]) -> tuple[PolicyGroup, ...]:
        """Those of the named groups that the organization has."""

    def page_groups(self, organization_id: UUID, page: Page) -> tuple[GroupCount, ...]:
        """A page of an organization's policy groups."""

    def list_groups(self, organization_id: UUID, stretch: Stretch) -> tuple[GroupCount, ...]:
        """A stretch of an organization's policy groups."""

    def find_group(self, organization_id: UUID, group_id: UUID) -> GroupCount | None:
        """One policy group of an organization."""

    def find_group_named(self, organization_id: UUID, name: str) -> PolicyGroup | None:
        """The group of an organization whose name is this one, without regard to case."""

    def find_for_sign_in(self, email: str) -> SignInRecord | None:
        """The person with this canonical e-mail, password, and memberships that have not ended."""

    def email_of(self, short_name: str) -> str | None:
        """The e-mail of whoever has this canonical short name."""

    def find_person(self, person_id: UUID) -> SignInRecord | None:
        """A person, and what sign-in needs beside."""

    def page_people(self, stretch: Stretch) -> tuple[Person, ...]:
        """A stretch of all people of the deployment."""

    def active_operators(self) -> int:
        """How many operators could sign in: they and one of their memberships are active."""

    def page_members(self, organization_id: UUID, stretch: Stretch) -> tuple[Member, ...]:
        """A stretch of an organization's memberships that have not ended."""

    def find_member(self, organization_id: UUID, membership_id: UUID) -> Member | None:
        """One membership of an organization that has not ended."""

    def find_member_by_email(self, organization_id: UUID, email: str) -> Member | None:
        """The membership, not ended, of whoever has this canonical e-mail."""

    def active_members(self, organization_id: UUID, group_id: UUID) -> int:
        """How many carry a group and are suspended neither as members nor as people."""

    def find_organization(self, organization_id: UUID) -> Organization | None:
        """An organization."""

    def page_organizations(self, stretch: Stretch) -> tuple[Organization, ...]:
        """A stretch of all organizations of the deployment."""

    def find_link(self, fingerprint: bytes) -> Link | None:
        """The one-time link of a presented string, be it still good or not."""

    def one_link(self, organization_id: UUID, link_id: UUID) -> Link | None:
        """A one-time link of an organization."""

    def page_links(
        self, organization_id: UUID, purpose: Purpose, stretch: Stretch
    ) -> tuple[Link, ...]:
        """A stretch of an organization's links of one purpose."""

    def one_client(self, organization_id: UUID, client_id: UUID) -> Client | None:
        """A client of an organization, by its id."""

    def page_clients(self, organization_id: UUID, stretch: Stretch) -> tuple[Client, ...]:
        """A stretch of an organization's clients."""

    def one_device(self, organization_id: UUID | None, device_id: UUID) -> Device | None:
        """A device, by its id; of one organization or (None) of any."""

    def numbered_device(self, organization_id: UUID | None, number: int) -> Device | None:
        """The device that has this number; of one organization or (None) of any."""

    def find_device(self, organization_id: UUID, identifier: str) -> Device | None:
        """The device of an organization that has this identifier."""

    def page_devices(self, organization_id: UUID | None, stretch: Stretch) -> tuple[Device, ...]:
        """A stretch of the devices of an organization or (None) of all."""

    def standing(self, membership_id: UUID) -> Standing | None:
        """What a membership rests on, as for judging one of its tokens."""

    def standing_of_client(self, client_id: str) -> Standing | None:
        """The client that presents itself by this name, with all that it rests on."""

    def find_kept_answer(self, answer_id: UUID) -> KeptAnswer | None:
        """What an idempotency key already did."""

    def signing_keys(self) -> tuple[SigningKey, ...]:
        """All signing keys, oldest first."""

    def deployment(self) -> Deployment | None:
        """The deployment's own record; None before it was set up."""

    def catalogue(self) -> Catalogue:
        """The permissions of the deployment; empty and of version 0 before it was set up."""

    def head(self) -> tuple[int, Moment]:
        """The last feed sequence and the moment of its commit."""

    def floor(self) -> Floor:
        """What the head tells of time."""

    def feed(self, after: int, limit: int) -> tuple[FeedEntry, ...]:
        """The feed behind a cursor, oldest first; raise FeedGone when it does not reach back."""

    def events(
        self, organization_id: UUID | None, after: int, limit: int
    ) -> tuple[RecordedEvent, ...]:
        """Events behind a sequence, oldest first, of one organization or (None) of all."""

    def recent_events(
        self, organization_id: UUID | None, before: int | None, limit: int
    ) -> tuple[RecordedEvent, ...]:
        """Events before a sequence, newest first, of one organization or (None) of all."""

    def recent_events_of_person(
        self, person_id: UUID, before: int | None, limit: int
    ) -> tuple[RecordedEvent, ...]:
        """Events that concern a person, in whatever organization, newest first."""

    def totps_under_another(self, master_key_id: str, after: UUID, size: int) -> tuple[Totp, ...]:
        """At most `size` apps behind an id whose secret is not sealed under this master key."""

    def find_spent(self, challenge_id: UUID) -> SpentChallenge | None:
        """The challenge of this id, once it was answered."""

    def is_passkey(self, credential_id: bytes) -> bool:
        """Whether a passkey of this id is kept, whosever it is."""
