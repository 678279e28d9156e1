"""Random lives of families of refresh tokens, by the real operations, on real stores.

Clients redeem, ask again, lose answers, race themselves and give tokens back; thieves present what
they found, as the client or as another one; the clock moves; processes die right before a commit
or right after it, one alone or one of two. What comes of each step is foretold by generations and
moments alone. TOKENHOUSE_STORIES gives the number of lives of a longer search.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from crashing import Died, Nodes, nodes
from engines import ENGINES, TWO_NODES
from foretelling import Family
from redeeming import Redeemer
from registered import register
from stage import MovedClock, Stage
from tokenhouse.core.client import REFRESH_LIFETIME
from tokenhouse.core.credential import fingerprint
from tokenhouse.core.moment import DAY, HOUR, SECOND, Moment
from tokenhouse.core.redemption import GRACE
from tokenhouse.core.standing import Found

STORIES: Final = int(os.environ.get("TOKENHOUSE_STORIES", "48"))
OF_POSTGRES: Final = 12
"""A life there takes so many times as long, so there are so many times fewer."""
MOST_CRASHES: Final = 2
"""Of one life: to start a process takes longer than all the rest of it."""
STEPS: Final = 30
WAITS: Final = (1, SECOND, GRACE - 1, GRACE, GRACE + 1, HOUR, DAY, 9 * DAY, 30 * DAY - 1)

place = st.integers(0, 5)
"""How many generations before the last one."""


class Life(RuleBasedStateMachine):
    """A few families at once."""

    stage: ClassVar[Stage]
    nodes: ClassVar[Nodes]

    def __init__(self) -> None:
        super().__init__()
        self.families: list[Family] = []
        self.crashes = 0
        self.stranger = Redeemer(self.stage)

    @property
    def now(self) -> Moment:
        return self.stage.clock.moment

    @initialize(public=st.booleans(), slides=st.booleans())
    def begin(self, public: bool, slides: bool) -> None:
        self.sign_in(public, slides)

    @rule(public=st.booleans(), slides=st.booleans())
    def sign_in(self, public: bool, slides: bool) -> None:
        client = Redeemer(self.stage, register(self.stage, public=public, slides=slides))
        self.families.append(Family(client, not public, self.now))

    @rule(by=st.sampled_from(WAITS))
    def wait(self, by: int) -> None:
        self.stage.clock.moment += by

    @rule(which=place, back=place)
    def present(self, which: int, back: int) -> None:
        """By the client, whether the answer arrives or not, or by a thief taken for it."""
        family = self._family(which)
        self._present(family, family.place(back))

    @rule(which=place)
    def renew(self, which: int) -> None:
        self._present(self._family(which), len(self._family(which).texts) - 1)

    @precondition(lambda self: self.crashes < MOST_CRASHES)
    @rule(which=place, back=place, committed=st.booleans())
    def crash(self, which: int, back: int, committed: bool) -> None:
        """The process that redeems is gone, right before its commit or right after it."""
        self.crashes += 1
        family = self._family(which)
        at = family.place(back)
        foretold = family.foretold(at, self.now)
        if not crashed(self.nodes, family.client, family.texts[at], committed=committed):
            assert foretold == "declined"
        elif committed and foretold == "fresh":
            family.came(foretold, at, family.client.redeem(family.texts[at]), self.now)
        elif committed:
            family.ended = family.ended or foretold == "reused"
        self._present(family, at)

    @rule(which=place, back=place, first=place)
    def race(self, which: int, back: int, first: int) -> None:
        """Between the decision and its commit another node redeems of the same family."""
        family = self._family(which)
        own, other = family.place(back), family.place(first)
        self.nodes.first = lambda: self._present(family, other)
        given = family.client.redeem(family.texts[own])
        self.nodes.first = None
        family.came(family.foretold(own, self.now), own, given, self.now)

    @rule(which=place, back=place)
    def found_by_another_client(self, which: int, back: int) -> None:
        family = self._family(which)
        text = family.texts[family.place(back)]
        assert self.stranger.redeem(text) is None
        self.stranger.revoke(text)

    @rule(which=place, back=place)
    def give_back(self, which: int, back: int) -> None:
        family = self._family(which)
        family.client.revoke(family.texts[family.place(back)])
        family.ended = True

    @rule(which=place, back=place)
    def give_back_while_it_is_redeemed(self, which: int, back: int) -> None:
        family = self._family(which)
        at = family.place(back)
        self.nodes.first = lambda: self.give_back(which, 0)
        given = family.client.redeem(family.texts[at])
        self.nodes.first = None
        family.came(family.foretold(at, self.now), at, given, self.now)

    @invariant()
    def no_family_has_two_ends(self) -> None:
        for family in self.families:
            found = [self._found(text) for text in family.texts]
            ends = [one for one in found if one.token.superseded_at is None]
            assert len(ends) == 1
            assert ends[0].token.id == found[-1].token.id
            assert (found[-1].standing.family_end is not None) == family.ended

    @invariant()
    def only_the_end_of_a_family_keeps_its_string_for_its_predecessor(self) -> None:
        for family in self.families:
            sealed = [at for at, text in enumerate(family.texts) if self._found(text).token.sealed]
            assert sealed in ([], [len(family.texts) - 1])

    def _present(self, family: Family, at: int) -> None:
        foretold = family.foretold(at, self.now)
        given = family.client.redeem(family.texts[at])
        family.came(foretold, at, given, self.now)

    def _family(self, which: int) -> Family:
        return self.families[which % len(self.families)]

    def _found(self, text: str) -> Found:
        found = self.stage.store.find(fingerprint(text))
        assert found is not None
        return found


class Honest(RuleBasedStateMachine):
    """A client with a secret that is alone with its tokens, and loses answers.

    One keeps its first refresh token for good, the other takes each new one that arrives.
    """

    stage: ClassVar[Stage]
    nodes: ClassVar[Nodes]

    @initialize(slides=st.booleans())
    def begin(self, slides: bool) -> None:
        self.client = Redeemer(self.stage, slides=slides)
        self.slides, self.login = slides, self.stage.clock.moment
        self.first, self.held = self.client.sign_in(), self.client.sign_in()
        self.good_until = self.login + REFRESH_LIFETIME
        self.lost_until: Moment | None = None
        self.crashes = 0

    @rule(by=st.sampled_from(WAITS))
    def wait(self, by: int) -> None:
        self.stage.clock.moment += by

    @precondition(lambda self: self.crashes < MOST_CRASHES)
    @rule(first=st.booleans(), committed=st.booleans())
    def crash(self, first: bool, committed: bool) -> None:
        """Its answer is lost with the process that was to give it."""
        self.crashes += 1
        text = self.first if first else self.held
        if crashed(self.nodes, self.client, text, committed=committed) and committed and not first:
            self._lost()

    @rule(times=st.integers(1, 4))
    def keep_the_first(self, times: int) -> None:
        for _ in range(times):
            given = self.client.redeem(self.first)
            assert (given is not None) == (self.stage.clock.moment < self.login + REFRESH_LIFETIME)

    @rule(lost=st.integers(0, 3))
    def take_each_new_one(self, lost: int) -> None:
        """So many answers are lost, and then one arrives."""
        for arrives in [False] * lost + [True]:
            now = self.stage.clock.moment
            given = self.client.redeem(self.held)
            assert (given is not None) == (now < self.good_until)
            if given is None:
                return
            self._lost()
            if arrives:
                assert self.lost_until is not None
                self.held, self.good_until, self.lost_until = given, self.lost_until, None

    def _lost(self) -> None:
        """There is a successor from now on, whether it is known already or not."""
        if self.lost_until is None:
            now = self.stage.clock.moment
            self.lost_until = (now if self.slides else self.login) + REFRESH_LIFETIME


def crashed(nodes: Nodes, client: Redeemer, text: str, *, committed: bool) -> bool:
    """Redeem at a process that dies at its commit and is started anew; whether it came to that."""
    nodes.dies_at_the_next_commit(after=committed)
    try:
        client.redeem(text)
    except Died:
        return True
    else:
        return False
    finally:
        nodes.start_anew()


@pytest.fixture(params=[*ENGINES, TWO_NODES])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    clock = MovedClock()
    with nodes(request.param, tmp_path, clock, request.getfixturevalue) as (store, attempts):
        yield Stage(store, attempts, clock, tmp_path)


@pytest.mark.parametrize("life", [Life, Honest])
def test_no_life_of_a_family_goes_otherwise_than_foretold(
    request: pytest.FixtureRequest, stage: Stage, life: type[RuleBasedStateMachine]
):
    quick = request.node.callspec.params["stage"] in {"memory", "sqlite"}
    run_state_machine_as_test(
        type("Story", (life,), {"stage": stage, "nodes": stage.store}),
        settings=settings(
            max_examples=STORIES if quick else max(1, STORIES // OF_POSTGRES),
            stateful_step_count=STEPS,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
