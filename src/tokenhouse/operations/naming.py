"""Tell who the people behind ids are, to whoever may know it."""

from collections.abc import Iterable, Mapping
from typing import Final
from uuid import UUID

from tokenhouse.operations.admit import Actor, Admit, Caller
from tokenhouse.operations.ports import Store

KNOWS_PEOPLE: Final = "AccountsUsersRead"


class Names:
    """Names people: everybody knows himself, and some know everyone in their organization."""

    def __init__(self, admit: Admit, store: Store) -> None:
        self._admit = admit
        self._store = store

    def __call__(self, caller: Caller, ids: Iterable[UUID]) -> Mapping[UUID, str]:
        """The full names of those whom the caller may know; the others are absent."""
        actor = self._admit(caller)
        assert actor.person is not None
        named = {actor.person.id: actor.person.full_name}
        if KNOWS_PEOPLE in actor.permissions:
            strangers = set(ids) - named.keys() - {actor.organization_id}
            named |= {one: name for one in strangers if (name := self._name(actor, one))}
        return named

    def _name(self, actor: Actor, person_id: UUID) -> str | None:
        record = self._store.find_person(person_id)
        if record is None:
            return None
        here = any(one.organization_id == actor.organization_id for one in record.memberships)
        return record.person.full_name if here else None
