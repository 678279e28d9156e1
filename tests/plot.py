"""How somebody in a story does something: who it is, with which token, and to what."""

from typing import Any, NamedTuple
from uuid import UUID

from hypothesis.stateful import RuleBasedStateMachine

from fairness import Before
from intrigue import NEWCOMERS, Town
from pairs import AT_CLIENTS
from player import Player, credential_of
from tokenhouse.core.link import Link, Purpose
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import Membership, Person
from tokenhouse.core.token import Token


class Act(NamedTuple):
    """Who does something, and with which of his tokens."""

    player: Player
    known: tuple[str, Token]


class Plot(RuleBasedStateMachine):
    """What the steps of every story are made of."""

    town: Town

    def _nth(self, there: list[Any], place: int) -> Any:
        return there[place % len(there)]

    def _act(self, place: int, needs: str) -> Act:
        """Somebody who does something, mostly one who may do such a thing somewhere."""
        there = [one for one in self.town.players.values() if one.secrets]
        able = [one for one in there if place % 5 and needs in {"", *self.town.rights(one)}]
        return self._with_one(self._nth(able or there, place), place)

    def _with_one(self, player: Player, place: int) -> Act:
        """Somebody with one of his tokens, mostly one that may manage something."""
        manage = [one for one in player.secrets if one[1].kind not in AT_CLIENTS or place % 13 == 0]
        known = manage or player.secrets
        return Act(player, known[-1 - place // 7 % len(known)])

    def _near(self, record: type[Any], place: int, act: Act) -> UUID:
        """What is named, mostly something of the organization where he acts."""
        there = self.town.all(record)
        here = [one for one in there if one.organization_id == act.known[1].organization_id]
        if record is Membership and place % 3 == 0:  # whoever a link rests on
            makers = {one.maker_id for one in self.town.all(Link)}
            here = [one for one in here if one.id in makers] or here
        if record is Token:
            here = [one for one in here if one.kind not in {"session", *AT_CLIENTS}]
        found: UUID = self._nth(here if here and place % 7 else there, place).id
        return found

    def _groups(self, places: list[int], act: Act) -> list[str]:
        return [str(self._near(PolicyGroup, place, act)) for place in places]

    def _email(self, place: int) -> str:
        """An address, half of the time one that nobody has yet."""
        if place % 2:
            return NEWCOMERS[place // 2 % len(NEWCOMERS)]
        return str(self._nth(self.town.all(Person), place // 2).email)

    def _do(self, act: Act, method: str, path: str, body: Any) -> None:
        before = Before(self.town, act.player)
        self.town.ask(act.player, credential_of(act.known), method, path, body)
        before.check(act.known[1].organization_id)

    def _use_at_once(self, act: Act, place: int) -> None:
        if act.player.links and place % 3 == 0:
            self._use(act.player, act.player.links[-1], amiss=False)

    def _use(self, player: Player, code: str, *, amiss: bool) -> None:
        link, before = self.town.link(code), Before(self.town, player)
        if link is None:
            player.links.remove(code)
            return
        recovers = (link.purpose is Purpose.RECOVERY) != amiss
        backed = self.town.is_backed(link)
        may = recovers and self.town.may_take_over(player, link.person_id)
        body = {"code": code, "password": player.password}
        path = "/v1/recoveries/redeem" if recovers else "/v1/invitations/accept"
        reply = self.town.ask(player, None, "POST", path, body)
        if reply.status < 300 and recovers:
            assert may, f"{player.name} took somebody over"
            player.took_over.add(link.person_id)
        elif reply.status < 300:
            self._joined(player, link.email, before)
        assert backed or reply.status >= 300, "a link was good that rests on nothing"
        before.check(link.organization_id, given=reply.status < 300)

    def _joined(self, player: Player, email: str, before: Before) -> None:
        person = next(one for one in self.town.all(Person) if one.email == email)
        if (Person, person.id) in before.records:
            assert person.id in player.people, f"{player.name} joined as somebody else"
        player.took_over.add(person.id)
