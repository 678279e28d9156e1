"""A search for a way up: random stories of people who try everything that they know of.

After each request: nobody can do more than he could, unless somebody gave it to him who might;
nobody but operators has changed or entered another organization; nobody can act as somebody else
whom no rightful recovery gave to him; no organization lost its last administrator, and the
deployment not its last operator. What goes by clients gives nobody more than whoever gave it had
then. TOKENHOUSE_STORIES gives the number of stories of a longer search.
"""

import os
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from clientele import Clientele
from conformance.house import House
from fairness import Before
from intrigue import MANAGES, Town
from tokenhouse.core.catalogue import PredefinedSet
from tokenhouse.core.link import MakerKind
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import Membership, Organization, Person
from tokenhouse.core.token import Token

STORIES: Final = int(os.environ.get("TOKENHOUSE_STORIES", "220"))
STEPS = 25
PERMISSIONS: Final = ("SystemsRead", "GroupsWrite", "AccountTokenWrite", MANAGES)
LISTABLE: Final = ("SystemsRead", "GroupsWrite", "GroupsRead", "AccountTokenWrite")
"""What lists are asked to name; the last is in none."""
OPERATES: Final = "OrganizationsWrite"

nth = st.integers(0, 60)
some = st.lists(nth, max_size=2)
limits: Final = st.one_of(
    st.fixed_dictionaries({"predefined_set": st.integers(1, 2)}),
    st.fixed_dictionaries(
        {"permissions": st.lists(st.sampled_from(LISTABLE), min_size=1, max_size=2, unique=True)}
    ),
)


class Intrigue(Clientele):
    """One story."""

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

    @rule(who=nth, limit=limits)
    def issue_limited(self, who: int, limit: dict[str, Any]) -> None:
        self._do(self._act(who, ""), "POST", "/v1/me/tokens", limit)

    @rule(who=nth, which=nth, limit=limits)
    def edit_limited(self, who: int, which: int, limit: dict[str, Any]) -> None:
        act = self._act(who, "")
        mine = [one for one in self.town.limited() if one.holder_id == act.known[1].holder_id]
        one = self._nth(mine, which).id if mine else self._near(Token, which, act)
        self._do(act, "PATCH", f"/v1/me/tokens/{one}", limit)

    @rule(set_id=st.integers(1, 2), granted=st.lists(st.sampled_from(PERMISSIONS), unique=True))
    def change_set(self, set_id: int, granted: list[str]) -> None:
        """Whoever keeps the catalogue changes a set, which is nothing that people here can do."""
        self.town.at.stage.predefine(PredefinedSet(set_id, "Some", "", frozenset(granted)))

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

    @rule(who=nth, link=nth)
    def use_link_after_a_fall(self, who: int, link: int) -> None:
        """Take from whoever made a link what it rests on, and use it then."""
        known = [(one, text) for one in self.town.players.values() for text in one.links]
        player, text = self._nth(known, link) if known else (None, "")
        kept = self.town.link(text)
        if player is not None and kept is not None and kept.maker_kind is MakerKind.MEMBERSHIP:
            path = f"/v1/memberships/{kept.maker_id}"
            self._do(self._act(who, MANAGES), "PATCH", path, {"groups": []})
            self._use(player, text, amiss=False)

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


@pytest.fixture(scope="module")
def town(at: House) -> Town:
    return Town(at)


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
