"""A firm behind every face, to be asked rightly or wrongly, on a store that can be made to fail."""

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from msgspec.structs import replace

from conformance.described import is_described, keeps_to_itself
from conformance.dialects import DIALECTS, Outcome
from conformance.furnishing import FURNISHED, bare, passkey_id_of
from conformance.wire import FORM, Reply, Wire
from engines import opened
from registered import Registered, drawn, register
from rigs import CPU_ID
from stage import ADMINISTRATOR, OPERATOR, PASSWORD, MovedClock, Stage, caller
from tokenhouse.boundary import Boundary, Face, Route
from tokenhouse.core.client import Client, kept_secret, new_client
from tokenhouse.core.credential import Secret, fingerprint, mint
from tokenhouse.core.device import Device, new_device
from tokenhouse.core.identifier import PENDING
from tokenhouse.core.judge import Reason
from tokenhouse.core.kind import Spelling
from tokenhouse.core.link import LETTER, Link, MakerKind, Purpose
from tokenhouse.core.moment import DAY
from tokenhouse.core.permission import NOTHING, Permissions
from tokenhouse.core.principal import Membership, Password
from tokenhouse.core.token import Token
from tokenhouse.demo import firm
from tokenhouse.faces.console.form import FORM_TOKEN
from tokenhouse.kinds.limited import LIMITED
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.grant_client import ClientGrant
from tokenhouse.operations.grant_password import PasswordGrant
from tokenhouse.operations.invite import InvitationDraft
from tokenhouse.operations.issue import Issued
from tokenhouse.operations.mint import Mint, Owner, presented_as

CLIENTS: Final = "client's access"
"""An access token that a client holds itself; the kind of both is called `access`."""
KINDS: Final = (
    *("session", "personal", "limited_personal", "organizational"),
    *("access", "refresh", CLIENTS),
    "device",
)
AT_CLIENTS: Final = ("access", "refresh", CLIENTS)
"""Kinds whose tokens are issued at clients."""
TWIN: Final = "session id"
"""A session as the opaque string that only `session=` and the console's cookie take."""
SPELLINGS: Final = tuple(one for one in Spelling if one is not Spelling.NAMED)
ALONE: Final = frozenset({Spelling.X_ACCESS_TOKEN, Spelling.SESSION, Spelling.COOKIE})
"""Spellings that a face reads in whatever kind: it has no scheme for each."""

JSON: Final = ("content-type", "application/json")
MULTIPART: Final = ("content-type", "multipart/form-data; boundary=border")
UPLOAD: Final = (
    b'--border\r\nContent-Disposition: form-data; name="files"; filename="a.log"\r\n\r\n'
    b"one line\r\n--border--\r\n"
)
"""What is sent where a file is."""
CHOSEN: Final = "walnut glacier spindle"
FOREIGNER: Final = "eve@suedstrom.example"
APPLICATION: Final = drawn()
"""The id and the secret of the client in every house."""

_TOKENS: Final = "/1.0/users/authentication/rest"
NAMED: Final[dict[str, dict[str, str]]] = {
    f"{_TOKENS}/edittoken": {"id": "token_number"},
    f"{_TOKENS}/regeneratetoken": {"id": "token_number"},
    f"{_TOKENS}/deletetokens": {"ids": "token_number"},
    f"{_TOKENS}/gettokens": {"ids": "token_number"},
    f"{_TOKENS}/signoutsessions": {"ids": "session_id"},
    **{
        f"/console/{whose}tokens/{deed}": {"id": "token_id"}
        for whose in ("", "organization/")
        for deed in ("chosen", "remove")
    },
}
"""By the path of a route, which of its parameters name something, and what."""
_A_SET: Final = firm.LISTED.sets[0].name
_APPLICATION: Final = {"client_id": APPLICATION[0], "client_secret": APPLICATION[1].reveal()}
_CONFIRMED: Final = {"password": PASSWORD}
_SECURITY: Final = "/console/settings/security"
_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_numbers: Final = count(1)


def parameters_of(route: Route) -> list[str]:
    """The names in the path of a route, and of what its parameters name."""
    return [*_PARAMETER.findall(route.path), *NAMED.get(route.path, {}).values()]


_OWN: Final = ("/user/", "/v1/me/", "/console/tokens/", "/console/settings/")
_OF_PEOPLE: Final = (*_OWN, "/v1/memberships/")


def is_ones_own(route: Route) -> bool:
    """Whether whoever asks can only name what is his own."""
    return route.path.startswith((*_OWN, _TOKENS))


def not_ones_own(route: Route, kind: str) -> Outcome:
    """What comes of naming what another organization has: to a device all but itself is closed."""
    asks_for_itself = route.demand is not None and route.demand.itself and kind == "device"
    return Outcome.FORBIDDEN if asks_for_itself else Outcome.NOT_FOUND


def key_of(name: str, route: Route) -> str:
    """Under which key of REAL and FOREIGN the ids of a parameter are made."""
    if name == "token_id" and route.path.startswith(_OF_PEOPLE):
        return "token_id personal"
    if name == "membership_id" and "/tokens" in route.path:
        return "membership_id with tokens"
    if name == "client" and "{secret_id}" in route.path:
        return "client with two secrets"
    return name


def kinds_at(face: Face) -> tuple[str, ...]:
    """The kinds to try at a face, and the form of one that only some faces can be sent."""
    return (*KINDS, TWIN) if face.spellings & {Spelling.SESSION, Spelling.COOKIE} else KINDS


class Credential(NamedTuple):
    """A token string and how it is sent."""

    secret: Secret
    spelling: Spelling

    @property
    def headers(self) -> list[tuple[str, str]]:
        """How it is sent, in the words of `Wire` and `House`: a parameter stands there too, and a
        cookie before it is sealed.
        """
        text = self.secret.reveal()
        if self.spelling in {Spelling.X_ACCESS_TOKEN, Spelling.SESSION, Spelling.COOKIE}:
            return [(self.spelling.value, text)]
        scheme = "Bearer" if self.spelling is Spelling.BEARER else "Token"
        return [("authorization", f"{scheme} {text}")]

    def at(self, face: Face) -> "Credential":
        """The same as a face reads it, where it reads it in another spelling alone."""
        if self.spelling in face.spellings:
            return self
        for spelling in face.spellings & ALONE:
            return self._replace(spelling=spelling)
        return self


class Made(NamedTuple):
    """A token of some kind, with its record."""

    credential: Credential
    token: Token


class Switch:
    """A store that can be made to fail, in every method or in some."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self._fault: Exception | None = None
        self._methods: frozenset[str] | None = None

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._store, name)
        if not callable(attribute):
            return attribute

        def call(*arguments: Any, **named: Any) -> Any:
            if self._fault is not None and (self._methods is None or name in self._methods):
                raise self._fault.with_traceback(None)  # else it grows with every raise
            return attribute(*arguments, **named)

        return call

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let the house itself ask, whatever fails."""
        fault, self._fault = self._fault, None
        yield
        self._fault = fault

    @contextmanager
    def failing(self, fault: Exception, *methods: str) -> Iterator[None]:
        self._fault, self._methods = fault, frozenset(methods) if methods else None
        yield
        self._fault = None


class House:
    """The demo's firm behind every face, beside a firm that must not see it."""

    def __init__(self, stage: Stage, switch: Switch, faces: tuple[Face, ...]) -> None:
        self.stage = stage
        self.switch = switch
        self.wire = Wire(Boundary(stage.authority, faces))
        self.own = stage.organization_id
        self.foreign = stage.found_organization("Südstrom", FOREIGNER)
        self.owner = ADMINISTRATOR
        register(stage, APPLICATION)
        self._faces = {str(route): face for face in faces for route in face.routes}
        self._real: dict[tuple[str, str], str] = {}
        self._marked: tuple[int, ...] = ()
        self._looked_at: tuple[str, int] = ("", 0)
        self._rightful: dict[str, Credential] = {}
        self._once: dict[str, dict[str, str]] = {}
        self._kept: dict[str, Made] = {}
        self._last = ""
        self._unseen_writes = 0

    # tokens

    def make(self, kind: str, email: str = "") -> Made:
        """A new token of somebody; of the owner, if nobody is named."""
        email = email or self.owner
        if kind in {"session", TWIN}:
            signed_in = self.stage.sign_in(email, opaque=kind == TWIN)
            spelling = Spelling.SESSION if kind == TWIN else Spelling.BEARER
            return Made(Credential(signed_in.secret, spelling), signed_in.token)
        if kind == "limited_personal":
            return self.limited(email, self.stage.store.catalogue().limitable)
        if kind in AT_CLIENTS:
            return self._granted(kind, email)
        if kind == "device":
            return self.equipped(self.stage.membership(email).organization_id)
        name = f"session of {email}"
        session = self._kept.get(name)
        if session is None or not self.is_active(session.credential):
            session = self._kept[name] = self.make("session", email)
        by = caller(session.credential.secret, Spelling.BEARER)
        issued = self.stage.issue_personal(by) if kind == "personal" else self._organizational(by)
        return Made(Credential(issued.secret, Spelling.TOKEN), issued.described.token)

    def _granted(self, kind: str, email: str) -> Made:
        membership = self.stage.membership(email)
        own = self.stage.store.catalogue().names if membership.groups else NOTHING
        permissions = own if kind == CLIENTS else None
        at = register(
            self.stage, organization_id=membership.organization_id, permissions=permissions
        )
        return self.granted(kind, email, at)

    def granted(self, kind: str, email: str, at: Registered) -> Made:
        """A new token that a client was given: for somebody, or for itself."""
        grants, client = self.stage.authority.grants, at.credentials
        if kind == CLIENTS:
            secret = grants.client(ClientGrant(client)).access
        else:
            given = grants.password(PasswordGrant(client, email, Secret(PASSWORD), "192.0.2.1"))
            assert given.refresh is not None
            secret = given.access if kind == "access" else given.refresh
        spelling = Spelling.TOKEN if kind == "refresh" else Spelling.BEARER
        found = self.stage.verdict(secret, None, spelling).found
        assert found is not None
        return Made(Credential(secret, spelling), found.token)

    def _organizational(self, by: Caller) -> Issued:
        return self.stage.issue(by, expires_at=self.stage.clock.now() + 365 * DAY)

    def limited(self, email: str, names: Permissions, family_id: UUID | None = None) -> Made:
        """A new limited token of somebody with a list, also of what he does not hold.

        Of another's family where that is named, as a successor is.
        """
        stage, mint, now = self.stage, Mint(os.urandom, "th"), self.stage.clock.now()
        membership = stage.membership(email)
        owner = Owner(membership.organization_id, membership.id, membership.person_id)
        secret = mint.string(LIMITED)
        token = presented_as(mint.token(LIMITED, owner, now), secret)
        stage.put(replace(token, permissions=names, family_id=family_id or token.family_id))
        found = stage.verdict(secret).found
        assert found is not None
        return Made(Credential(secret, Spelling.TOKEN), found.token)

    def good(self, kind: str, whose: str = "the administrator's") -> Made:
        """A live token of somebody, who is one of PEOPLE; made anew once it was used up."""
        return self._kept_good(f"{whose} {kind}", lambda: self.make(kind, PEOPLE[whose](self)))

    def unlisted(self) -> Made:
        """A live limited token of the administrator whose list names nothing."""
        return self._kept_good("unlisted", lambda: self.limited(ADMINISTRATOR, NOTHING))

    def _kept_good(self, name: str, make: Callable[[], Made]) -> Made:
        made = self._kept.get(name)
        if made is None or not self.is_active(made.credential):
            made = self._kept[name] = make()
        return made

    def is_active(self, credential: Credential) -> bool:
        """Whether a credential is good in itself."""
        return self.stage.verdict(credential.secret, None, credential.spelling).active

    def code(self, purpose: Purpose) -> str:
        """The string of a new one-time link: for somebody new, or for a new member."""
        stage, now = self.stage, self.stage.clock.now()
        text = mint("th", LETTER, os.urandom(32)).reveal()
        person = None if purpose is Purpose.INVITATION else stage.person(self.join())
        email = f"p{next(_numbers)}@nordlicht.example" if person is None else person.email
        link = Link(
            Mint(os.urandom, "th").id(now),
            1,
            purpose,
            self.own,
            fingerprint(text),
            email,
            "Pia Blum",
            (),
            None if person is None else person.id,
            0 if person is None else 1,
            MakerKind.MACHINE,
            None,
            PENDING,
            now,
            now + DAY,
        )
        stage.put(link)
        return text

    def join(self, *groups: str) -> str:
        """A new member of the firm; give the e-mail."""
        stage, now = self.stage, self.stage.clock.now()
        mint, email = Mint(os.urandom, "th"), f"p{next(_numbers)}@nordlicht.example"
        record = stage.store.find_for_sign_in(ADMINISTRATOR)
        assert record is not None
        assert record.password is not None
        new = {"id": mint.id(now), "version": 1, "email": email, "number": PENDING}
        person = replace(record.person, operator=False, **new)
        ids = tuple(stage.group(name).id for name in groups)
        for one in (
            person,
            Password(person.id, 1, record.password.phc),
            Membership(mint.id(now), 1, person.id, self.own, ids, False, None, 0, now, now),
        ):
            stage.put(one)
        return email

    # requests

    def fill(
        self, route: Route, chosen: dict[str, str] | None = None, *, fresh: bool = False
    ) -> str:
        """The path of a route with real ids, or those chosen; `fresh` ones may be used up."""
        ids = chosen or {}
        if str(route) in ONCE:
            self._once[str(route)] = ONCE[str(route)](self)
        path = _PARAMETER.sub(
            lambda match: ids.get(match[1]) or self._real_one(match[1], route, fresh), route.path
        )
        named = [
            f"{field}={ids.get(name) or self._real_one(name, route, fresh)}"
            for field, name in NAMED.get(route.path, {}).items()
        ]
        return f"{path}?{'&'.join(named)}" if named else path

    def _real_one(self, name: str, route: Route, fresh: bool) -> str:
        key = key_of(name, route)
        if key == "secret_id":
            return self.secret_of(self._last if fresh else self._real_one("client", route, False))
        if fresh or key in USED_UP:
            return REAL[key](self)
        self._forget_what_was_revoked()
        if (key, self.owner) not in self._real:
            self._real[key, self.owner] = REAL[key](self)
        return self._real[key, self.owner]

    def _forget_what_was_revoked(self) -> None:
        """Where everything of somebody was, what was kept is gone with it."""
        now = self.owner, self.head
        if now == self._looked_at:
            return
        self._looked_at, marks = now, self._marks()
        if marks != self._marked:
            self._real.clear()
            self._marked = marks

    @contextmanager
    def owned_by(self, email: str) -> Iterator[None]:
        """Whose the records are that a route calls one's own."""
        self.owner, before = email, self.owner
        yield
        self.owner = before

    def secret_of(self, client_id: str = "") -> str:
        """The second secret of a client; of our last one that was made, if none is named."""
        client = self.stage.store.one_client(self.own, UUID(client_id or self._last))
        assert client is not None
        if len(client.secrets) > 1:
            return str(client.secrets[1].id)
        two = (*client.secrets, *self.new_client(self.own).secrets)
        self.stage.put(replace(client, version=client.version + 1, secrets=two), client)
        return str(two[1].id)

    def new_client(self, organization_id: UUID, secrets: int = 1) -> Client:
        """A new client with so many secrets, which nobody has."""
        mint, now = Mint(os.urandom, "th"), self.stage.clock.now()
        client = new_client(organization_id, mint.id(now), mint.client_id(), now)
        kept = (kept_secret(mint.client_secret(), mint.id(now), now) for _ in range(secrets))
        client = replace(client, label=f"Client {next(_numbers)}", secrets=tuple(kept))
        self.stage.put(client)
        if organization_id == self.own:
            self._last = str(client.id)
        return client

    def new_device(self, organization_id: UUID) -> Device:
        """A new device, which nobody has given a token."""
        mint, now = Mint(os.urandom, "th"), self.stage.clock.now()
        device = new_device(organization_id, mint.id(now), mint.uuid(), now)
        device = replace(device, identifier=f"rig-{next(_numbers)}", cpu_id=CPU_ID)
        self.stage.put(device)
        kept = self.stage.store.one_device(organization_id, device.id)
        assert kept is not None
        return kept

    def equipped(self, organization_id: UUID) -> Made:
        """A new device, with a token."""
        stage, tokens = self.stage, self.stage.authority.devices.create._tokens
        device, organization = (
            self.new_device(organization_id),
            stage.store.find_organization(organization_id),
        )
        assert organization is not None
        token = tokens.first(device, None, organization, stage.clock.now())
        stage.put(token)
        equipped = tokens.equip(device, token)
        found = stage.verdict(equipped.secret, None, Spelling.X_ACCESS_TOKEN).found
        assert found is not None
        return Made(Credential(equipped.secret, Spelling.X_ACCESS_TOKEN), found.token)

    def number(self, device: Made) -> str:
        """The number of the device that has this token."""
        kept = self.stage.store.one_device(None, device.token.holder_id)
        assert kept is not None
        return str(kept.number)

    def presented(self) -> dict[str, str]:
        """What a new device presents to renew its token."""
        made = self.equipped(self.own)
        kept = self.stage.store.one_device(self.own, made.token.holder_id)
        assert kept is not None
        token = made.credential.secret.reveal()
        return {"cpu_id": CPU_ID, "uuid": kept.uuid, "token": token}

    def data_file(self, credential: Credential) -> str:
        """A new record of a file of the device that has this token."""
        reply = self.wire(
            "POST", "/api/v2/data-files", [*credential.headers, JSON], b'{"type":"log"}'
        )
        return str(json.loads(reply.body)["id"])

    def _marks(self) -> tuple[int, ...]:
        standing = self.stage.store.standing(self.stage.membership(self.owner).id)
        assert standing is not None
        assert standing.membership is not None
        assert standing.person is not None
        marked = (standing.deployment, standing.organization, standing.membership, standing.person)
        return tuple(one.revoked_before for one in marked)

    def send(
        self,
        route: Route,
        path: str,
        headers: list[tuple[str, str]],
        sent: dict[str, Any] | None = None,
    ) -> Reply:
        """Send the good request of a route, with whatever credential; `sent` goes over its body."""
        face, body = self._faces[str(route)], b""
        secrets = [re.split(" |=", value, maxsplit=1)[-1] for _, value in headers]
        fields = (BODIES.get(str(route)) or BODIES.get(route.path, dict))()
        fields = self.of_its_form(route, headers) | fields | (sent or {})
        if str(route) in ONCE:
            fields |= self._once.pop(str(route), None) or ONCE[str(route)](self)
        if str(route) in FURNISHED:
            with self._unseen():
                fields |= FURNISHED[str(route)](self, headers)
        secrets += [value for name, value in fields.items() if name in SECRETS]
        if route.streamed:
            body, headers = UPLOAD, [*headers, MULTIPART]
        elif route.method in {"POST", "PATCH", "PUT"}:
            is_form = DIALECTS[face.name].takes_forms
            body = (urlencode(fields, doseq=True) if is_form else json.dumps(fields)).encode()
            if path.startswith("/console/"):  # whose forms name things themselves
                path, _, named = path.partition("?")
                body = b"&".join(filter(None, (body, named.encode())))
            headers = [*headers, FORM if is_form else JSON]
        elif fields:
            path += f"{'&' if '?' in path else '?'}{urlencode(fields)}"
        if route.precondition:
            headers = [*headers, ("if-match", "*")]
        reply = self.wire(route.method, path, self.sealed(headers), body)
        if str(route) in FURNISHED:
            with self._unseen():
                bare(self, headers)
        is_described(face, route, reply)
        keeps_to_itself(face, reply, secrets)
        return reply

    def of_its_form(self, route: Route, headers: list[tuple[str, str]]) -> dict[str, str]:
        """What every form of the console carries, of the sign-in whose cookie is sent."""
        demand = route.demand
        if demand is None or route.method != "POST" or not route.path.startswith("/console/"):
            return {}
        confirmed = _CONFIRMED if demand.confirmed else {}
        cookies = _cookies(headers)
        if not cookies:
            return confirmed
        with self.switch.paused():
            form_token = self.stage.authority.browsing.form_token(Secret(cookies[0]))
        return confirmed | {FORM_TOKEN: form_token}

    def sealed(self, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """The same with cookies as browsers keep them, in use now."""
        if not _cookies(headers):
            return headers
        seal, name = self.stage.authority.browsing.seal, Spelling.COOKIE.value
        with self.switch.paused():
            return [
                ("cookie", f"{name}{seal(Secret(value))}") if field == name else (field, value)
                for field, value in headers
            ]

    def rightful(self, route: Route) -> Credential:
        """A good credential that the core allows at this route: the first, while it is one."""
        kept = self._rightful.get(str(route))
        if kept is None or self.reason(route, kept) is not None:
            kept = self._rightful[str(route)] = self._first_rightful(route)
        return kept

    def _first_rightful(self, route: Route) -> Credential:
        face = self._faces[str(route)]
        for whose in ("the administrator's", "the operator's"):
            for kind in kinds_at(face):
                credential = self.good(kind, whose).credential.at(face)
                if credential.spelling not in face.spellings:
                    continue
                if self.reason(route, credential) is None:
                    return credential
        raise AssertionError(f"no kind of token opens {route}")

    def reason(self, route: Route, credential: Credential) -> Reason | None:
        """What the core says about a credential at a route."""
        assert route.demand is not None
        named = frozenset({"SystemsRead"} if "{permission}" in route.path else ())
        demand = replace(route.demand, permissions=route.demand.permissions | named)
        asking = caller(credential.secret, credential.spelling, demand=demand)
        return self.stage.authority.ask.own(asking).verdict.reason

    @property
    def head(self) -> int:
        """The last sequence, without what the house itself wrote around a request."""
        return self.stage.store.head()[0] - self._unseen_writes

    @contextmanager
    def _unseen(self) -> Iterator[None]:
        with self.switch.paused():
            before = self.stage.store.head()[0]
            yield
            self._unseen_writes += self.stage.store.head()[0] - before


@contextmanager
def house(
    engine: str,
    directory: Path,
    faces: tuple[Face, ...],
    fixture: Callable[[str], Any],
) -> Iterator[House]:
    """A house over one of the engines; `fixture` gives the fixture of a name."""
    clock = MovedClock()
    with opened(engine, directory, clock, fixture) as (store, attempts):
        switch = Switch(store)
        built = House(Stage(switch, attempts, clock, directory), switch, faces)
        yield built
        built.wire.close()


# what a route needs to be asked rightly

PEOPLE: Final[dict[str, Callable[[House], str]]] = {
    "the administrator's": lambda _: ADMINISTRATOR,
    "the operator's": lambda _: OPERATOR,
    "a foreign administrator's": lambda _: FOREIGNER,
    "a powerless person's": lambda at: at.join(),
}
USED_UP: Final = frozenset({"family_id"})
"""What is gone once a request was good, as for one who asks again."""
REAL: Final[dict[str, Callable[[House], str]]] = {
    "account_id": lambda at: str(at.own),
    "token_id": lambda at: str(at.make("organizational").token.id),
    "token_id personal": lambda at: str(at.make("personal").token.id),
    "membership_id with tokens": lambda at: str(at.stage.membership(at.owner).id),
    "group_id": lambda at: str(_new_group(at, at.own)),
    "permission": lambda _: "SystemsRead",
    "client": lambda at: str(at.new_client(at.own).id),
    "client with two secrets": lambda at: str(at.new_client(at.own, 2).id),
    "device_id": lambda at: str(at.new_device(at.own).id),
    "secret_id": lambda at: at.secret_of(),
    "invitation_id": lambda at: str(_invitation(at, "the administrator's")),
    "membership_id": lambda at: str(at.stage.membership(at.join()).id),
    "organization_id": lambda at: str(at.own),
    "person_id": lambda at: str(at.stage.person(at.join()).id),
    "token_number": lambda at: str(at.make("limited_personal").token.number),
    "session_id": lambda at: str(at.make("session").token.id),
    "family_id": lambda at: str(at.make("refresh").token.family_id),
    "data_file": lambda at: _data_file(at, "the administrator's"),
    "device": lambda at: _number(at, "the administrator's"),
    "ota_file": lambda _: "2",
    "passkey_id": lambda at: str(passkey_id_of(at.stage.person(at.owner).id)),
}
FOREIGN: Final[dict[str, Callable[[House], str]]] = {
    "account_id": lambda at: str(at.foreign),
    "token_id": lambda at: str(at.make("organizational", FOREIGNER).token.id),
    "token_id personal": lambda at: str(at.make("personal", FOREIGNER).token.id),
    "membership_id with tokens": lambda at: str(at.stage.membership(FOREIGNER).id),
    "group_id": lambda at: str(_new_group(at, at.foreign)),
    "client": lambda at: str(at.new_client(at.foreign).id),
    "client with two secrets": lambda at: str(at.new_client(at.foreign, 2).id),
    "device_id": lambda at: str(at.new_device(at.foreign).id),
    "secret_id": lambda at: str(at.new_client(at.foreign, 2).secrets[-1].id),
    "invitation_id": lambda at: str(_invitation(at, "a foreign administrator's")),
    "membership_id": lambda at: str(at.stage.membership(FOREIGNER).id),
    "token_number": lambda at: str(at.make("limited_personal", FOREIGNER).token.number),
    "session_id": lambda at: str(at.make("session", FOREIGNER).token.id),
    "family_id": lambda at: str(at.make("refresh", FOREIGNER).token.family_id),
    "data_file": lambda at: _data_file(at, "a foreign administrator's"),
    "device": lambda at: _number(at, "a foreign administrator's"),
    "passkey_id": lambda at: str(passkey_id_of(at.stage.person(FOREIGNER).id)),
}
OPERATED: Final = frozenset({"organization_id", "person_id"})
"""What operators name, to whom nothing is foreign."""
FOR_ALL: Final = frozenset({"ota_file"})
"""Parameters that name what is there for everybody who may ask for it at all."""
NAMES: Final = frozenset({"permission"}) | FOR_ALL
"""Parameters that are no ids of anybody's."""

CONTENTS: Final = {
    "permissions": [
        {
            "name": one.name,
            "title": one.title,
            "description": one.description,
            "docs_url": one.docs_url,
            "operations": [str(operation) for operation in one.operations],
            "manages_access": one.manages_access,
        }
        for one in firm.LISTED.entries
    ],
    "sets": [
        {"name": one.name, "description": one.description, "permissions": sorted(one.permissions)}
        for one in firm.LISTED.sets
    ],
}
"""What the demo's catalogue holds, as it is sent: other tests of the house rely on it."""

BODIES: Final[dict[str, Callable[[], dict[str, Any]]]] = {
    "POST /v1/sessions": lambda: {"email": ADMINISTRATOR, "password": PASSWORD},
    "POST /v1/verify": lambda: {"token": "nothing of ours"},
    "PUT /v1/organization/policies": lambda: {"longest_lifetimes": {}, "expiry_required": False},
    "PUT /v1/catalogue": lambda: CONTENTS,
    "POST /v1/organizations": lambda: {"name": f"Firm {next(_numbers)}"},
    "POST /accounts/{account_id}/groups": lambda: {"name": f"Group {next(_numbers)}"},
    "POST /v1/invitations": lambda: {"email": "bea@nordlicht.example"},
    "POST /v1/organizations/{organization_id}/invitations": lambda: {"email": "bea@other.example"},
    "POST /v1/invitations/accept": lambda: {"password": CHOSEN},
    "POST /v1/recoveries/redeem": lambda: {"password": CHOSEN},
    **dict.fromkeys(
        (
            "POST /v1/me/factors/totp",
            "POST /v1/me/factors/totp/remove",
            "POST /v1/me/factors/passkeys",
            "POST /v1/me/factors/passkeys/{passkey_id}/remove",
            "POST /v1/me/factors/recovery-codes",
        ),
        lambda: _CONFIRMED,
    ),
    "POST /v1/me/factors/challenge": lambda: {"for": "POST /v1/me/password"},
    "POST /v1/me/factors/totp/confirm": lambda: {"code": "000000"},
    "POST /v1/me/factors/passkeys/finish": lambda: {"label": "a key", "credential": {}},
    "POST /v1/me/password": lambda: {"current": PASSWORD, "new": PASSWORD},
    "PUT /v1/memberships/{membership_id}/email": lambda: {
        "email": f"p{next(_numbers)}@nordlicht.example"
    },
    "POST /console/invitation": lambda: {"password": CHOSEN, "password_again": CHOSEN},
    "POST /console/recovery": lambda: {"password": CHOSEN, "password_again": CHOSEN},
    "POST /console/sign-in": lambda: {"email": ADMINISTRATOR, "password": PASSWORD},
    "POST /console/tokens": lambda: {"api": "all", "expiry": "30d"},
    "POST /console/organization/tokens": lambda: {"expiry": "30d"},
    "POST /console/tokens/{token_id}": lambda: {"description": "another", "version": "1"},
    "POST /console/organization/tokens/{token_id}": lambda: {"version": "1"},
    "POST /console/tokens/{token_id}/edit": lambda: {"version": "1"},
    "POST /console/organization/tokens/{token_id}/edit": lambda: {"version": "1"},
    "POST /console/tokens/test": lambda: {"token": "nothing of ours"},
    "POST /console/challenge": lambda: {"for": "/console/settings/anything"},
    **dict.fromkeys(
        ("POST /console/tokens/search", "POST /console/organization/tokens/search"),
        lambda: {"q": "a token"},
    ),
    **dict.fromkeys(
        ("POST /console/tokens/chosen", "POST /console/organization/tokens/chosen"),
        lambda: {"do": "remove"},
    ),
    **dict.fromkeys(
        (
            f"POST {_SECURITY}/{what}"
            for what in ("app", "app/remove", "codes", "passkeys/{passkey_id}/remove")
        ),
        lambda: _CONFIRMED,
    ),
    f"POST {_SECURITY}/app/code": lambda: {"code": "000000"},
    f"POST {_SECURITY}/passkeys": lambda: {"label": "a key"} | _CONFIRMED,
    f"POST {_SECURITY}/passkeys/finish": lambda: {"label": "a key", "credential": "{}"},
    f"POST {_SECURITY}/password": lambda: (
        {"new_password": PASSWORD, "new_password_again": PASSWORD} | _CONFIRMED
    ),
    "POST /console/settings/extras": lambda: {"token-hotkey": "on", "key": "t"},
    "POST /v1/clients": lambda: {"label": f"Client {next(_numbers)}"},
    "POST /v1/devices": lambda: {"identifier": f"rig-{next(_numbers)}"},
    "POST /v1/devices/{device_id}/secrets": lambda: {"cpu_id": CPU_ID},
    "POST /v1/groups": lambda: {"name": f"Group {next(_numbers)}"},
    "POST /v1/keys/rotate": lambda: {"now": True},
    "POST /api/v2/data-files": lambda: {"type": "log"},
    "POST /login": lambda: {"username": ADMINISTRATOR, "password": PASSWORD},
    "POST /api/v2/devices": lambda: {"identifier": f"rig-{next(_numbers)}"},
    "PATCH /api/v2/devices/{device}": lambda: {"serialNumber": f"SN-{next(_numbers)}"},
    "GET /api/v2/devices/{device}/secrets": lambda: {"cpuId": CPU_ID},
    **dict.fromkeys(
        ("POST /v2/token", "POST /oauth/token"),
        lambda: (
            _APPLICATION
            | {"grant_type": "password", "username": ADMINISTRATOR, "password": PASSWORD}
        ),
    ),
    **dict.fromkeys(
        ("POST /oauth/introspect", "POST /oauth/revoke"),
        lambda: _APPLICATION | {"token": "nothing of ours"},
    ),
    f"{_TOKENS}/signin": lambda: {"login": ADMINISTRATOR, "password": PASSWORD},
    f"{_TOKENS}/createtoken": lambda: {"description": "x", "tokenTemplate": _A_SET} | _CONFIRMED,
    f"{_TOKENS}/edittoken": lambda: {"description": "another"} | _CONFIRMED,
    f"{_TOKENS}/regeneratetoken": lambda: _CONFIRMED,
    f"{_TOKENS}/deletetokens": lambda: _CONFIRMED,
    **dict.fromkeys(
        (
            f"{verb} /1.0/environment/control/rest/{method}"
            for verb in ("GET", "POST")
            for method in ("getenvinfo", "stopenv", "startenv")
        ),
        lambda: {"envName": "my-project"},
    ),
}
"""What is sent, by the route or by its path; in the query where there is no body."""
ONCE: Final[dict[str, Callable[[House], dict[str, str]]]] = {
    "POST /v1/invitations/accept": lambda at: {"code": at.code(Purpose.INVITATION)},
    "POST /v1/recoveries/redeem": lambda at: {"code": at.code(Purpose.RECOVERY)},
    "POST /console/invitation": lambda at: {"code": at.code(Purpose.INVITATION)},
    "POST /console/recovery": lambda at: {"code": at.code(Purpose.RECOVERY)},
    "POST /loginDevice": lambda at: at.presented(),
}
"""The fields of bodies that are somebody's own; made when the path is filled, or when sent."""
SECRETS: Final = frozenset(
    {
        *("client_secret", "code", "current", "factor_code", "new"),
        *("new_password", "new_password_again", "password", "password_again", "token"),
    }
)
"""Fields of bodies that no answer repeats."""


def _cookies(headers: list[tuple[str, str]]) -> list[str]:
    return [value for name, value in headers if name == Spelling.COOKIE.value]


def _invitation(at: House, whose: str) -> UUID:
    by = at.good("session", whose).credential
    draft = InvitationDraft("bea@nordlicht.example")
    return at.stage.authority.invite(caller(by.secret, by.spelling), draft).link.id


def _number(at: House, whose: str) -> str:
    return at.number(at.good("device", whose))


def _data_file(at: House, whose: str) -> str:
    return at.data_file(at.good("device", whose).credential)


def _new_group(at: House, organization_id: UUID) -> UUID:
    group_id = Mint(os.urandom, "th").id(at.stage.clock.now())
    group = replace(
        at.stage.group("Client"),
        id=group_id,
        version=1,
        organization_id=organization_id,
        name=f"Group {group_id}",
    )
    at.stage.put(group)
    return group_id
