"""The audit trail as people read it: newest first, an organization's or one's own."""

from collections.abc import Callable
from typing import Final, TypeAlias
from uuid import UUID

import msgspec

from tokenhouse.core.events import Details, Name, RecordedEvent
from tokenhouse.core.moment import Moment
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.operations.admit import Actor, Admit, Asking
from tokenhouse.operations.ports import Store

SCANNED: Final = 1_000
"""Events that one request looks at, where it wants some of them only."""

_STRETCH: Final = 250


class Told(msgspec.Struct, frozen=True):
    """What the body of an event says, as far as the reader may know it."""

    actor: UUID | None
    through: UUID | None
    subject: UUID
    details: Details


class Shown(msgspec.Struct, frozen=True):
    """An event, and what it says; None once its body was erased, or where it cannot be read."""

    event: RecordedEvent
    told: Told | None


class Matter(msgspec.Struct, frozen=True):
    """A family of tokens, as what events are about.

    `ids` are its tokens as far as they are known, and its own. `since` is the sequence from which
    it can have events. `marked` are holder and organization, of which all was revoked at once.
    """

    organization_id: UUID
    family_id: UUID
    ids: frozenset[UUID]
    since: int
    marked: frozenset[UUID] = frozenset()

    def is_told_of(self, shown: Shown) -> bool:
        """Whether an event is about one of them, or about all of which they are a part."""
        event, told = shown.event, shown.told
        if told is None or event.organization_id != self.organization_id:
            return False
        if told.subject in self.ids or told.details.get("family") == str(self.family_id):
            return True
        return event.name in _MARKING and told.subject in self.marked


class Wanted(msgspec.Struct, frozen=True):
    """Which events are asked for; None asks for all.

    `name` is a whole name or its beginning, such as `token` or `token:holder`. `since` is the
    first moment wanted, `until` the first one not wanted any more.
    """

    name: str | None = None
    actor: UUID | None = None
    subject: UUID | None = None
    person: UUID | None = None
    since: Moment | None = None
    until: Moment | None = None
    matter: Matter | None = None


class Part(msgspec.Struct, frozen=True):
    """Some events. `following`: the sequence before which the next ones are; None: no more."""

    events: tuple[Shown, ...]
    following: int | None


_Read: TypeAlias = Callable[[int | None, int], tuple[RecordedEvent, ...]]
_TOLD: Final = msgspec.json.Decoder(Told)
_OF_PEOPLE: Final = ("person:", "session:")
"""Families whose events are about the person who did them, and nobody else."""
_MARKING: Final = frozenset({Name.HOLDER_REVOKED.value, Name.ORGANIZATION_REVOKED.value})


class Trail:
    """Reads what happened. Nobody reads another organization's trail."""

    def __init__(self, admit: Admit, store: Store) -> None:
        self._admit = admit
        self._store = store

    def page(self, caller: Asking, wanted: Wanted, before: int | None, limit: int) -> Part:
        """The organization's events before a sequence; at the machine also all of them.

        Looks at SCANNED events at most, so a part can be short or empty and yet not the last.
        """
        actor = self._admit(caller)
        return of_organization(self._store, actor, wanted, before, limit)

    def of_me(self, caller: Asking, before: int | None, limit: int) -> Part:
        """What concerns the person who asks, in whatever organization it happened.

        Of what others did to him there, he is told what, and not who or by which token.
        """
        return of_person(self._store, self._admit(caller), Wanted(), before, limit)


def of_organization(
    store: Store, actor: Actor, wanted: Wanted, before: int | None, limit: int
) -> Part:
    """What `Trail.page` shows, to whoever was admitted to it."""
    whose = None if actor.organization_id == DEPLOYMENT else actor.organization_id

    def read(behind: int | None, size: int) -> tuple[RecordedEvent, ...]:
        return store.recent_events(whose, behind, size)

    return _scan(read, wanted, before, limit)


def of_person(store: Store, actor: Actor, wanted: Wanted, before: int | None, limit: int) -> Part:
    """What `Trail.of_me` shows, to the person who was admitted to it, as far as it is wanted."""
    assert actor.person is not None
    person_id, mine = actor.person.id, actor.organization_id

    def read(behind: int | None, size: int) -> tuple[RecordedEvent, ...]:
        return store.recent_events_of_person(person_id, behind, size)

    part = _scan(read, wanted, before, limit)
    shown = tuple(_for_person(one, person_id, mine) for one in part.events)
    return Part(shown, part.following)


def _scan(read: _Read, wanted: Wanted, before: int | None, limit: int) -> Part:
    everything = wanted == Wanted()
    found: list[Shown] = []
    looked = 0
    while looked < SCANNED:
        # one more than asked for tells whether more follow
        size = limit + 1 if everything else min(_STRETCH, SCANNED - looked)
        events = read(before, size)
        for event in events:
            if _is_too_old(event, wanted):
                return Part(tuple(found), None)
            shown = Shown(event, _told(event))
            if everything or _fits(shown, wanted):
                if len(found) == limit:
                    return Part(tuple(found), found[-1].event.sequence)
                found.append(shown)
            before = event.sequence
        looked += len(events)
        if len(events) < size:
            return Part(tuple(found), None)
    return Part(tuple(found), before)


def _is_too_old(event: RecordedEvent, wanted: Wanted) -> bool:
    if wanted.matter is not None and event.sequence < wanted.matter.since:
        return True
    return wanted.since is not None and event.moment < wanted.since


def _told(event: RecordedEvent) -> Told | None:
    if event.body is None:
        return None
    try:
        return _TOLD.decode(event.body)
    except msgspec.DecodeError:
        return None  # somebody changed it; the chain tells, and the rest stays readable


def _fits(shown: Shown, wanted: Wanted) -> bool:
    event, told = shown.event, shown.told
    if wanted.until is not None and event.moment >= wanted.until:
        return False
    if wanted.name is not None and not f"{event.name}:".startswith(f"{wanted.name}:"):
        return False
    if wanted.person is not None and event.person_id != wanted.person:
        return False
    if wanted.actor is not None and (told is None or told.actor != wanted.actor):
        return False
    if wanted.matter is not None and not wanted.matter.is_told_of(shown):
        return False
    return wanted.subject is None or (told is not None and told.subject == wanted.subject)


def _for_person(shown: Shown, person_id: UUID, mine: UUID) -> Shown:
    """What a person may know of an event that concerns him."""
    event, told = shown.event, shown.told
    if told is None:
        return shown
    did_it = told.actor == person_id
    here = event.organization_id == mine
    about_him = (
        told.details.get("person") == str(person_id)
        or told.subject == person_id
        or (did_it and event.name.startswith(_OF_PEOPLE))
    )
    return Shown(
        event,
        Told(
            actor=told.actor if did_it or here else None,
            through=told.through if did_it and here else None,
            subject=told.subject,
            details=told.details if here or about_him else {},
        ),
    )
