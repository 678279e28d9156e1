"""Whatever happens to a family of refresh tokens, it has one live end and goes as was foretold."""

from collections import Counter
from typing import ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from core.families import CLIENTS, STRANGER, Decided, Family
from core.records import BOUNDED, NOW
from tokenhouse.core.client import Client
from tokenhouse.core.judge import AHEAD
from tokenhouse.core.moment import DAY, HOUR, SECOND, Moment
from tokenhouse.core.redemption import GRACE, Again, Declined, Fresh, Redemption, Reused

STEPS = st.sampled_from(
    [0, 1, SECOND, GRACE - 1, GRACE, GRACE + 1, HOUR, 2 * HOUR, DAY, 9 * DAY, 30 * DAY - 1]
)
PLACES = st.integers(0, 5)
"""How many generations before the last one."""


class Told(RuleBasedStateMachine):
    """Random lives of one family, foretold by generations and moments alone."""

    seen: ClassVar[Counter[type[Redemption]]]
    family: Family
    now: Moment
    redeemed_at: list[Moment]
    expires_at: list[Moment]

    @initialize(client=CLIENTS)
    def begin(self, client: Client) -> None:
        self.now = NOW
        self._sign_in(client)

    def _sign_in(self, client: Client) -> None:
        self.family = Family(client, self.now)
        self.redeemed_at = []
        self.expires_at = [self.now + client.refresh_lifetime]

    @rule(step=st.sampled_from([1, SECOND, 3 * SECOND]))
    def go_on_at_a_node_that_is_behind(self, step: int) -> None:
        """By less than what would make the newest token one of the future."""
        newest = self.family.generations[-1].created_at
        self.now = max(self.now - step, newest - AHEAD)

    @rule(after=STEPS)
    def renew(self, after: int) -> None:
        self.now += after
        self._present(self.family.end)

    @rule(back=PLACES, after=STEPS)
    def present(self, back: int, after: int) -> None:
        """By the client, or by a thief who is taken for it; whether the answer arrives or not."""
        self.now += after
        self._present(self._place(back))

    @rule(back=PLACES)
    def present_elsewhere(self, back: int) -> None:
        before = list(self.family.generations)
        answer = self.family.present(self._place(back), self.now, by=STRANGER)
        assert isinstance(answer, Declined)
        assert self.family.generations == before

    @rule(backs=st.lists(PLACES, min_size=2, max_size=4))
    def present_at_once(self, backs: list[int]) -> None:
        """At several nodes, each of which decides before any other has committed."""
        family = self.family
        places = [self._place(back) for back in backs]
        decided = [family.decide(place, self.now) for place in places]
        for place, one in zip(places, decided, strict=True):
            if self.family is family:
                self._settle(place, one)
            else:
                assert not family.commit(one, self.now)

    @rule()
    def revoke(self) -> None:
        self.family.revoke(self.now)
        self._over()

    def _over(self) -> None:
        """Nothing of the family is good for anything, and its person signs in anew."""
        assert not self.family.live_ends
        for place in range(self.family.end + 1):
            assert isinstance(self.family.present(place, self.now), Declined)
        self._sign_in(self.family.client)

    @invariant()
    def one_end_lives(self) -> None:
        assert self.family.live_ends == [self.family.generations[-1]]

    @invariant()
    def only_the_end_keeps_its_string_sealed(self) -> None:
        assert self.family.sealing == ([self.family.end] if self.family.end else [])

    @invariant()
    def it_lives_as_long_as_was_agreed(self) -> None:
        client, token = self.family.client, self.family.generations[-1]
        began = token.created_at if client.slides else self.family.generations[0].created_at
        assert token.expires_at == began + client.refresh_lifetime

    def _place(self, back: int) -> int:
        return max(0, self.family.end - back)

    def _present(self, place: int) -> None:
        self._settle(place, self.family.decide(place, self.now))

    def _settle(self, place: int, decided: Decided) -> None:
        if not self.family.commit(decided, self.now):
            self._present(place)
            return
        self._check(place, decided.redemption)

    def _check(self, place: int, answer: Redemption) -> None:
        self.seen[type(answer)] += 1
        expected = self._foretold(place)
        assert type(answer) is expected
        if expected is Reused:
            self._over()
        elif isinstance(answer, Again):
            assert self.family.opened(place, answer) == self.family.generations[-1].id
        elif expected is Fresh:
            assert self.family.end == place + 1
            self.redeemed_at.append(self.now)
            slides = self.family.client.slides
            self.expires_at.append(self.now + 30 * DAY if slides else self.expires_at[0])

    def _foretold(self, place: int) -> type[Redemption]:
        """What has to come of a generation now, in the words of the contract."""
        expired = self.expires_at[place] <= self.now
        if place == len(self.redeemed_at):
            return Declined if expired else Fresh
        young = self.now - self.redeemed_at[place] < 10 * SECOND
        before_the_end = place == len(self.redeemed_at) - 1
        if before_the_end and (young or self.family.client.secrets):
            return Declined if expired else Again
        return Declined if young else Reused


def test_whatever_happens_a_family_goes_as_was_foretold() -> None:
    Told.seen = Counter()
    run_state_machine_as_test(Told, settings=settings(BOUNDED, stateful_step_count=40))
    assert min(Told.seen[kind] for kind in (Fresh, Again, Declined, Reused)) > 50
