"""What people in a story do with clients: each would be a way up, were it not for its rule."""

from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import rule

from fairness import Before
from intrigue import MANAGES
from pairs import alone
from player import Pair, Player, credential_of
from plot import Act, Plot
from tokenhouse.core.client import Client
from tokenhouse.core.principal import Person

WRITES: Final = "ClientsWrite"
GRANTS: Final = ("password", "refresh_token", "client_credentials")
LISTABLE: Final = ("SystemsRead", "GroupsWrite", "AccountTokenWrite", "TokenVerify")

nth = st.integers(0, 60)
some_grants = st.lists(st.sampled_from(GRANTS), max_size=3, unique=True)
some_permissions = st.none() | st.lists(st.sampled_from(LISTABLE), max_size=2, unique=True)
for_itself: Final = st.fixed_dictionaries(
    {
        "grants": st.just(["client_credentials"]),
        "permissions": st.lists(st.sampled_from(LISTABLE), min_size=1, max_size=2, unique=True),
    }
)
_EITHER: Final = {"grants": some_grants, "permissions": some_permissions}
terms: Final = for_itself | st.fixed_dictionaries(
    {}, optional={**_EITHER, "deployment": st.just(True)}
)
edits: Final = for_itself | st.fixed_dictionaries(
    {}, optional={**_EITHER, "suspended": st.booleans(), "deployment": st.booleans()}
)


class Clientele(Plot):
    """The steps with clients."""

    @rule(who=nth, terms=terms)
    def register_client(self, who: int, terms: dict[str, Any]) -> None:
        self._with_client(self._writer(who), None, "POST", "/v1/clients", terms)

    @rule(who=nth, which=nth, edit=edits)
    def edit_client(self, who: int, which: int, edit: dict[str, Any]) -> None:
        act = self._writer(who)
        client = self._client(which, act)
        self._with_client(act, client, "PATCH", f"/v1/clients/{client.id}", edit)

    @rule(who=nth, which=nth, grant=st.sampled_from(GRANTS))
    def add_secret(self, who: int, which: int, grant: str) -> None:
        act = self._writer(who)
        client = self._client(which, act)
        self._with_client(act, client, "POST", f"/v1/clients/{client.id}/secrets", None)
        if act.player.pairs:
            self._ask(act.player, act.player.pairs[-1], grant, which)

    @rule(who=nth, pair=nth, grant=st.sampled_from(GRANTS), whom=nth)
    def ask_at_client(self, who: int, pair: int, grant: str, whom: int) -> None:
        """Present a client's pair, with what he knows beside it."""
        there = [one for one in self.town.players.values() if one.pairs]
        if there:
            player = self._nth(there, who)
            self._ask(player, self._nth(player.pairs, pair), grant, whom)

    def _writer(self, place: int) -> Act:
        """Somebody who manages clients, half of the time one who cannot do everything."""
        if place % 2 == 0:
            return self._act(place // 2, WRITES)
        rights = {name: self.town.rights(one) for name, one in self.town.players.items()}
        weak = [name for name, held in rights.items() if WRITES in held and MANAGES not in held]
        player = self.town.players[self._nth(weak, place // 2)] if weak else None
        return self._act(place, WRITES) if player is None else self._with_one(player, place // 2)

    def _client(self, place: int, act: Act) -> Client:
        known = [one for one, _ in act.player.pairs]
        mine = [one for one in self.town.all(Client) if one.id in known]
        found = self._near(Client, place // 2, act)
        there = [one for one in self.town.all(Client) if one.id == found]
        client: Client = self._nth(mine if mine and place % 2 else there, place // 2)
        return client

    def _with_client(
        self, act: Act, client: Client | None, method: str, path: str, body: dict[str, Any] | None
    ) -> None:
        """Do something to a client; one that is resumed gives what it gave before."""
        named = {"label": "An application"} if client is None else {}
        sent = None if body is None else named | body
        resumes = client is not None and client.suspended
        restored = alone(client) if client is not None and resumes else frozenset[str]()
        before = Before(self.town, act.player)
        self.town.ask(act.player, credential_of(act.known), method, path, sent)
        before.check_client(act.known[1].organization_id, restored)

    def _ask(self, player: Player, pair: Pair, grant: str, whom: int) -> None:
        client = next((one for one in self.town.all(Client) if one.id == pair[0]), None)
        if client is None:
            return
        fields = {"grant_type": grant}
        if grant == "password":
            people = self.town.all(Person)
            his = [one for one in people if one.id in player.people and whom % 4]
            fields["username"] = self._nth(his or people, whom).email
            fields["password"] = player.password
        elif grant == "refresh_token":
            if not (known := _refreshes(player, client)):
                self._ask(player, pair, "password", whom)
                known = _refreshes(player, client)
            fields["refresh_token"] = self._nth(known or ["none"], whom)
        before = Before(self.town, player)
        self.town.ask_at_client(player, client.client_id, pair[1], fields)
        before.check_client(client.organization_id, frozenset())


def _refreshes(player: Player, client: Client) -> list[str]:
    """The refresh tokens of a client that he knows."""
    return [
        text
        for text, token in player.secrets
        if token.kind == "refresh" and token.client_id == client.id
    ]
