"""Explain a token to whoever manages it: what it may do and why, its family, what happened."""

from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.core.explaining import Explanation, explain
from tokenhouse.core.judge import Demand, Good, Reason, enough, inactive
from tokenhouse.core.kind import Asker, Door, Kind
from tokenhouse.core.lineage import Generation, lineage
from tokenhouse.core.moment import Moment
from tokenhouse.core.principal import HolderKind
from tokenhouse.core.standing import Found
from tokenhouse.operations.admit import Actor, Admit, Asking, Caller
from tokenhouse.operations.changes import Stretch, Wanted
from tokenhouse.operations.holding import Held, Holding, Named, find_held
from tokenhouse.operations.ports import Clock, Store
from tokenhouse.operations.simulating import Question, Simulated, simulate
from tokenhouse.operations.trail import Matter, Part, of_organization, of_person
from tokenhouse.operations.trail import Wanted as WantedEvents

MOST_GENERATIONS: Final = 50
"""Tokens of a family that are shown, the newest ones."""
MOST_EVENTS: Final = 50
"""Events that are shown at once."""

_ALL_EVENTS: Final = Demand(Door.MANAGEMENT, frozenset({"EventsRead"}))
_OWN_EVENTS: Final = Demand(Door.MANAGEMENT, asker=Asker.PERSON)


class Lineage(msgspec.Struct, frozen=True):
    """A family in order. `has_earlier`: older ones are not shown, but for the token asked about."""

    generations: tuple[Generation, ...]
    has_earlier: bool


class Explained(msgspec.Struct, frozen=True):
    """What can be told of a token beyond its record.

    `reason` is why it is not good now; None where it is. `explanation` is what it may do as soon
    as there is no such reason. `events` is None where the caller may see none. `as_of` is the
    moment by which this was judged.
    """

    kind: Kind
    found: Found
    reason: Reason | None
    explanation: Explanation
    lineage: Lineage
    events: Part | None
    as_of: Moment


class Explain:
    """Explains tokens. `kinds` are all forms that a caller's own token can have."""

    def __init__(self, admit: Admit, store: Store, clock: Clock, kinds: tuple[Kind, ...]) -> None:
        self._admit = admit
        self._store = store
        self._clock = clock
        self._kinds: Final = {(kind.name, kind.holder, kind.letter is None): kind for kind in kinds}

    def __call__(self, caller: Asking, holding: Holding, named: Named) -> Explained:
        """Explain one token; raise Refused(NOT_FOUND) for any that is not among them."""
        actor = self._admit(caller)
        held = find_held(self._store, actor, holding, named)
        kind, found, now = held.kind, held.found, self._clock.now()
        family, has_earlier = self._family(held)
        matter = _matter(found, family, complete=not has_earlier)
        return Explained(
            kind=kind,
            found=found,
            reason=inactive(kind, found, now),
            explanation=explain(kind, found.token, found.standing),
            lineage=Lineage(lineage(kind, family, now), has_earlier),
            events=self._events(caller, actor, matter, None),
            as_of=now,
        )

    def events(
        self, caller: Asking, holding: Holding, named: Named, before: int | None = None
    ) -> Part | None:
        """What happened to a token and its family before a sequence, the newest first.

        None where the caller may see neither the organization's events nor his own. Nobody sees
        more than those lists show him. A part can be short or empty and yet not the last.
        """
        actor = self._admit(caller)
        held = find_held(self._store, actor, holding, named)
        family, has_earlier = self._family(held)
        matter = _matter(held.found, family, complete=not has_earlier)
        return self._events(caller, actor, matter, before)

    def may(self, caller: Asking, holding: Holding, named: Named, question: Question) -> Simulated:
        """Answer what the token may do, as the judge would at the door of an API.

        Nothing is counted as a use of it, and nothing is written. Raises Refused(MALFORMED) for
        what is no question.
        """
        actor = self._admit(caller)
        held = find_held(self._store, actor, holding, named)
        return simulate(held.kind, held.found, question, self._clock.now())

    def _family(self, held: Held) -> tuple[tuple[Found, ...], bool]:
        """The newest of a family, and the token itself; whether there are others."""
        token = held.found.token
        wanted = Wanted((held.kind.name,), family_id=token.family_id)
        newest = Stretch(MOST_GENERATIONS + 1, descending=True)
        read = self._store.list_tokens(token.organization_id, wanted, newest)
        shown = tuple(
            one for one in read[:MOST_GENERATIONS] if one.token.holder_id == token.holder_id
        )
        is_among = any(one.token.id == token.id for one in shown)
        return (shown if is_among else (*shown, held.found)), len(read) > MOST_GENERATIONS

    def _events(
        self, caller: Asking, actor: Actor, matter: Matter, before: int | None
    ) -> Part | None:
        wanted = WantedEvents(matter=matter)
        if self._would_be_shown(caller, actor, _ALL_EVENTS):
            return of_organization(self._store, actor, wanted, before, MOST_EVENTS)
        if self._would_be_shown(caller, actor, _OWN_EVENTS):
            return of_person(self._store, actor, wanted, before, MOST_EVENTS)
        return None

    def _would_be_shown(self, caller: Asking, actor: Actor, demand: Demand) -> bool:
        """Whether a list of events that demands this would be shown to the caller."""
        found = actor.found
        if found is None or not isinstance(caller, Caller):
            return True  # at the machine
        token = found.token
        kind = self._kinds[token.kind, token.holder_kind, token.fingerprint is None]
        good = Good(kind, found, actor.permissions)
        return enough(good, caller.spelling, demand, caller.address).allowed


def _matter(found: Found, family: tuple[Found, ...], *, complete: bool) -> Matter:
    token = found.token
    ids = frozenset[UUID](one.token.id for one in family)
    marked = {token.organization_id}
    if token.holder_kind is HolderKind.MEMBERSHIP:
        marked.add(token.holder_id)
    return Matter(
        token.organization_id,
        token.family_id,
        ids | {token.family_id},
        since=min(one.token.sequence for one in family) if complete else 0,
        marked=frozenset(marked),
    )
