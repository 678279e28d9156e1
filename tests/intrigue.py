"""Two firms full of people who want more than they have, and what each of them can do.

What somebody *can* do is reckoned from records and from every secret that the boundary ever told
him: what his memberships give, and what the tokens that he knows give. It shares no rule with the
operations; whether a token is over, the core is asked.
"""

import json
import os
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from msgspec.structs import replace

from conformance.house import FOREIGNER, Credential, House
from conformance.ranks import EVERYTHING, LISTED, Kept, Rank, Ranked
from conformance.wire import FORM, Reply
from pairs import alone, at_client
from player import Player, credential_of
from registered import register
from running import OPAQUE, SIGNED
from signing.forge import unb64
from stage import ADMINISTRATOR, OPERATOR
from tokenhouse.core.catalogue import Catalogue
from tokenhouse.core.client import Client, Grant, is_secret_of
from tokenhouse.core.credential import Secret, fingerprint
from tokenhouse.core.judge import inactive
from tokenhouse.core.link import Link, MakerKind
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import Membership, Organization, Password, Person
from tokenhouse.core.token import Token
from tokenhouse.kinds import ALL
from tokenhouse.operations.mint import Mint
from tokenhouse.store.shape import organization_of

KINDS: Final = {kind.name: kind for kind in ALL}
MANAGES: Final = "AccountsUsersWrite"
LISTS_TOO_MUCH: Final = frozenset({"GroupsWrite", "EventsRead", "AccountTokenWrite", MANAGES})
"""A list past every operation: two of it no limited token carries."""
NEWCOMERS: Final = ("n1@nordlicht.example", "n2@suedstrom.example")

_LINK: Final = re.compile(r"thu_[0-9A-Za-z]+")

Powers = dict[UUID, frozenset[str]]
Records = dict[tuple[Any, UUID], Any]


class Town:
    """A house in memory with its players, gone back to before each story."""

    def __init__(self, at: House) -> None:
        self.at = at
        self._records: Any = at.switch._kept
        ranked, mint = Ranked(at), Mint(os.urandom, "th")
        groups = {
            "uwe": frozenset({"AccountsUsersRead", MANAGES}),
            "gina": frozenset({"GroupsRead", "GroupsWrite", "SystemsRead"}),
            "tom": frozenset({"AccountTokenRead", "AccountTokenWrite"}),
            "clara": frozenset({"ClientsRead", "ClientsWrite", "SystemsRead"}),
        }
        emails = {"anna": ADMINISTRATOR, "olga": OPERATOR, "eve": FOREIGNER}
        for name, held in groups.items():
            emails[name] = at.join(ranked.group(held).name)
        emails |= {name: at.join() for name in ("paul", "nora")}
        emails["bea"] = at.join("Administrator")
        ranked.credential(Rank("administrator", EVERYTHING), "organizational")
        ranked.credential(Rank("foreign administrator", EVERYTHING), "organizational")
        nora, now = at.stage.person(emails["nora"]), at.stage.clock.now()
        at.stage.put(Membership(mint.id(now), 1, nora.id, at.foreign, (), False, None, 0, now, now))
        self._first = {name: self._player(name, email) for name, email in emails.items()}
        self._first |= {name: Player(name, None, f"glacier {name} 4711") for name in ("nick",)}
        self._first["thea"] = self._thief("thea", emails["gina"], groups["gina"])
        self._first["theo"] = self._thief("theo", emails["anna"], LISTS_TOO_MUCH)
        strong = frozenset({"SystemsRead", "GroupsWrite"})
        register(at.stage, permissions=strong)
        register(at.stage, permissions=frozenset({"TokenVerify"}), deployment=True)
        made = register(at.stage, permissions=strong, grants=frozenset({Grant.PASSWORD}))
        assert made.secret is not None
        self._first["clara"].pairs.append((made.client.id, made.secret.reveal()))
        self._kept = Kept(at)
        self.players: dict[str, Player] = {}

    def _player(self, name: str, email: str) -> Player:
        person = self.at.stage.person(email)
        signed_in = self.at.stage.sign_in(email)
        player = Player(name, person.id, f"walnut glacier {name} 4711")
        player.secrets.append((signed_in.secret.reveal(), signed_in.token))
        before = next(one for one in self.all(Password) if one.id == person.id)
        phc = self.at.stage.parts.hasher.hash(Secret(player.password))
        self.at.stage.put(replace(before, version=before.version + 1, phc=phc), before)
        return player

    def _thief(self, name: str, email: str, listed: frozenset[str]) -> Player:
        """Somebody who has nothing but another's limited token."""
        made = self.at.limited(email, listed)
        player = Player(name, None, f"glacier {name} 4711", stolen=frozenset({made.token.id}))
        player.secrets.append((made.credential.secret.reveal(), made.token))
        return player

    def begin(self) -> None:
        """Begin a story."""
        self._kept.restore()
        self.players = {name: player.copied() for name, player in self._first.items()}

    # what there is

    def all(self, record: type[Any]) -> list[Any]:
        """Every record of a type, by id."""
        return sorted(self._records.all(record), key=lambda one: one.id.int)

    def records(self) -> Records:
        """Everything that is kept now."""
        return dict(self._records._records)

    @property
    def head(self) -> int:
        return self.at.head

    # what happens

    def ask(
        self, player: Player, credential: Credential | None, method: str, path: str, body: Any
    ) -> Reply:
        """Send one request; whatever secret the answer tells, the player knows from now on."""
        headers = [("content-type", "application/json"), ("if-match", "*")]
        headers += [] if credential is None else credential.headers
        sent = b"" if method == "DELETE" or body is None else json.dumps(body).encode()
        reply = self.at.wire(method, path, headers, sent)
        self._learn(player, reply)
        return reply

    def ask_at_client(
        self, player: Player, client_id: str, secret: str, fields: dict[str, str]
    ) -> None:
        """Ask the token endpoint with a client's pair; what it tells, the player knows."""
        sent = urlencode({"client_id": client_id, "client_secret": secret, **fields}).encode()
        self._learn(player, self.at.wire("POST", "/oauth/token", [FORM], sent))

    def _learn(self, player: Player, reply: Reply) -> None:
        assert reply.status < 500, reply
        told = reply.body.decode()
        for text in {*OPAQUE.findall(told), *SIGNED.findall(told)}:
            if token := self._token_of(text):
                player.secrets.append((text, token))
        player.links += _LINK.findall(told)
        if "client_secret" in told:
            made = json.loads(told)
            player.pairs.append((UUID(made["id"]), made["client_secret"]))

    def _token_of(self, text: str) -> Token | None:
        """The token of a string; an id token is none."""
        key: bytes | UUID = fingerprint(text)
        if SIGNED.fullmatch(text):
            claims = json.loads(unb64(text.split(".")[1]))
            if "jti" not in claims:
                return None
            key = UUID(claims["jti"])
        found = self.at.stage.store.find(key)
        return found.token if found is not None else None

    # what it means

    def is_alive(self, token: Token) -> bool:
        """Whether a token is good now."""
        found = self.at.stage.store.find(token.fingerprint or token.id)
        now = self.at.stage.clock.now()
        return found is not None and inactive(KINDS[token.kind], found, now) is None

    def given(self, membership: Membership) -> frozenset[str]:
        """What a membership may do now."""
        person = self._records.one(Person, membership.person_id)
        organization = self._records.one(Organization, membership.organization_id)
        if membership.ended_at or membership.suspended or person.suspended:
            return frozenset()
        return frozenset() if organization.suspended else self._of_groups(membership.groups)

    def _of_groups(self, ids: tuple[UUID, ...]) -> frozenset[str]:
        groups = [self._records.one(PolicyGroup, one) for one in ids]
        held = [EVERYTHING if one.fixed else one.permissions & EVERYTHING for one in groups if one]
        return frozenset().union(*held)

    def power(self, player: Player) -> Powers:
        """All that somebody could do in each organization, by whatever he knows."""
        power: dict[UUID, frozenset[str]] = {}
        for place, held in self._powers(player):
            power[place] = power.get(place, frozenset()) | held
        return power

    def _powers(self, player: Player) -> Iterator[tuple[UUID, frozenset[str]]]:
        for membership in self.all(Membership):
            if membership.person_id in player.people:
                yield membership.organization_id, self.given(membership)
        for _, known in player.secrets:
            if self.is_alive(known):
                yield known.organization_id, self._carried(self._records.one(Token, known.id))
        for client_id, secret in player.pairs:
            client = self._records.one(Client, client_id)
            if client is not None and self._is_good(client, secret):
                yield client.organization_id, alone(client)

    def _is_good(self, client: Client, secret: str) -> bool:
        organization = self._records.one(Organization, client.organization_id)
        at_rest = client.suspended or organization.suspended
        return is_secret_of(client, Secret(secret)) and not at_rest

    def _carried(self, token: Token) -> frozenset[str]:
        """What a token that is good may do."""
        membership = self._records.one(Membership, token.holder_id)
        held = self.given(membership) if membership else self._of_groups(token.groups or ())
        if token.client_id is not None:
            return at_client(token, self._records.one(Client, token.client_id), held)
        return held & self._limit(token)

    def _limit(self, token: Token) -> frozenset[str]:
        """What a token can carry, whoever holds it: a limited one what it is limited to."""
        if token.kind != "limited_personal":
            return EVERYTHING
        sets = {one.id: one.permissions for one in self.all(Catalogue)[0].sets}
        return LISTED & (token.permissions or sets.get(token.set_id or 0, frozenset()))

    def limited(self) -> list[Token]:
        """Every limited token."""
        return [one for one in self.all(Token) if one.kind == "limited_personal"]

    def refuse_more_than_limited(self, player: Player) -> None:
        """Fail where the judge lets a token do what its holder, its list or its client does not."""
        for known in player.secrets:
            if known[1].kind in {"limited_personal", "access"} and self.is_alive(known[1]):
                token = self._records.one(Token, known[1].id)
                secret, spelling = credential_of(known)
                carried = self.at.stage.verdict(secret, None, spelling).permissions
                assert carried == self._carried(token), f"{player.name} has {carried}"

    def whole(self, player: Player) -> set[UUID]:
        """The clients of the whole deployment of which he knows the pair."""
        pairs = ((self._records.one(Client, one), secret) for one, secret in player.pairs)
        return {
            one.id for one, secret in pairs if one and one.deployment and self._is_good(one, secret)
        }

    def operates(self, player: Player) -> bool:
        """Whether he can act as an operator."""
        people = (self._records.one(Person, one) for one in player.people)
        return any(one.operator and not one.suspended for one in people)

    def in_charge(self, player: Player, person_id: UUID) -> bool:
        """Whether he may take over somebody: an administrator of all that this person has."""
        person = self._records.one(Person, person_id)
        all_of_them = [one for one in self.all(Membership) if one.ended_at is None]
        theirs = [one for one in all_of_them if one.person_id == person_id]
        places = {one.organization_id for one in theirs}
        if person.operator or len(places) != 1:
            return False
        for mine in all_of_them:
            if mine.person_id in player.people and mine.organization_id in places:
                held = self.given(mine)
                if MANAGES in held and self._of_groups(theirs[0].groups) <= held:
                    return True
        return False

    def may_take_over(self, player: Player, person_id: UUID | None) -> bool:
        """Whether a recovery of somebody may come into his hands."""
        if person_id is None:
            return False
        own = person_id in player.people
        return own or self.operates(player) or self.in_charge(player, person_id)

    def is_backed(self, link: Link) -> bool:
        """Whether the right that a link rests on is there now."""
        if link.maker_kind is MakerKind.MEMBERSHIP:
            return MANAGES in self.given(self._records.one(Membership, link.maker_id))
        if link.maker_kind is MakerKind.OPERATOR:
            maker = self._records.one(Person, link.maker_id)
            return bool(maker.operator and not maker.suspended)
        token = self._records.one(Token, link.maker_id)
        return self.is_alive(token) and MANAGES in self._of_groups(token.groups or ())

    def rights(self, player: Player) -> frozenset[str]:
        """What he may do somewhere."""
        held = frozenset({"OrganizationsWrite"}) if self.operates(player) else frozenset()
        return held.union(*self.power(player).values())

    def is_meant_for(self, player: Player, text: str) -> bool:
        """Whether a link is for him: by his e-mail, or for a newcomer by any that nobody has."""
        link = self.link(text)
        if link is None or player.person_id is None:
            return link is not None and link.person_id is None and link.email in NEWCOMERS
        return bool(self._records.one(Person, player.person_id).email == link.email)

    def administrators(self) -> dict[UUID, int]:
        """How many can administer each organization."""
        fixed = {one.id: one.organization_id for one in self.all(PolicyGroup) if one.fixed}
        count = dict.fromkeys(fixed.values(), 0)
        for membership in self.all(Membership):
            person = self._records.one(Person, membership.person_id)
            ended = membership.ended_at or membership.suspended or person.suspended
            if not ended and fixed.keys() & set(membership.groups):
                count[membership.organization_id] += 1
        return count

    def operators(self) -> int:
        """How many operators there are who can act."""
        return sum(one.operator and not one.suspended for one in self.all(Person))

    def link(self, text: str) -> Link | None:
        """The record of a link."""
        kept = [one for one in self.all(Link) if one.fingerprint == fingerprint(text)]
        return kept[0] if kept else None


def owner(record: object) -> UUID | None:
    """The organization that a record belongs to; people and links belong to nobody alone."""
    return None if isinstance(record, Link) else organization_of(record)  # type: ignore[arg-type]
