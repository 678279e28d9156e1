"""The catalogue as a whole: show it, replace what it holds, and tell first what that would do."""

from typing import Final

import msgspec
from msgspec.structs import replace

from tokenhouse.core.catalogue import Catalogue, Contents, following, problems_of
from tokenhouse.core.events import Name
from tokenhouse.core.kind import Kind
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.operations.admit import Admit, Asking
from tokenhouse.operations.changes import Change, Put, guard_of
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.effect import Effect, effect
from tokenhouse.operations.found import tidy
from tokenhouse.operations.ports import Clock, Store
from tokenhouse.operations.stale import refuse_stale
from tokenhouse.operations.told import catalogue_told

MOST_FAULTS: Final = 100
"""Faults of a catalogue that are told; there may be more."""


class Preview(msgspec.Struct, frozen=True):
    """What a change would make of the catalogue, and what it would do to tokens and groups."""

    before: Catalogue
    after: Catalogue
    effect: Effect


class Curate:
    """Shows the catalogue; replaces all that it holds beside our own permissions.

    `kinds` are those whose tokens outlive a change of it long enough to be told of.
    """

    def __init__(self, admit: Admit, store: Store, clock: Clock, kinds: tuple[Kind, ...]) -> None:
        self._admit = admit
        self._store = store
        self._clock = clock
        self._kinds = kinds

    def shown(self, caller: Asking) -> Catalogue:
        """The catalogue as it is now."""
        self._admit(caller)
        return self._store.catalogue()

    def preview(self, caller: Asking, wanted: Contents, expected: int | None = None) -> Preview:
        """Tell what `change` would do with the same words, and refuse what it would refuse."""
        self._admit(caller)
        kept = self._store.catalogue()
        refuse_stale(kept.version, expected)
        after = _changed(kept, wanted)
        told = effect(self._store, self._kinds, self._clock.now(), kept, after)
        return Preview(kept, after, told)

    def change(self, caller: Asking, wanted: Contents, expected: int | None = None) -> Catalogue:
        """Let the catalogue hold this and nothing else; every token follows at once.

        `expected` is the version that the change starts from: Refused(STALE) for any other. Raises
        Refused(MALFORMED) for what no catalogue can hold.
        """

        def plan() -> Plan[Catalogue] | Settled[Catalogue]:
            actor = self._admit(caller)
            kept = self._store.catalogue()
            refuse_stale(kept.version, expected)
            after = _changed(kept, wanted)
            if after is kept:
                return Settled(kept)
            details = catalogue_told(kept, after)
            event = actor.event(Name.CATALOGUE_CHANGED, DEPLOYMENT, kept.id, details)
            relied_on = (*actor.guards, guard_of(kept))
            change = Change(DEPLOYMENT, relied_on, (Put(after),), (event,))
            return Plan(change, lambda done: done.written(Catalogue))

        return decide(self._store, plan)


def _changed(kept: Catalogue, wanted: Contents) -> Catalogue:
    """The catalogue that is wanted; the one that is kept where they hold the same."""
    tidied = replace(wanted, sets=tuple(replace(one, name=tidy(one.name)) for one in wanted.sets))
    if problems := problems_of(tidied.entries, tidied.sets):
        raise Refused(Code.MALFORMED, "No catalogue can hold this.", tuple(problems[:MOST_FAULTS]))
    after = following(kept, tidied)
    same = (after.entries, after.sets) == (kept.entries, kept.sets)
    return kept if same else after
