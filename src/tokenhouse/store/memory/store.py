"""The store in memory: the reference model that the other engines are compared with.

Longer than most files, because the contract has that many reads.
"""

from collections import Counter
from collections.abc import Mapping
from operator import attrgetter
from threading import RLock
from uuid import UUID

from msgspec.structs import replace

from tokenhouse.core.events import SALT_BYTES, RecordedEvent
from tokenhouse.core.moment import Moment
from tokenhouse.core.permission import Catalogue, PolicyGroup
from tokenhouse.core.principal import (
    DEPLOYMENT,
    Deployment,
    HolderKind,
    Membership,
    Organization,
    Password,
    Person,
)
from tokenhouse.core.signing_key import SigningKey
from tokenhouse.core.standing import Found, Standing
from tokenhouse.core.token import FamilyEnd, Token
from tokenhouse.operations.changes import (
    Change,
    Committed,
    Conflict,
    FeedEntry,
    FeedGone,
    Floor,
    GroupCount,
    KeptAnswer,
    Page,
    SignInRecord,
)
from tokenhouse.operations.ports import Clock, Entropy
from tokenhouse.operations.set_up import CATALOGUE
from tokenhouse.store.head import moment_of
from tokenhouse.store.memory.purge import purge
from tokenhouse.store.memory.records import Records
from tokenhouse.store.order import (
    GROUP_ORDERS,
    TOKEN_ORDERS,
    group_rank,
    refuse_unknown,
    token_rank,
)
from tokenhouse.store.settle import Known, Stamp, refs_of, settle
from tokenhouse.store.shape import check, organization_of
from tokenhouse.store.unique import folded


class MemoryStore:
    """Fulfils `Store` with dictionaries under one lock; it is as durable as its process."""

    def __init__(self, clock: Clock, entropy: Entropy) -> None:
        self._clock = clock
        self._entropy = entropy
        self._lock = RLock()
        self._kept = Records()

    broken: Exception | None = None
    """Nothing here can fail to be durable."""

    def close(self) -> None:
        """Nothing waits, and nothing is held."""

    def commit(self, change: Change) -> Committed | Conflict:
        """Settle a change alone and keep what it writes."""
        check(change)
        with self._lock:
            refs = refs_of([change])
            known = {
                ref: Known(kept.version, organization_of(kept))
                for ref in refs
                if (kept := self._kept.get(ref)) is not None
            }
            salts = self._entropy(SALT_BYTES * len(change.events))
            stamp = Stamp(moment_of([change], self._clock), salts, UUID(bytes=self._entropy(16)))
            settled = settle([change], self._kept.head, known, stamp)
            if not self._kept.claimable(settled.writes):
                return Conflict()
            self._kept.apply(settled)
            return settled.outcomes[0]

    def find(self, key: bytes | UUID) -> Found | None:
        """Find a token by its fingerprint, or by id, whatever its state."""
        with self._lock:
            if isinstance(key, UUID):
                return self._found(self._kept.one(Token, key))
            ref = self._kept.claims.get(("fingerprint", key))
            return self._found(self._kept.one(Token, ref[1]) if ref is not None else None)

    def find_token(self, organization_id: UUID, token_id: UUID) -> Found | None:
        """Find a token of this organization, whatever its state."""
        with self._lock:
            token = self._kept.one(Token, token_id)
            if token is None or token.organization_id != organization_id:
                return None
            return self._found(token)

    def _found(self, token: Token | None) -> Found | None:
        if token is None:
            return None
        membership = None
        ids = token.groups or ()
        if token.holder_kind is HolderKind.MEMBERSHIP:
            membership = self._kept.one(Membership, token.holder_id)
            ids = membership.groups if membership is not None else ()
        standing = self._standing(token.organization_id, membership, ids)
        if standing is None:
            return None
        family_end = self._kept.one(FamilyEnd, token.family_id)
        standing = replace(standing, family_end=family_end)
        epoch = self._kept.epoch(token.organization_id)
        return Found(token, standing, self._kept.head.sequence, epoch)

    def _standing(
        self, organization_id: UUID, membership: Membership | None, ids: tuple[UUID, ...]
    ) -> Standing | None:
        deployment = self.deployment()
        organization = self._kept.one(Organization, organization_id)
        if deployment is None or organization is None:
            return None
        person = self._kept.one(Person, membership.person_id) if membership is not None else None
        groups = self.find_groups(organization_id, ids)
        return Standing(
            deployment, self.catalogue(), organization, person, membership, groups, None
        )

    def standing(self, membership_id: UUID) -> Standing | None:
        """What a membership rests on, be it ended or not."""
        with self._lock:
            membership = self._kept.one(Membership, membership_id)
            if membership is None:
                return None
            return self._standing(membership.organization_id, membership, membership.groups)

    def page_tokens(
        self, organization_id: UUID, kind: str, holder_id: UUID | None, page: Page
    ) -> tuple[Token, ...]:
        """A page of tokens revoked neither by themselves nor by their family or a marker."""
        refuse_unknown(page.order, TOKEN_ORDERS)
        with self._lock:
            listed = [
                token
                for token in self._kept.all(Token)
                if token.organization_id == organization_id
                and token.kind == kind
                and holder_id in {None, token.holder_id}
                and not self._revoked(token)
            ]
            listed.sort(key=lambda token: token_rank(token, page.order), reverse=page.descending)
            return tuple(listed[page.offset : page.offset + page.size])

    def _revoked(self, token: Token) -> bool:
        if token.revoked_at is not None or self._kept.one(FamilyEnd, token.family_id) is not None:
            return True
        membership = self._kept.one(Membership, token.holder_id)
        person = self._kept.one(Person, membership.person_id) if membership is not None else None
        organization = self._kept.one(Organization, token.organization_id)
        marked = (self.deployment(), organization, membership, person)
        return any(one is not None and token.sequence <= one.revoked_before for one in marked)

    def find_groups(self, organization_id: UUID, ids: tuple[UUID, ...]) -> tuple[PolicyGroup, ...]:
        """Those of the named groups that the organization has, in the order of the names."""
        with self._lock:
            found = (self._kept.one(PolicyGroup, group_id) for group_id in dict.fromkeys(ids))
            return tuple(
                group
                for group in found
                if group is not None and group.organization_id == organization_id
            )

    def page_groups(self, organization_id: UUID, page: Page) -> tuple[GroupCount, ...]:
        """A page of policy groups with the number of memberships, not ended, that carry each."""
        refuse_unknown(page.order, GROUP_ORDERS)
        with self._lock:
            groups = [
                g for g in self._kept.all(PolicyGroup) if g.organization_id == organization_id
            ]
            groups.sort(key=lambda group: group_rank(group, page.order), reverse=page.descending)
            people = self._people(organization_id)
            return tuple(
                GroupCount(group, people[group.id])
                for group in groups[page.offset : page.offset + page.size]
            )

    def _people(self, organization_id: UUID) -> Counter[UUID]:
        return Counter(
            group_id
            for membership in self._kept.all(Membership)
            if membership.organization_id == organization_id and membership.ended_at is None
            for group_id in membership.groups
        )

    def find_group(self, organization_id: UUID, group_id: UUID) -> GroupCount | None:
        """One policy group of an organization."""
        with self._lock:
            for group in self.find_groups(organization_id, (group_id,)):
                return GroupCount(group, self._people(organization_id)[group_id])
            return None

    def find_group_named(self, organization_id: UUID, name: str) -> PolicyGroup | None:
        """The group of this name, without regard to case."""
        with self._lock:
            ref = self._kept.claims.get(("group", organization_id, folded(name)))
            return self._kept.one(PolicyGroup, ref[1]) if ref is not None else None

    def find_for_sign_in(self, email: str) -> SignInRecord | None:
        """The person with this canonical e-mail, and what sign-in needs beside."""
        with self._lock:
            ref = self._kept.claims.get(("email", email))
            person = self._kept.one(Person, ref[1]) if ref is not None else None
            if person is None:
                return None
            memberships = [
                membership
                for membership in self._kept.all(Membership)
                if membership.person_id == person.id and membership.ended_at is None
            ]
            memberships.sort(key=attrgetter("id.int"))
            return SignInRecord(person, self._kept.one(Password, person.id), tuple(memberships))

    def find_kept_answer(self, answer_id: UUID) -> KeptAnswer | None:
        """What an idempotency key already did."""
        with self._lock:
            return self._kept.one(KeptAnswer, answer_id)

    def signing_keys(self) -> tuple[SigningKey, ...]:
        """All signing keys, oldest first."""
        with self._lock:
            return tuple(sorted(self._kept.all(SigningKey), key=lambda k: (k.created_at, k.id.int)))

    def deployment(self) -> Deployment | None:
        """The deployment's own record."""
        with self._lock:
            return self._kept.one(Deployment, DEPLOYMENT)

    def catalogue(self) -> Catalogue:
        """The permissions of the deployment."""
        with self._lock:
            return self._kept.one(Catalogue, CATALOGUE) or Catalogue(CATALOGUE, 0, ())

    def head(self) -> tuple[int, Moment]:
        """The last feed sequence and the moment of its commit."""
        with self._lock:
            return self._kept.head.sequence, self._kept.head.moment

    def floor(self) -> Floor:
        """What the head tells of time."""
        with self._lock:
            return self._kept.head.floor

    def feed(self, after: int, limit: int) -> tuple[FeedEntry, ...]:
        """The feed behind a cursor; a cursor beyond the head is no cursor of this store."""
        with self._lock:
            if not self._kept.head.feed_floor <= after <= self._kept.head.sequence:
                raise FeedGone
            start = after - self._kept.head.feed_floor
            return tuple(self._kept.feed[start : start + limit])

    def events(
        self, organization_id: UUID | None, after: int, limit: int
    ) -> tuple[RecordedEvent, ...]:
        """Events behind a sequence, oldest first."""
        with self._lock:
            behind = (
                event
                for event in self._kept.events[max(after, 0) :]
                if organization_id in {None, event.organization_id}
            )
            return tuple(event for event, _ in zip(behind, range(limit), strict=False))

    def purge(self, now: Moment, kept: Mapping[str, int], limit: int) -> int:
        """Forget what outlived its term, at most `limit` of each sort."""
        with self._lock:
            return purge(self._kept, now, kept, limit)
