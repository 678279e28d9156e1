"""The reads about people, the organizations that they belong to, and links that bring them in."""

from operator import attrgetter
from uuid import UUID

from tokenhouse.core.link import Link, Purpose
from tokenhouse.core.principal import Membership, Organization, Password, Person
from tokenhouse.core.second_factor import Factors, Passkey, RecoveryCodes, SpentChallenge, Totp
from tokenhouse.operations.changes import Member, SignInRecord, Stretch
from tokenhouse.store.memory.reading import Asked, along


class PeopleReads(Asked):
    """Finds and lists people, memberships, organizations and one-time links."""

    def find_for_sign_in(self, email: str) -> SignInRecord | None:
        """The person with this canonical e-mail, and what sign-in needs beside."""
        with self._lock:
            person = self._kept.claimed(Person, ("email", email))
            return self.find_person(person.id) if person is not None else None

    def email_of(self, short_name: str) -> str | None:
        """The e-mail of whoever has this canonical short name."""
        with self._lock:
            person = self._kept.claimed(Person, ("short name", short_name))
            return person.email if person is not None else None

    def find_person(self, person_id: UUID) -> SignInRecord | None:
        """A person, and what sign-in needs beside."""
        with self._lock:
            person = self._kept.one(Person, person_id)
            if person is None:
                return None
            memberships = [
                membership
                for membership in self._kept.all(Membership)
                if membership.person_id == person.id and membership.ended_at is None
            ]
            memberships.sort(key=attrgetter("id.int"))
            password = self._kept.one(Password, person.id)
            return SignInRecord(person, password, tuple(memberships), self._factors(person.id))

    def _factors(self, person_id: UUID) -> Factors:
        passkeys = [one for one in self._kept.all(Passkey) if one.person_id == person_id]
        return Factors(
            self._kept.one(Totp, person_id),
            tuple(sorted(passkeys, key=attrgetter("id.int"))),
            self._kept.one(RecoveryCodes, person_id),
        )

    def totps_under_another(self, master_key_id: str, after: UUID, size: int) -> tuple[Totp, ...]:
        """At most `size` apps behind an id whose secret is not sealed under this master key."""
        with self._lock:
            found = [
                one
                for one in self._kept.all(Totp)
                if one.master_key_id != master_key_id and one.id.bytes > after.bytes
            ]
            return tuple(sorted(found, key=attrgetter("id.int"))[:size])

    def is_passkey(self, credential_id: bytes) -> bool:
        """Whether a passkey of this id is kept, whosever it is."""
        with self._lock:
            return ("passkey", credential_id) in self._kept.claims

    def find_spent(self, challenge_id: UUID) -> SpentChallenge | None:
        """The challenge of this id, once it was answered."""
        with self._lock:
            return self._kept.one(SpentChallenge, challenge_id)

    def page_people(self, stretch: Stretch) -> tuple[Person, ...]:
        """A stretch of all people of the deployment."""
        with self._lock:
            return along(self._kept.all(Person), stretch, lambda _: True)

    def active_operators(self) -> int:
        """How many operators could sign in: they and one of their memberships are active."""
        with self._lock:
            active = {one.id for one in self._kept.all(Organization) if not one.suspended}
            members = {
                one.person_id
                for one in self._kept.all(Membership)
                if one.ended_at is None and not one.suspended and one.organization_id in active
            }
            return sum(
                one.operator and not one.suspended and one.id in members
                for one in self._kept.all(Person)
            )

    def page_members(self, organization_id: UUID, stretch: Stretch) -> tuple[Member, ...]:
        """A stretch of an organization's memberships that have not ended."""

        def fits(membership: Membership) -> bool:
            return membership.organization_id == organization_id and membership.ended_at is None

        with self._lock:
            people = {one.id: one for one in self._kept.all(Person)}
            listed = along(
                self._kept.all(Membership), stretch, lambda m: fits(m) and m.person_id in people
            )
            return tuple(Member(one, people[one.person_id]) for one in listed)

    def find_member(self, organization_id: UUID, membership_id: UUID) -> Member | None:
        """One membership of an organization that has not ended."""
        with self._lock:
            return self._member(organization_id, self._kept.one(Membership, membership_id))

    def find_member_by_email(self, organization_id: UUID, email: str) -> Member | None:
        """The membership, not ended, of whoever has this canonical e-mail."""
        with self._lock:
            person = self._kept.claimed(Person, ("email", email))
            key = ("membership", person.id if person else None, organization_id)
            kept = self._kept.claimed(Membership, key)
            return self._member(organization_id, kept)

    def _member(self, organization_id: UUID, kept: Membership | None) -> Member | None:
        if kept is None or kept.organization_id != organization_id or kept.ended_at is not None:
            return None
        person = self._kept.one(Person, kept.person_id)
        return Member(kept, person) if person is not None else None

    def active_members(self, organization_id: UUID, group_id: UUID) -> int:
        """How many carry a group and are suspended neither as members nor as people."""
        with self._lock:
            suspended = {one.id for one in self._kept.all(Person) if one.suspended}
            return sum(
                one.organization_id == organization_id
                and one.ended_at is None
                and not one.suspended
                and one.person_id not in suspended
                and group_id in one.groups
                for one in self._kept.all(Membership)
            )

    def find_organization(self, organization_id: UUID) -> Organization | None:
        """An organization."""
        with self._lock:
            return self._kept.one(Organization, organization_id)

    def page_organizations(self, stretch: Stretch) -> tuple[Organization, ...]:
        """A stretch of all organizations of the deployment."""
        with self._lock:
            return along(self._kept.all(Organization), stretch, lambda _: True)

    def find_link(self, fingerprint: bytes) -> Link | None:
        """The one-time link of a presented string, be it still good or not."""
        with self._lock:
            return self._kept.claimed(Link, ("link", fingerprint))

    def one_link(self, organization_id: UUID, link_id: UUID) -> Link | None:
        """A one-time link of an organization."""
        with self._lock:
            link = self._kept.one(Link, link_id)
            return link if link is not None and link.organization_id == organization_id else None

    def page_links(
        self, organization_id: UUID, purpose: Purpose, stretch: Stretch
    ) -> tuple[Link, ...]:
        """A stretch of an organization's links of one purpose."""

        def fits(link: Link) -> bool:
            return (link.organization_id, link.purpose) == (organization_id, purpose)

        with self._lock:
            return along(self._kept.all(Link), stretch, fits)
