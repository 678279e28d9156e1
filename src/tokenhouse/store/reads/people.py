"""The reads about people, the organizations that they belong to, and links that bring them in."""

from uuid import UUID

from tokenhouse.core.link import Link, Purpose
from tokenhouse.core.principal import Organization, Person
from tokenhouse.core.second_factor import Factors, SpentChallenge, Totp
from tokenhouse.operations.changes import Member, SignInRecord, Stretch
from tokenhouse.store import statements as sql
from tokenhouse.store.columns import Column, Row, uuids_of
from tokenhouse.store.reads.reading import Asked, Reading, along, first, one, rows
from tokenhouse.store.tables import (
    LINKS,
    MEMBERSHIPS,
    ORGANIZATIONS,
    PASSKEYS,
    PASSWORDS,
    PEOPLE,
    RECOVERY_CODES,
    SPENT_CHALLENGES,
    TOTPS,
)


class PeopleReads(Asked):
    """Finds and lists people, memberships, organizations and one-time links."""

    def find_for_sign_in(self, email: str) -> SignInRecord | None:
        """The person with this canonical e-mail, and what sign-in needs beside."""

        def ask(reading: Reading) -> SignInRecord | None:
            person = first(rows(reading, PEOPLE, sql.PERSON_BY_EMAIL, {"email": email}))
            return _known(reading, person)

        return self._read(ask)

    def email_of(self, short_name: str) -> str | None:
        """The e-mail of whoever has this canonical short name."""
        asked = {"short_name": short_name}
        listed = self._once(lambda reading: [*reading.execute(sql.EMAIL_BY_SHORT_NAME, asked)])
        return str(listed[0][0]) if listed else None

    def find_person(self, person_id: UUID) -> SignInRecord | None:
        """A person, and what sign-in needs beside."""
        return self._read(lambda reading: _known(reading, one(reading, PEOPLE, person_id)))

    def page_people(self, stretch: Stretch) -> tuple[Person, ...]:
        """A stretch of all people of the deployment."""
        way, values = along(stretch)
        return self._once(lambda reading: rows(reading, PEOPLE, sql.PEOPLE_BY_ID[way], values))

    def active_operators(self) -> int:
        """How many operators could sign in: they and one of their memberships are active."""
        ((count,),) = self._once(lambda reading: reading.execute(sql.OPERATORS, {}))
        return int(count)

    def page_members(self, organization_id: UUID, stretch: Stretch) -> tuple[Member, ...]:
        """A stretch of an organization's memberships that have not ended."""
        way, values = along(stretch)
        return self._members(sql.MEMBERS_BY_ID[way], organization_id, **values)

    def find_member(self, organization_id: UUID, membership_id: UUID) -> Member | None:
        """One membership of an organization that has not ended."""
        return first(self._members(sql.MEMBER, organization_id, id=membership_id.bytes))

    def find_member_by_email(self, organization_id: UUID, email: str) -> Member | None:
        """The membership, not ended, of whoever has this canonical e-mail."""
        return first(self._members(sql.MEMBER_BY_EMAIL, organization_id, email=email))

    def _members(
        self, statement: str, organization_id: UUID, **values: Column
    ) -> tuple[Member, ...]:
        within: Row = {"organization": organization_id.bytes, **values}
        cut = len(MEMBERSHIPS.columns)

        def ask(reading: Reading) -> tuple[Member, ...]:
            return tuple(
                Member(MEMBERSHIPS.record_of(row[:cut]), PEOPLE.record_of(row[cut:]))
                for row in reading.execute(statement, within)
            )

        return self._once(ask)

    def active_members(self, organization_id: UUID, group_id: UUID) -> int:
        """How many carry a group and are suspended neither as members nor as people."""
        within: Row = {"organization": organization_id.bytes}
        carried = self._once(lambda reading: reading.execute(sql.ACTIVE_CARRIED, within))
        return sum(group_id in uuids_of(blob) for (blob,) in carried)

    def find_organization(self, organization_id: UUID) -> Organization | None:
        """An organization."""
        return self._once(lambda reading: one(reading, ORGANIZATIONS, organization_id))

    def page_organizations(self, stretch: Stretch) -> tuple[Organization, ...]:
        """A stretch of all organizations of the deployment."""
        way, values = along(stretch)
        statement = sql.ORGANIZATIONS_BY_ID[way]
        return self._once(lambda reading: rows(reading, ORGANIZATIONS, statement, values))

    def find_link(self, fingerprint: bytes) -> Link | None:
        """The one-time link of a presented string, be it still good or not."""
        values: Row = {"key": fingerprint}
        return first(
            self._once(lambda reading: rows(reading, LINKS, sql.LINK_BY_FINGERPRINT, values))
        )

    def one_link(self, organization_id: UUID, link_id: UUID) -> Link | None:
        """A one-time link of an organization."""
        values: Row = {"id": link_id.bytes, "organization": organization_id.bytes}
        return first(self._once(lambda reading: rows(reading, LINKS, sql.LINK_OF, values)))

    def page_links(
        self, organization_id: UUID, purpose: Purpose, stretch: Stretch
    ) -> tuple[Link, ...]:
        """A stretch of an organization's links of one purpose."""
        way, values = along(stretch)
        within: Row = {"organization": organization_id.bytes, "purpose": purpose.value, **values}
        return self._once(lambda reading: rows(reading, LINKS, sql.LINKS_BY_ID[way], within))

    def totps_under_another(self, master_key_id: str, after: UUID, size: int) -> tuple[Totp, ...]:
        """At most `size` apps behind an id whose secret is not sealed under this master key."""
        values: Row = {"master_key": master_key_id, "after": after.bytes, "size": size}
        return self._once(lambda reading: rows(reading, TOTPS, sql.TOTPS_UNDER_ANOTHER, values))

    def find_spent(self, challenge_id: UUID) -> SpentChallenge | None:
        """The challenge of this id, once it was answered."""
        return self._once(lambda reading: one(reading, SPENT_CHALLENGES, challenge_id))

    def is_passkey(self, credential_id: bytes) -> bool:
        """Whether a passkey of this id is kept, whosever it is."""
        asked: Row = {"credential": credential_id}
        return bool(self._once(lambda reading: [*reading.execute(sql.PASSKEY_NAMED, asked)]))


def _known(reading: Reading, person: Person | None) -> SignInRecord | None:
    if person is None:
        return None
    password = one(reading, PASSWORDS, person.id)
    values: Row = {"person": person.id.bytes}
    memberships = rows(reading, MEMBERSHIPS, sql.MEMBERSHIPS_OF, values)
    factors = Factors(
        one(reading, TOTPS, person.id),
        rows(reading, PASSKEYS, sql.PASSKEYS_OF, values),
        one(reading, RECOVERY_CODES, person.id),
    )
    return SignInRecord(person, password, memberships, factors)
