"""Which token opens which door: one table, each of its cells tried at every route that there is.

Every token here is live and its holder may do everything, so that a refusal is the door's alone.
`test_doors.py` has the statuses and the sentences at chosen doors, `test_matrix.py` every rank. The
table gets one column more, for gates, once there is such a face; assertions, which a gate makes,
stand in no row until then.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple
from urllib.parse import urlencode

import pytest

from conformance.broken_tokens import BrokenTokens, broken_at
from conformance.dialects import DIALECTS, Outcome, outcome
from conformance.face_suite import PROTECTED, holds_no_secret
from conformance.house import APPLICATION, CLIENTS, KINDS, TWIN, Credential, House, is_ones_own
from conformance.ranks import LISTED, as_it_was
from conformance.wire import FORM, Reply
from stage import ADMINISTRATOR, OPERATOR, PASSWORD
from tokenhouse.boundary import Face, Route
from tokenhouse.core.credential import Secret
from tokenhouse.core.kind import Asker, Door, Spelling
from tokenhouse.core.permission import DEPLOYMENT_PERMISSIONS
from tokenhouse.operations.authenticate import ClientCredentials
from tokenhouse.operations.grant_password import PasswordGrant

ID_TOKEN: Final = "id token"
SPELLED: Final = {
    "Bearer": Spelling.BEARER,
    "Token": Spelling.TOKEN,
    "x-access-token": Spelling.X_ACCESS_TOKEN,
    "session=": Spelling.SESSION,
    "cookie": Spelling.COOKIE,
}
TABLE: Final = f"""
| kind             | Bearer | Token | x-access-token | session= | cookie | MQTT | verify        | management       | token endpoint |
| session          | yes    | no    | yes            | yes      | no     | yes  | yes           | yes              | no             |
| {TWIN}           | no     | no    | no             | yes      | yes    | no   | yes           | yes              | no             |
| personal         | no     | yes   | yes            | yes      | no     | no   | yes           | mints for nobody | no             |
| limited_personal | no     | yes   | yes            | yes      | no     | no   | yes           | what is listed   | no             |
| organizational   | no     | yes   | no             | no       | no     | no   | yes           | of no person     | no             |
| access           | yes    | no    | no             | no       | no     | no   | yes           | no               | no             |
| {CLIENTS}        | yes    | no    | no             | no       | no     | no   | yes           | no               | no             |
| refresh          | no     | no    | no             | no       | no     | no   | by its client | no               | yes            |
| device           | no     | no    | yes            | no       | no     | yes  | yes           | no               | no             |
| {ID_TOKEN}       | no     | no    | no             | no       | no     | no   | no            | no               | no             |
"""  # noqa: E501 -- a table
RIGHT: Final = {
    "session": ("`Authorization: Bearer`", Spelling.BEARER),
    TWIN: ("`session=`", Spelling.SESSION),
    "personal": ("`Authorization: Token`", Spelling.TOKEN),
    "limited_personal": ("`Authorization: Token`", Spelling.TOKEN),
    "organizational": ("`Authorization: Token`", Spelling.TOKEN),
    "access": ("`Authorization: Bearer`", Spelling.BEARER),
    CLIENTS: ("`Authorization: Bearer`", Spelling.BEARER),
    "device": ("`x-access-token`", Spelling.X_ACCESS_TOKEN),
}
"""By the kind, the spelling that a hint names; a refresh token opens no door in any."""
PAGES: Final = "console"
"""The face for people: whatever is wrong with their cookie, they sign in again."""
_SAID: Final = re.compile(r'<p class="said(?: fault)?">([^<]+)</p>')


class Cell(NamedTuple):
    """One cell of the table."""

    kind: str
    column: str
    told: str


def cells() -> Iterator[Cell]:
    head, *rows = (
        [cell.strip() for cell in line.strip("|").split("|")] for line in TABLE.strip().splitlines()
    )
    for kind, *told in rows:
        yield from (Cell(kind, *one) for one in zip(head[1:], told, strict=True))


def of(*columns: str) -> pytest.MarkDecorator:
    chosen = [cell for cell in cells() if cell.column in columns]
    ids = [f"{cell.kind} {cell.column}" for cell in chosen]
    return pytest.mark.parametrize("cell", chosen, ids=ids)


class Asked(NamedTuple):
    """A route, and what it answered to one token in one spelling."""

    face: Face
    route: Route
    reply: Reply

    @property
    def is_open(self) -> bool:
        return outcome(self.face, self.reply) is Outcome.ALLOWED


class Doors:
    """Every route, asked in each spelling with tokens of an operator who is an administrator."""

    def __init__(self, at: House) -> None:
        self.at = at
        self.asked = cache(self._asked)

    def text(self, kind: str) -> str:
        if kind == ID_TOKEN:
            return self._granted()[1].reveal()
        return self.at.good(kind, "the operator's").credential.secret.reveal()

    def _granted(self) -> tuple[Secret, Secret]:
        """A refresh token and an id token of the client of the house."""
        client = ClientCredentials(*APPLICATION)
        asked = PasswordGrant(client, ADMINISTRATOR, Secret(PASSWORD), "192.0.2.1")
        granted = self.at.stage.authority.grants.password(asked)
        assert granted.refresh is not None
        assert granted.id_token is not None
        return granted.refresh, granted.id_token

    def _asked(self, kind: str, spelling: Spelling) -> tuple[Asked, ...]:
        headers = Credential(Secret(self.text(kind)), spelling).headers
        return tuple(
            Asked(face, route, self._ask(route, headers))
            for face, route in PROTECTED
            if spelling in face.spellings
        )

    def _ask(self, route: Route, headers: list[tuple[str, str]]) -> Reply:
        with self.at.owned_by(OPERATOR if is_ones_own(route) else ADMINISTRATOR):
            path = self.at.fill(route)
        with as_it_was(self.at):
            return self.at.send(route, path, headers)


@pytest.fixture(scope="module")
def doors(at: House) -> Doors:
    return Doors(at)


def test_the_table_has_every_kind():
    assert {cell.kind for cell in cells()} == {*KINDS, TWIN, ID_TOKEN}


@of(*SPELLED)
def test_a_token_opens_doors_in_the_spellings_of_its_kind_and_none_in_another(
    doors: Doors, cell: Cell
):
    opened = [one for one in doors.asked(cell.kind, SPELLED[cell.column]) if one.is_open]
    assert bool(opened) == (cell.told == "yes"), [str(one.route) for one in opened]


@of(*SPELLED)
def test_at_a_wrong_door_it_is_401_in_the_words_of_the_dialect_with_the_right_spelling(
    doors: Doors, cell: Cell
):
    if cell.told == "yes":
        return
    for face, route, reply in doors.asked(cell.kind, SPELLED[cell.column]):
        assert outcome(face, reply) is Outcome.UNAUTHENTICATED, route
        DIALECTS[face.name].check(reply)
        holds_no_secret(reply)
        if face.name == PAGES:  # a person is asked to sign in, and not told how programs do it
            assert b'action="/console/sign-in"' in reply.body
            continue
        said = json.loads(reply.body)
        if cell.kind in RIGHT:
            assert RIGHT[cell.kind][0] in json.dumps(said), (str(route), said)


@of("verify")
def test_whoever_may_ask_is_told_that_it_is_active(doors: Doors, cell: Cell):
    text = doors.text(cell.kind)
    by = doors.at.good("organizational").credential.headers
    for path, body, media_type in (
        ("/v1/verify", json.dumps({"token": text}), ("content-type", "application/json")),
        ("/oauth/introspect", urlencode({"token": text}), FORM),
    ):
        reply = doors.at.wire("POST", path, [*by, media_type], body.encode())
        assert reply.status == 200
        assert json.loads(reply.body)["active"] is (cell.told == "yes"), path


def test_its_own_client_is_told_that_a_refresh_token_is_active(doors: Doors):
    pair = {"client_id": APPLICATION[0], "client_secret": APPLICATION[1].reveal()}
    refresh, _ = doors._granted()
    body = urlencode({**pair, "token": refresh.reveal()}).encode()
    reply = doors.at.wire("POST", "/oauth/introspect", [FORM], body)
    assert json.loads(reply.body)["active"] is True


@of("MQTT")
def test_a_broker_lets_in_whom_the_kind_of_his_token_allows_by_user_name_or_password(
    doors: Doors, cell: Cell
):
    by = doors.at.good("organizational").credential.headers
    for said in ({"user_name": doors.text(cell.kind)}, {"password": doors.text(cell.kind)}):
        asked = json.dumps({**said, "client_id": "somebody"}).encode()
        path = "/v1/broker/plain/free/connect"
        reply = doors.at.wire("POST", path, [*by, ("content-type", "application/json")], asked)
        assert reply.status == 200
        assert json.loads(reply.body)["allowed"] is (cell.told == "yes"), reply.body


@of("management")
def test_what_is_kept_here_is_managed_by_the_kinds_that_may(doors: Doors, cell: Cell):
    """In whichever of its spellings a face reads; a route that all of them can open counts."""
    asked = [one for spelling in SPELLED.values() for one in doors.asked(cell.kind, spelling)]
    spelled = {
        SPELLED[one.column]
        for one in cells()
        if one.kind == cell.kind and one.told == "yes" and one.column in SPELLED
    }
    allowed = {str(one.route) for one in asked if _is_managing(one.route) and one.is_open}
    assert allowed == {
        str(route)
        for face, route in PROTECTED
        if _is_managing(route) and spelled & face.spellings and _manages(route, cell.told)
    }


def _is_managing(route: Route) -> bool:
    demand = route.demand
    assert demand is not None
    return demand.door is Door.MANAGEMENT or (demand.door is Door.DEVICES and not demand.itself)


def _manages(route: Route, told: str) -> bool:
    demand = route.demand
    assert demand is not None
    of_operators = bool(demand.permissions & DEPLOYMENT_PERMISSIONS)
    match told:
        case "yes":
            return True
        case "mints for nobody":
            return demand.asker is not Asker.SIGNED_IN and not of_operators
        case "what is listed":
            listed = bool(demand.permissions) and demand.permissions <= LISTED
            return listed and demand.asker is not Asker.SIGNED_IN
        case "of no person":
            return demand.asker is Asker.ANYONE and not of_operators
        case _:
            return False


@of("token endpoint")
def test_the_token_endpoint_takes_refresh_tokens_of_its_client(doors: Doors, cell: Cell):
    pair = {"client_id": APPLICATION[0], "client_secret": APPLICATION[1].reveal()}
    text = doors._granted()[0].reveal() if cell.kind == "refresh" else doors.text(cell.kind)
    asked = {**pair, "grant_type": "refresh_token", "refresh_token": text}
    for path in ("/v2/token", "/oauth/token"):
        with as_it_was(doors.at):
            reply = doors.at.wire("POST", path, [FORM], urlencode(asked).encode())
        if cell.told == "yes":
            assert reply.status == 200
        else:
            assert (reply.status, json.loads(reply.body)["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("kind", [*RIGHT])
def test_at_every_door_a_token_is_refused_for_the_same_cause(doors: Doors, kind: str):
    """Whatever became of it: there is one judge."""
    broken = BrokenTokens(doors.at)
    states = {state for face, _ in PROTECTED for state, one in broken_at(face) if one == kind}
    assert len(states) > 5
    for state in states:
        credential = broken(state, kind).credential
        asked = [
            (face, route)
            for face, route in PROTECTED
            if credential.at(face).spelling in face.spellings
        ]
        said: dict[bool, set[str]] = {False: set(), True: set()}
        for face, route in asked:
            reply = doors._ask(route, credential.at(face).headers)
            said[face.name == PAGES].add(_sentence(reply))
        assert len(asked) > 5
        assert len(said[False]) == 1, (state, said)
        assert len(said[True]) == any(face.name == PAGES for face, _ in asked), (state, said)


def _sentence(reply: Reply) -> str:
    """The one sentence of a refusal, in whatever dialect."""
    if page := _SAID.search(reply.body.decode()):
        return page[1]
    body = json.loads(reply.body)
    told: str = body["errors"][0]["message"] if set(body) == {"errors"} else ""
    for name in ("detail", "message", "error_description", "error"):
        told = told or body.get(name, "")
    assert told
    return told
