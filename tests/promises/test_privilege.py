"""A search for a way up: random stories of people who try everything that they know of.

After each request: nobody can do more than he could, unless somebody gave it to him who might;
nobody but operators has changed or entered another organization; nobody can act as somebody else
whom no rightful recovery gave to him; no organization lost its last administrator, and the
deployment not its last operator. TOKENHOUSE_STORIES gives the number of stories of a longer search.
"""

import os
from collections.abc import Iterator
from typing import Any, Final, NamedTuple
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from conformance.face_suite import FACES
from conformance.house import house
from conformance.ranks import CHEAP
from fairness import Before
from intrigue import MANAGES, NEWCOMERS, Player, Town, credential_of
from tokenhouse.core.link import Link, Purpose
from tokenhouse.core.permission import PolicyGroup
from tokenhouse.core.principal import Membership, Organization, Person
from tokenhouse.core.token import Token

STORIES: Final = int(os.environ.get("TOKENHOUSE_STORIES", "250"))
STEPS: Final = 25
PERMISSIONS: Final = ("SystemsRead", "GroupsWrite", "AccountTokenWrite", MANAGES)
OPERATES: Final = "OrganizationsWrite"

nth = st.integers(0, 60)
some = st.lists(nth, max_size=2)


class Act(NamedTuple):
    """Who does something, and with which of his tokens."""

    player: Player
    known: tuple[str, Token]


class Intrigue(RuleBasedStateMachine):
    """One story."""

    town: Town

    @initialize()
    def begin(self) -> None:
        self.town.begin()

    # what people do

    @rule(who=nth, whom=nth, where=nth)
    def sign_in(self, who: int, whom: int, where: int) -> None:
        player, there = self._nth([*self.town.players.values()], who), self.town.all(Person)
        theirs = [one for one in there if one.id in player.people and whom % 4]
        body = {"email": self._nth(theirs or there, whom).email, "password": player.password}
        if where % 2:
            body["organization"] = str(self._nth(self.town.all(Organization), where // 2).id)
        before = Before(self.town, player)
        reply = self.town.ask(player, None, "POST", "/v1/sessions", body)
        before.check(player.secrets[-1][1].organization_id if reply.status < 300 else None)

    @rule(who=nth, granted=st.lists(st.sampled_from(PERMISSIONS), unique=True))
    def make_group(self, who: int, granted: list[str]) -> None:
        body = {"name": f"group {self.town.head}", "permissions": granted}
        self._do(self._act(who, "GroupsWrite"), "POST", "/v1/groups", body)

    @rule(who=nth, group=nth, granted=st.lists(st.sampled_from(PERMISSIONS), unique=True))
    def edit_group(self, who: int, group: int, granted: list[str]) -> None:
        act = self._act(who, "GroupsWrite")
        path = f"/v1/groups/{self._near(PolicyGroup, group, act)}"
        self._do(act, "PATCH", path, {"permissions": granted})

    @rule(who=nth, group=nth)
    def remove_group(self, who: int, group: int) -> None:
        act = self._act(who, "GroupsWrite")
        self._do(act, "DELETE", f"/v1/groups/{self._near(PolicyGroup, group, act)}", None)

    @rule(who=nth, member=nth, groups=some)
    def give_groups(self, who: int, member: int, groups: list[int]) -> None:
        act = self._act(who, MANAGES)
        path = f"/v1/memberships/{self._near(Membership, member, act)}"
        self._do(act, "PATCH", path, {"groups": self._groups(groups, act)})

    @rule(who=nth, member=nth, to=st.booleans())
    def suspend_member(self, who: int, member: int, to: bool) -> None:
        act = self._act(who, MANAGES)
        path = f"/v1/memberships/{self._near(Membership, member, act)}"
        self._do(act, "PATCH", path, {"suspended": to})

    @rule(who=nth, member=nth)
    def end_member(self, who: int, member: int) -> None:
        act = self._act(who, MANAGES)
        self._do(act, "DELETE", f"/v1/memberships/{self._near(Membership, member, act)}", None)

    @rule(who=nth, groups=some)
    def issue(self, who: int, groups: list[int]) -> None:
        act = self._act(who, "AccountTokenWrite")
        body = {"groups": self._groups(groups, act)} if groups else {}
        self._do(act, "POST", "/account/tokens", body)

    @rule(who=nth)
    def issue_own(self, who: int) -> None:
        self._do(self._act(who, ""), "POST", "/user/tokens", {})

    @rule(who=nth, which=nth, groups=some)
    def edit_token(self, who: int, which: int, groups: list[int]) -> None:
        act = self._act(who, "AccountTokenWrite")
        body = {"groups": self._groups(groups, act)}
        self._do(act, "PATCH", f"/account/tokens/{self._near(Token, which, act)}", body)

    @rule(who=nth, which=nth, where=st.sampled_from(["/account", "/v1", "/v1/me"]))
    def rotate(self, who: int, which: int, where: str) -> None:
        act = self._act(who, "AccountTokenWrite")
        self._do(act, "POST", f"{where}/tokens/{self._near(Token, which, act)}/rotate", {})

    @rule(who=nth, whom=nth, groups=some, into=nth)
    def invite(self, who: int, whom: int, groups: list[int], into: int) -> None:
        act, path = self._act(who, MANAGES), "/v1/invitations"
        body: dict[str, Any] = {"email": self._email(whom), "full_name": "N"}
        if groups:
            body["groups"] = self._groups(groups, act)
        if into % 4 == 0:
            where = self._nth(self.town.all(Organization), into // 4)
            path = f"/v1/organizations/{where.id}/invitations"
        self._do(act, "POST", path, body)
        self._use_at_once(act, into)

    @rule(who=nth, whom=nth)
    def recover_member(self, who: int, whom: int) -> None:
        act = self._act(who, MANAGES)
        self._do(act, "POST", f"/v1/memberships/{self._near(Membership, whom, act)}/recovery", {})
        self._use_at_once(act, whom)

    @rule(who=nth, whom=nth)
    def recover_person(self, who: int, whom: int) -> None:
        act, person = self._act(who, OPERATES), self._nth(self.town.all(Person), whom)
        self._do(act, "POST", f"/v1/people/{person.id}/recovery", {})
        self._use_at_once(act, whom)

    @rule(to=nth, link=nth)
    def hand_on(self, to: int, link: int) -> None:
        """Give somebody a link that is meant for him."""
        known = [text for one in self.town.players.values() for text in one.links]
        player = self._nth([*self.town.players.values()], to)
        if known and self.town.is_meant_for(player, self._nth(known, link)):
            player.links.append(self._nth(known, link))

    @rule(link=nth)
    def use_link(self, link: int) -> None:
        known = [(one, text) for one in self.town.players.values() for text in one.links]
        if known:
            self._use(*self._nth(known, link), amiss=link % 8 == 0)

    @rule(who=nth, member=nth, to=nth)
    def change_email(self, who: int, member: int, to: int) -> None:
        act = self._act(who, MANAGES)
        path = f"/v1/memberships/{self._near(Membership, member, act)}/email"
        self._do(act, "PUT", path, {"email": self._email(to)})

    @rule(who=nth)
    def change_password(self, who: int) -> None:
        act = self._act(who, "")
        body = {"current": act.player.password, "new": act.player.password + "!"}
        self._do(act, "POST", "/v1/me/password", body)

    @rule(who=nth, whom=nth, what=st.sampled_from(["suspended", "operator"]), to=st.booleans())
    def edit_person(self, who: int, whom: int, what: str, to: bool) -> None:
        act, person = self._act(who, OPERATES), self._nth(self.town.all(Person), whom)
        self._do(act, "PATCH", f"/v1/people/{person.id}", {what: to})

    @rule(who=nth, which=nth, to=st.booleans())
    def suspend_organization(self, who: int, which: int, to: bool) -> None:
        path = f"/v1/organizations/{self._nth(self.town.all(Organization), which).id}"
        self._do(self._act(who, OPERATES), "PATCH", path, {"suspended": to})

    # how they do it

    def _nth(self, there: list[Any], place: int) -> Any:
        return there[place % len(there)]

    def _act(self, place: int, needs: str) -> Act:
        """Somebody who does something, mostly one who may do such a thing somewhere."""
        there = [one for one in self.town.players.values() if one.secrets]
        able = [one for one in there if place % 5 and needs in {"", *self.town.rights(one)}]
        player = self._nth(able or there, place)
        return Act(player, player.secrets[-1 - place // 7 % len(player.secrets)])

    def _near(self, record: type[Any], place: int, act: Act) -> UUID:
        """What is named, mostly something of the organization where he acts."""
        there = self.town.all(record)
        here = [one for one in there if one.organization_id == act.known[1].organization_id]
        if record is Membership and place % 3 == 0:  # whoever a link rests on
            makers = {one.maker_id for one in self.town.all(Link)}
            here = [one for one in here if one.id in makers] or here
        if record is Token:
            here = [one for one in here if one.kind != "session"]
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


@pytest.fixture(scope="module")
def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    directory = tmp_path_factory.mktemp("town")
    with house("memory", directory, FACES, request.getfixturevalue, CHEAP) as built:
        yield Town(built)


def test_no_story_raises_anybody_whom_nobody_might_raise(town: Town):
    run_state_machine_as_test(
        type("Story", (Intrigue,), {"town": town}),
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
