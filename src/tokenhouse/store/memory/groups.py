"""The reads about policy groups."""

from collections import Counter
from uuid import UUID

from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import Membership
from tokenhouse.operations.changes import GroupCount, Page, Stretch
from tokenhouse.store.memory.reading import Asked, along
from tokenhouse.store.order import GROUP_ORDERS, group_rank, refuse_unknown
from tokenhouse.store.unique import folded


class GroupReads(Asked):
    """Finds and lists policy groups of an organization."""

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

    def list_groups(self, organization_id: UUID, stretch: Stretch) -> tuple[GroupCount, ...]:
        """A stretch of an organization's policy groups, counted in the same way."""
        with self._lock:
            groups = along(
                self._kept.all(PolicyGroup), stretch, lambda g: g.organization_id == organization_id
            )
            people = self._people(organization_id)
            return tuple(GroupCount(group, people[group.id]) for group in groups)

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
            return self._kept.claimed(PolicyGroup, ("group", organization_id, folded(name)))
