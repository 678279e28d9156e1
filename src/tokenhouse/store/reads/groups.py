"""The reads about policy groups."""

from collections import Counter
from uuid import UUID

from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.operations.changes import GroupCount, Page, Stretch
from tokenhouse.store import statements as sql
from tokenhouse.store.columns import Column, Row, uuids_of
from tokenhouse.store.order import GROUP_ORDERS, refuse_unknown
from tokenhouse.store.reads.reading import Asked, Reading, along, first, groups_among, rows
from tokenhouse.store.tables import GROUPS
from tokenhouse.store.unique import folded


class GroupReads(Asked):
    """Finds and lists policy groups of an organization."""

    def find_groups(self, organization_id: UUID, ids: tuple[UUID, ...]) -> tuple[PolicyGroup, ...]:
        """Those of the named groups that the organization has, in the order of the names."""
        return self._read(lambda reading: groups_among(reading, organization_id, ids))

    def page_groups(self, organization_id: UUID, page: Page) -> tuple[GroupCount, ...]:
        """A page of policy groups with the number of memberships, not ended, that carry each."""
        refuse_unknown(page.order, GROUP_ORDERS)
        statement = sql.GROUPS_PAGES[page.order, page.descending]
        return self._counted(statement, organization_id, size=page.size, offset=page.offset)

    def list_groups(self, organization_id: UUID, stretch: Stretch) -> tuple[GroupCount, ...]:
        """A stretch of an organization's policy groups, counted in the same way."""
        way, values = along(stretch)
        return self._counted(sql.GROUPS_BY_ID[way], organization_id, **values)

    def find_group(self, organization_id: UUID, group_id: UUID) -> GroupCount | None:
        """One policy group of an organization."""
        return first(self._counted(sql.GROUP_OF, organization_id, id=group_id.bytes))

    def _counted(
        self, statement: str, organization_id: UUID, **values: Column
    ) -> tuple[GroupCount, ...]:
        def ask(reading: Reading) -> tuple[GroupCount, ...]:
            within = {"organization": organization_id.bytes}
            groups = rows(reading, GROUPS, statement, {**values, **within})
            carried = reading.execute(sql.GROUPS_CARRIED, within) if groups else ()
            people = Counter(group_id for (blob,) in carried for group_id in uuids_of(blob))
            return tuple(GroupCount(group, people[group.id]) for group in groups)

        return self._read(ask)

    def find_group_named(self, organization_id: UUID, name: str) -> PolicyGroup | None:
        """The group of this name, without regard to case."""
        values: Row = {"organization": organization_id.bytes, "name": folded(name)}
        return first(self._once(lambda reading: rows(reading, GROUPS, sql.GROUP_NAMED, values)))
