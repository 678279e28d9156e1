"""What must hold after every request of a story, whoever sent it and whatever was answered."""

from collections.abc import Callable
from uuid import UUID

from intrigue import MANAGES, Powers, Records, Town, owner
from player import Player
from tokenhouse.core.principal import Membership, Password, Person

_MightGive = Callable[[frozenset[str], UUID], bool]
"""Whether whoever asked might give what somebody has gained in an organization."""


class Before:
    """How things stood before a request, to hold what came of it against."""

    def __init__(self, town: Town, player: Player) -> None:
        self._town = town
        self._player = player
        self.records: Records = town.records()
        self._powers: dict[str, Powers] = {
            name: town.power(one) for name, one in town.players.items()
        }
        self._administrators = town.administrators()
        self._operates = town.operates(player)
        self._whole = town.whole(player)

    def check(self, place: UUID | None, *, given: bool = False) -> None:
        """Hold everything; `place` is the organization that the request was let into.

        `given`: a link was used, and whoever made it might give what it gives.
        """
        self._hold(place, None if given else self._might_give)

    def check_client(self, place: UUID, restored: frozenset[str]) -> None:
        """The same of what is done to a client, or with it: there nobody gives what he has not.

        `restored` is what a client gives that had been given it before.
        """
        self._hold(place, lambda gained, where: gained - restored <= self._held(where))
        given = self._town.whole(self._player) - self._whole
        assert self._operates or not given, f"{self._player.name} asks about everybody"

    def _hold(self, place: UUID | None, might_give: _MightGive | None) -> None:
        self._town.refuse_more_than_limited(self._player)
        if self._town.records() == self.records:
            return
        if might_give is not None:
            self._nobody_rose(might_give)
        self._nobody_is_somebody_else()
        if not self._operates:
            self._stayed_within(place)
        for organization_id, number in self._town.administrators().items():
            before = self._administrators.get(organization_id, 0)
            assert number > 0 or before == 0 or self._operates, "the last administrator is gone"
        assert self._town.operators() > 0, "the last operator is gone"

    def _might_give(self, gained: frozenset[str], place: UUID) -> bool:
        held = self._held(place)
        return self._operates or MANAGES in held or gained <= held

    def _held(self, place: UUID) -> frozenset[str]:
        return self._powers[self._player.name].get(place, frozenset())

    def _nobody_rose(self, might_give: _MightGive) -> None:
        for name, player in self._town.players.items():
            for place, held in self._town.power(player).items():
                gained = held - self._powers[name].get(place, frozenset())
                assert not gained or might_give(gained, place), f"{name} gained {gained}"
        then = {one.id for one in self.records.values() if isinstance(one, Person) and one.operator}
        now = {one.id for one in self._town.all(Person) if one.operator}
        assert now <= then or self._operates, "somebody became an operator"

    def _nobody_is_somebody_else(self) -> None:
        holders = {one.id: one.person_id for one in self._town.all(Membership)}
        for player in self._town.players.values():
            for _, token in player.secrets:
                person_id = holders.get(token.holder_id)
                is_his = person_id in player.people or token.id in player.stolen
                assert person_id is None or is_his, f"{player.name} is another"

    def _stayed_within(self, place: UUID | None) -> None:
        now = self._town.records()
        for ref in now.keys() | self.records.keys():
            if now.get(ref) is not self.records.get(ref) and ref[0] is not Password:
                reached = owner(now.get(ref) or self.records[ref])
                assert reached in {None, place}, f"{self._player.name} reached {ref}"
