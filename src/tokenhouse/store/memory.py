"""The store in memory: the reference model that the other engines are compared with."""

from collections import Counter
from collections.abc import Iterable, Mapping
from operator import attrgetter
from threading import RLock
from typing import TypeVar
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
from tokenhouse.operations.ports import (
    Change,
    Clock,
    Committed,
    Conflict,
    Drop,
    Entropy,
    FeedEntry,
    FeedGone,
    GroupCount,
    KeptAnswer,
    Page,
    Put,
    Record,
    SignInRecord,
)
from tokenhouse.operations.set_up import CATALOGUE
from tokenhouse.store.order import (
    GROUP_ORDERS,
    TOKEN_ORDERS,
    group_rank,
    refuse_unknown,
    token_rank,
)
from tokenhouse.store.retention import ANSWERS, FEED, body_kept, end_of
from tokenhouse.store.settle import Head, Known, Settlement, Stamp, refs_of, settle
from tokenhouse.store.shape import Ref, check, organization_of, ref_of
from tokenhouse.store.unique import Claim, claims, folded

R = TypeVar("R", bound=Record)


class MemoryStore:
    """Fulfils `Store` with dictionaries under one lock; it is as durable as its process."""

    def __init__(self, clock: Clock, entropy: Entropy) -> None:
        self._clock = clock
        self._entropy = entropy
        self._lock = RLock()
        self._head = Head()
        self._records: dict[tuple[object, UUID], Record] = {}
        self._claims: dict[Claim, Ref] = {}
        self._events: list[RecordedEvent] = []
        self._feed: list[FeedEntry] = []

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
                if (kept := self._records.get(ref)) is not None
            }
            salts = self._entropy(SALT_BYTES * len(change.events))
            stamp = Stamp(self._clock.now(), salts, UUID(bytes=self._entropy(16)))
            settled = settle([change], self._head, known, stamp)
            if not self._claimable(settled.writes):
                return Conflict()
            self._apply(settled)
            return settled.outcomes[0]

    def _claimable(self, writes: Iterable[Put | Drop]) -> bool:
        freed: set[Claim] = set()
        taken: set[Claim] = set()
        for write in writes:
            kept = self._records.get(ref_of(write))
            if kept is not None:
                freed.update(claims(kept))
            if isinstance(write, Put):
                for claim in claims(write.record):
                    if claim in taken or (claim in self._claims and claim not in freed):
                        return False
                    taken.add(claim)
        return True

    def _apply(self, settled: Settlement) -> None:
        for write in settled.writes:
            self._forget(ref_of(write))
            if isinstance(write, Put):
                ref = ref_of(write)
                self._records[ref] = write.record
                self._claims.update(dict.fromkeys(claims(write.record), ref))
        self._events.extend(settled.events)
        self._feed.extend(settled.entries)
        self._head = settled.head

    def _forget(self, ref: Ref) -> None:
        kept = self._records.pop(ref, None)
        for claim in claims(kept) if kept is not None else ():
            self._claims.pop(claim, None)

    def _all(self, record: type[R]) -> list[R]:
        return [kept for kept in self._records.values() if isinstance(kept, record)]

    def _one(self, record: type[R], record_id: UUID) -> R | None:
        kept = self._records.get((record, record_id))
        return kept if isinstance(kept, record) else None

    def find(self, key: bytes | UUID) -> Found | None:
        """Find a token by its fingerprint, or by id, whatever its state."""
        with self._lock:
            if isinstance(key, UUID):
                return self._found(self._one(Token, key))
            ref = self._claims.get(("fingerprint", key))
            return self._found(self._one(Token, ref[1]) if ref is not None else None)

    def find_token(self, organization_id: UUID, token_id: UUID) -> Found | None:
        """Find a token of this organization, whatever its state."""
        with self._lock:
            token = self._one(Token, token_id)
            if token is None or token.organization_id != organization_id:
                return None
            return self._found(token)

    def _found(self, token: Token | None) -> Found | None:
        if token is None:
            return None
        membership = None
        ids = token.groups or ()
        if token.holder_kind is HolderKind.MEMBERSHIP:
            membership = self._one(Membership, token.holder_id)
            ids = membership.groups if membership is not None else ()
        standing = self._standing(token.organization_id, membership, ids)
        if standing is None:
            return None
        family_end = self._one(FamilyEnd, token.family_id)
        return Found(token, replace(standing, family_end=family_end), self._head.sequence)

    def _standing(
        self, organization_id: UUID, membership: Membership | None, ids: tuple[UUID, ...]
    ) -> Standing | None:
        deployment = self.deployment()
        organization = self._one(Organization, organization_id)
        if deployment is None or organization is None:
            return None
        person = self._one(Person, membership.person_id) if membership is not None else None
        groups = self.find_groups(organization_id, ids)
        return Standing(
            deployment, self.catalogue(), organization, person, membership, groups, None
        )

    def standing(self, membership_id: UUID) -> Standing | None:
        """What a membership rests on, be it ended or not."""
        with self._lock:
            membership = self._one(Membership, membership_id)
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
                for token in self._all(Token)
                if token.organization_id == organization_id
                and token.kind == kind
                and holder_id in {None, token.holder_id}
                and not self._revoked(token)
            ]
            listed.sort(key=lambda token: token_rank(token, page.order), reverse=page.descending)
            return tuple(listed[page.offset : page.offset + page.size])

    def _revoked(self, token: Token) -> bool:
        if token.revoked_at is not None or self._one(FamilyEnd, token.family_id) is not None:
            return True
        membership = self._one(Membership, token.holder_id)
        person = self._one(Person, membership.person_id) if membership is not None else None
        organization = self._one(Organization, token.organization_id)
        marked = (self.deployment(), organization, membership, person)
        return any(one is not None and token.sequence <= one.revoked_before for one in marked)

    def find_groups(self, organization_id: UUID, ids: tuple[UUID, ...]) -> tuple[PolicyGroup, ...]:
        """Those of the named groups that the organization has, in the order of the names."""
        with self._lock:
            found = (self._one(PolicyGroup, group_id) for group_id in dict.fromkeys(ids))
            return tuple(
                group
                for group in found
                if group is not None and group.organization_id == organization_id
            )

    def page_groups(self, organization_id: UUID, page: Page) -> tuple[GroupCount, ...]:
        """A page of policy groups with the number of memberships, not ended, that carry each."""
        refuse_unknown(page.order, GROUP_ORDERS)
        with self._lock:
            groups = [g for g in self._all(PolicyGroup) if g.organization_id == organization_id]
            groups.sort(key=lambda group: group_rank(group, page.order), reverse=page.descending)
            people = self._people(organization_id)
            return tuple(
                GroupCount(group, people[group.id])
                for group in groups[page.offset : page.offset + page.size]
            )

    def _people(self, organization_id: UUID) -> Counter[UUID]:
        return Counter(
            group_id
            for membership in self._all(Membership)
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
            ref = self._claims.get(("group", organization_id, folded(name)))
            return self._one(PolicyGroup, ref[1]) if ref is not None else None

    def find_for_sign_in(self, email: str) -> SignInRecord | None:
        """The person with this canonical e-mail, and what sign-in needs beside."""
        with self._lock:
            ref = self._claims.get(("email", email))
            person = self._one(Person, ref[1]) if ref is not None else None
            if person is None:
                return None
            memberships = [
                membership
                for membership in self._all(Membership)
                if membership.person_id == person.id and membership.ended_at is None
            ]
            memberships.sort(key=attrgetter("id.int"))
            return SignInRecord(person, self._one(Password, person.id), tuple(memberships))

    def find_people(self, organization_id: UUID, ids: tuple[UUID, ...]) -> tuple[Person, ...]:
        """Those of the named people with a membership here that has not ended, as named."""
        with self._lock:
            found = (self._one(Person, person_id) for person_id in dict.fromkeys(ids))
            return tuple(
                person
                for person in found
                if person is not None and ("membership", person.id, organization_id) in self._claims
            )

    def find_kept_answer(self, answer_id: UUID) -> KeptAnswer | None:
        """What an idempotency key already did."""
        with self._lock:
            return self._one(KeptAnswer, answer_id)

    def signing_keys(self) -> tuple[SigningKey, ...]:
        """All signing keys, oldest first."""
        with self._lock:
            return tuple(sorted(self._all(SigningKey), key=lambda k: (k.created_at, k.id.int)))

    def deployment(self) -> Deployment | None:
        """The deployment's own record."""
        with self._lock:
            return self._one(Deployment, DEPLOYMENT)

    def catalogue(self) -> Catalogue:
        """The permissions of the deployment."""
        with self._lock:
            return self._one(Catalogue, CATALOGUE) or Catalogue(CATALOGUE, 0, ())

    def head(self) -> tuple[int, Moment]:
        """The last feed sequence and the moment of its commit."""
        with self._lock:
            return self._head.sequence, self._head.moment

    def feed(self, after: int, limit: int) -> tuple[FeedEntry, ...]:
        """The feed behind a cursor; a cursor beyond the head is no cursor of this store."""
        with self._lock:
            if not self._head.feed_floor <= after <= self._head.sequence:
                raise FeedGone
            start = after - self._head.feed_floor
            return tuple(self._feed[start : start + limit])

    def events(
        self, organization_id: UUID | None, after: int, limit: int
    ) -> tuple[RecordedEvent, ...]:
        """Events behind a sequence, oldest first."""
        with self._lock:
            behind = (
                event
                for event in self._events[max(after, 0) :]
                if organization_id in {None, event.organization_id}
            )
            return tuple(event for event, _ in zip(behind, range(limit), strict=False))

    def purge(self, now: Moment, kept: Mapping[str, int], limit: int) -> int:
        """Forget what outlived its term, at most `limit` of each sort."""
        with self._lock:
            return (
                self._purge_tokens(now, kept, limit)
                + self._purge_families(limit)
                + self._purge_answers(now, limit)
                + self._purge_feed(now, limit)
                + self._purge_bodies(now, limit)
            )

    def _purge_tokens(self, now: Moment, kept: Mapping[str, int], limit: int) -> int:
        number = 0
        for kind, term in sorted(kept.items()):
            over = [
                token
                for token in self._all(Token)
                if token.kind == kind and self._over(token, now - term)
            ]
            over.sort(key=attrgetter("id.int"))
            for token in over[:limit]:
                self._forget((Token, token.id))
                spent = max(self._head.spent, token.id)
                self._head = replace(self._head, spent=spent)
            number += len(over[:limit])
        return number

    def _over(self, token: Token, horizon: Moment) -> bool:
        family_end = self._one(FamilyEnd, token.family_id)
        if family_end is not None and family_end.ended_at <= horizon:
            return True
        end = end_of(token)
        return end is not None and end <= horizon

    def _purge_families(self, limit: int) -> int:
        alive = {token.family_id for token in self._all(Token)}
        over = sorted(end.id for end in self._all(FamilyEnd) if end.id not in alive)[:limit]
        for family_id in over:
            self._forget((FamilyEnd, family_id))
        return len(over)

    def _purge_answers(self, now: Moment, limit: int) -> int:
        over = [a for a in self._all(KeptAnswer) if a.created_at <= now - ANSWERS]
        over.sort(key=attrgetter("created_at", "id.int"))
        for answer in over[:limit]:
            self._forget((KeptAnswer, answer.id))
        return len(over[:limit])

    def _purge_feed(self, now: Moment, limit: int) -> int:
        over = [entry for entry in self._feed[:limit] if entry.moment <= now - FEED]
        if over:
            del self._feed[: len(over)]
            self._head = replace(self._head, feed_floor=over[-1].sequence)
        return len(over)

    def _purge_bodies(self, now: Moment, limit: int) -> int:
        over = [
            event
            for event in self._events
            if event.body is not None and event.moment <= now - body_kept(event.name)
        ][:limit]
        for event in over:
            self._events[event.sequence - 1] = replace(event, body=None)
        return len(over)
