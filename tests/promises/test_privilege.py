"""A search for a way up: random stories of people who try everything that they know of.

After each request: nobody can do more than he could, unless somebody gave it to him who might;
nobody but operators has changed or entered another organization; nobody can act as somebody else
whom no rightful recovery gave to him; no organization lost its last administrator, and the
deployment not its last operator. TOKENHOUSE_STORIES gives the number of stories of a longer search.
"""

import os
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from conformance.house import House
from intrigue import MANAGES, NEWCOMERS, Player, Powers, Records, Town, credential_of, owner
from tokenhouse.core.permission import PolicyGroup
from tokenhouse.core.principal import Membership, Organization, Password, Person
from tokenhouse.core.token import Token

STORIES: Final = int(os.environ.get("TOKENHOUSE_STORIES", "150"))
STEPS: Final = 25

NAMES: Final = ("anna", "bea", "olga", "uwe", "gina", "tom", "paul", "nora", "eve", "nick")
PERMISSIONS: Final = ("SystemsRead", "GroupsWrite", "AccountTokenWrite", MANAGES, "KeysWrite")

names = st.sampled_from(NAMES)
nth = st.integers(0, 40)
some = st.lists(nth, max_size=2)
permissions = st.lists(st.sampled_from(PERMISSIONS), unique=True, max_size=3)
yes = st.booleans()


class Before:
    """How things stood before a request."""

    def __init__(self, town: Town, player: Player) -> None:
        self.records: Records = town.records()
        self.powers: dict[str, Powers] = {
            name: town.power(one) for name, one in town.players.items()
        }
        self.administrators = town.administrators()
        self.player = player
        self.operates = town.operates(player)

    def might_give(self, gained: frozenset[str], place: UUID) -> bool:
        """Whether the one who acts might give this to somebody there."""
        held = self.powers[self.player.name].get(place, frozenset())
        return self.operates or MANAGES in held or gained <= held


class Intrigue(RuleBasedStateMachine):
    """One story."""

    town: Town

    @initialize()
    def begin(self) -> None:
        self.town.begin()

    # what people do

    @rule(who=names, token=nth, whom=nth)
    def sign_in(self, who: str, token: int, whom: int) -> None:
        player = self.town.players[who]
        person = self._pick(Person, whom)
        body = {"email": person.email, "password": player.password}
        if token % 2:
            body["organization"] = str(self._pick(Organization, token // 2).id)
        before = self._before(player)
        reply = self.town.ask(player, None, "POST", "/v1/sessions", body)
        begun = player.secrets[-1][1].organization_id if reply.status < 300 else None
        self._check(before, begun)

    @rule(who=names, token=nth, granted=permissions)
    def make_group(self, who: str, token: int, granted: list[str]) -> None:
        body = {"name": f"group {self.town.head}", "permissions": granted}
        self._act(who, token, "POST", "/v1/groups", body)

    @rule(who=names, token=nth, group=nth, granted=permissions)
    def edit_group(self, who: str, token: int, group: int, granted: list[str]) -> None:
        path = f"/v1/groups/{self._pick(PolicyGroup, group).id}"
        self._act(who, token, "PATCH", path, {"permissions": granted})

    @rule(who=names, token=nth, group=nth)
    def remove_group(self, who: str, token: int, group: int) -> None:
        self._act(who, token, "DELETE", f"/v1/groups/{self._pick(PolicyGroup, group).id}", None)

    @rule(
        who=names,
        token=nth,
        member=nth,
        groups=some,
        suspended=st.sampled_from([None, True, False]),
    )
    def edit_member(
        self, who: str, token: int, member: int, groups: list[int], suspended: bool | None
    ) -> None:
        path = f"/v1/memberships/{self._pick(Membership, member).id}"
        body: dict[str, Any] = {"groups": self._groups(groups)}
        self._act(
            who, token, "PATCH", path, body if suspended is None else {"suspended": suspended}
        )

    @rule(who=names, token=nth, member=nth)
    def end_member(self, who: str, token: int, member: int) -> None:
        self._act(
            who, token, "DELETE", f"/v1/memberships/{self._pick(Membership, member).id}", None
        )

    @rule(who=names, token=nth, groups=some, own=yes)
    def issue(self, who: str, token: int, groups: list[int], own: bool) -> None:
        body = {"groups": self._groups(groups)} if groups and not own else {}
        self._act(who, token, "POST", "/user/tokens" if own else "/account/tokens", body)

    @rule(who=names, token=nth, which=nth, groups=some)
    def edit_token(self, who: str, token: int, which: int, groups: list[int]) -> None:
        path = f"/account/tokens/{self._pick(Token, which).id}"
        self._act(who, token, "PATCH", path, {"groups": self._groups(groups)})

    @rule(who=names, token=nth, which=nth, where=st.sampled_from(["/account", "/v1", "/v1/me"]))
    def rotate(self, who: str, token: int, which: int, where: str) -> None:
        path = f"{where}/tokens/{self._pick(Token, which).id}/rotate"
        self._act(who, token, "POST", path, {})

    @rule(who=names, token=nth, whom=nth, groups=some, into=nth)
    def invite(self, who: str, token: int, whom: int, groups: list[int], into: int) -> None:
        emails = [*NEWCOMERS, *(one.email for one in self.town.all(Person))]
        body: dict[str, Any] = {"email": emails[whom % len(emails)], "full_name": "N"}
        if groups:
            body["groups"] = self._groups(groups)
        path = "/v1/invitations"
        if into % 4 == 0:
            path = f"/v1/organizations/{self._pick(Organization, into // 4).id}/invitations"
        self._act(who, token, "POST", path, body)

    @rule(who=names, to=names, link=nth)
    def hand_on(self, who: str, to: str, link: int) -> None:
        """Give somebody a link that is meant for him."""
        known = self.town.players[who].links
        text = known[link % len(known)] if known else ""
        player, kept = self.town.players[to], self.town.link(text)
        person = next((one for one in self.town.all(Person) if one.id == player.person_id), None)
        if kept is not None and person is not None and person.email == kept.email:
            player.links.append(text)

    @rule(who=names, link=nth, recovers=yes)
    def use_link(self, who: str, link: int, recovers: bool) -> None:
        player = self.town.players[who]
        if not player.links:
            return
        code = player.links[-1 - link % len(player.links)]
        path = "/v1/recoveries/redeem" if recovers else "/v1/invitations/accept"
        kept, before = self.town.link(code), self._before(player)
        may = kept is not None and recovers and self._may_redeem(player, kept.person_id)
        body = {"code": code, "password": player.password}
        reply = self.town.ask(player, None, "POST", path, body)
        if reply.status < 300 and kept is not None and recovers:
            assert may, f"{who} took somebody over"
            player.took_over.add(kept.person_id)
        elif reply.status < 300 and kept is not None:
            self._joined(player, kept.email, before)
        self._check(before, None if kept is None else kept.organization_id)

    def _may_redeem(self, player: Player, person_id: UUID) -> bool:
        own = person_id in player.people
        return own or self.town.operates(player) or self.town.in_charge(player, person_id)

    def _joined(self, player: Player, email: str, before: Before) -> None:
        person = next(one for one in self.town.all(Person) if one.email == email)
        if (Person, person.id) in before.records:
            assert person.id in player.people, f"{player.name} joined as somebody else"
        elif player.person_id is None:
            player.person_id = person.id
        else:
            player.took_over.add(person.id)

    @rule(who=names, token=nth, whom=nth, by_person=yes)
    def recover(self, who: str, token: int, whom: int, by_person: bool) -> None:
        path = f"/v1/memberships/{self._pick(Membership, whom).id}/recovery"
        if by_person:
            path = f"/v1/people/{self._pick(Person, whom).id}/recovery"
        self._act(who, token, "POST", path, {})

    @rule(who=names, token=nth, member=nth, to=nth)
    def change_email(self, who: str, token: int, member: int, to: int) -> None:
        emails = [*NEWCOMERS, *(one.email for one in self.town.all(Person))]
        path = f"/v1/memberships/{self._pick(Membership, member).id}/email"
        self._act(who, token, "PUT", path, {"email": emails[to % len(emails)]})

    @rule(who=names, token=nth)
    def change_password(self, who: str, token: int) -> None:
        word = self.town.players[who].password
        self._act(who, token, "POST", "/v1/me/password", {"current": word, "new": word + " anew"})

    @rule(who=names, token=nth, whom=nth, field=st.sampled_from(["suspended", "operator"]), to=yes)
    def edit_person(self, who: str, token: int, whom: int, field: str, to: bool) -> None:
        self._act(who, token, "PATCH", f"/v1/people/{self._pick(Person, whom).id}", {field: to})

    @rule(who=names, token=nth, which=nth, to=yes)
    def suspend_organization(self, who: str, token: int, which: int, to: bool) -> None:
        path = f"/v1/organizations/{self._pick(Organization, which).id}"
        self._act(who, token, "PATCH", path, {"suspended": to})

    # what must hold

    def _pick(self, record: type[Any], place: int) -> Any:
        there = self.town.all(record)
        return there[place % len(there)]

    def _groups(self, places: list[int]) -> list[str]:
        return [str(self._pick(PolicyGroup, place).id) for place in places]

    def _act(self, who: str, token: int, method: str, path: str, body: Any) -> None:
        player = self.town.players[who]
        if player.secrets:
            known = player.secrets[-1 - token % len(player.secrets)]
            before = self._before(player)
            self.town.ask(player, credential_of(known), method, path, body)
            self._check(before, known[1].organization_id)

    def _before(self, player: Player) -> Before:
        return Before(self.town, player)

    def _check(self, before: Before, place: UUID | None) -> None:
        self._nobody_rose(before)
        self._nobody_is_somebody_else()
        if not before.operates:
            self._stayed_within(before, place)
        for organization_id, count in self.town.administrators().items():
            assert count > 0 or before.administrators.get(organization_id, 0) == 0
        assert self.town.operators() > 0

    def _nobody_rose(self, before: Before) -> None:
        for name, player in self.town.players.items():
            for place, held in self.town.power(player).items():
                gained = held - before.powers[name].get(place, frozenset())
                assert not gained or before.might_give(gained, place), (name, gained)
        operators = {one.id for one in self.town.all(Person) if one.operator}
        then = {
            one.id for (kind, _), one in before.records.items() if kind is Person and one.operator
        }
        assert operators <= then or before.operates

    def _nobody_is_somebody_else(self) -> None:
        members = {one.id: one for one in self.town.all(Membership)}
        for player in self.town.players.values():
            for _, token in player.secrets:
                if token.holder_id in members:
                    assert members[token.holder_id].person_id in player.people, player.name

    def _stayed_within(self, before: Before, place: UUID | None) -> None:
        now = self.town.records()
        for ref in now.keys() | before.records.keys():
            record = now.get(ref) or before.records[ref]
            if now.get(ref) is not before.records.get(ref) and ref[0] is not Password:
                organization_id = owner(record)
                assert organization_id in {None, place}, (before.player.name, record)


@pytest.fixture(scope="module")
def town(at: House) -> Town:
    return Town(at)


def test_no_story_raises_anybody_whom_nobody_might_raise(town: Town):
    story = type("Story", (Intrigue,), {"town": town})
    run_state_machine_as_test(
        story,
        settings=settings(
            max_examples=STORIES,
            stateful_step_count=STEPS,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
