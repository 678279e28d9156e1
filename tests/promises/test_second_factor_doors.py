"""Nobody who has a second factor gets anything for his password alone, at no door that there is.

The doors are found: every route whose good request, as the house knows it, holds a password.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import pytest

from conformance.dialects import DIALECTS, Outcome, outcome
from conformance.face_suite import FACES, GRANTING, ISSUING, ROUTES, holds_no_secret
from conformance.house import BODIES, JSON, TWIN, House, house
from conformance.wire import FORM, Reply
from linking import FOREIGNER, invite, recover
from showing import App, add_passkey, code, turn_app_on
from stage import PASSWORD, caller, with_demand
from tokenhouse.boundary import Face, Route
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Asker, Door, Spelling
from tokenhouse.operations.admit import Caller

Routed = tuple[Face, Route]

WITHOUT_PASSWORD: Final = frozenset({"POST /loginDevice"})
"""What issues to nobody in particular: a device has neither a password nor a second factor."""
CANNOT_ASK: Final = GRANTING
"""Doors that take no code at all."""
TELLS_NOTHING: Final = frozenset({"POST /login"})
"""Doors whose every refusal is the same one."""
HAS_ONE: Final = frozenset({"POST /v1/me/factors/totp", "POST /console/settings/security/app"})
"""Doors at which whoever has an app is believed, and told that he has one."""
_ASKS: Final = (b"second_factor_required", b"requiredAuthCheck", b'name="code"')
"""How a door says that it wants more: by a word, or by a field."""
_TOKENS: Final = "/1.0/users/authentication/rest"


def _fields(route: Route) -> dict[str, Any]:
    return (BODIES.get(str(route)) or BODIES.get(route.path, dict))()


def _takes_a_password(route: Route) -> bool:
    return PASSWORD in _fields(route).values()


DOORS: Final = tuple(routed for routed in ROUTES if _takes_a_password(routed[1]))
every_door = pytest.mark.parametrize("routed", DOORS, ids=lambda routed: str(routed[1]))


class Owing:
    """A house whose administrator has an app and a passkey, and a session from before them."""

    def __init__(self, at: House) -> None:
        self.at = at
        demand = Demand(Door.MANAGEMENT, asker=Asker.SIGNED_IN)
        self.session = at.make("session").credential
        self.browser = at.make(TWIN).credential
        self.by = caller(self.session.secret, Spelling.BEARER, demand=demand)
        self.app: App = turn_app_on(at.stage, by=self.by)
        add_passkey(at.stage, by=self.by, shown=code(self.app.codes[-1]))
        kept = at.stage.authority.my_factors.show(self.by)
        self.ids = {"passkey_id": str(kept.passkeys[0].id)}

    def ask(self, routed: Routed, **shown: str) -> Reply:
        """The good request of a door, and beside it what is shown."""
        face, route = routed
        fields, headers = _fields(route) | shown, []
        if route.demand is not None:
            session = self.browser if face.name == "console" else self.session
            headers = [*session.at(face).headers]
        fields = self.at.of_its_form(route, headers) | fields
        headers = self.at.sealed(headers)
        path = self.at.fill(route, self.ids)
        if route.method == "GET":
            path += ("&" if "?" in path else "?") + urlencode(fields)
            return self.at.wire(route.method, path, headers)
        is_form = DIALECTS[face.name].takes_forms
        body = (urlencode(fields) if is_form else json.dumps(fields)).encode()
        kind = FORM if is_form else JSON
        return self.at.wire(route.method, path, [*headers, kind], body)


@pytest.fixture
def owing(tmp_path: Path) -> Iterator[Owing]:
    with house("memory", tmp_path, FACES, lambda _: None) as at:
        yield Owing(at)


def test_every_door_that_gives_something_for_a_password_is_walked():
    found = {str(route) for _, route in DOORS}
    issuing = {str(one) for _, one in ROUTES if one.demand is None} & (ISSUING | GRANTING)
    assert issuing - WITHOUT_PASSWORD <= found
    assert any(route.demand is not None for _, route in DOORS)


@every_door
def test_the_password_alone_opens_nothing(owing: Owing, routed: Routed):
    face, route = routed
    for shown in ({}, {"code": ""}, {"code": "000000"}, {"code": "0000-" * 5 + "0000"}):
        if str(route) in CANNOT_ASK and shown:
            continue
        reply = owing.ask(routed, **shown)
        assert outcome(face, reply) is not Outcome.ALLOWED, reply
        holds_no_secret(reply)
        asks = any(one in reply.body for one in _ASKS)
        is_confirmed = route.demand is not None and route.path.startswith(_TOKENS)
        quiet = is_confirmed or str(route) in CANNOT_ASK | TELLS_NOTHING
        assert asks is not quiet, reply


@every_door
def test_the_right_code_opens_every_door_that_can_ask_and_does_so_once(
    owing: Owing, routed: Routed
):
    face, route = routed
    shown = owing.app.next()
    reply = owing.ask(routed, code=shown)
    if str(route) in CANNOT_ASK:
        assert outcome(face, reply) is not Outcome.ALLOWED
        shown = owing.app.next()
    elif str(route) in HAS_ONE:
        assert b"remove it first" in reply.body  # it was believed, and nothing came of it
        return
    else:
        assert outcome(face, reply) is Outcome.ALLOWED, reply
    again = next(one for one in DOORS if str(one[1]) == "POST /v1/sessions")
    opens = outcome(again[0], owing.ask(again, code=shown)) is Outcome.ALLOWED
    assert opens is (str(route) in CANNOT_ASK)


def test_wrong_and_missing_are_told_by_the_fleet_as_a_wrong_password_is(owing: Owing):
    routed = next(one for one in DOORS if str(one[1]) == "POST /login")
    said = {
        owing.ask(routed, **shown).body
        for shown in ({}, {"code": "000000"}, {"password": "wrong"}, {"code": "", "password": "x"})
    }
    assert len(said) == 1
    assert outcome(routed[0], owing.ask(routed)) is Outcome.UNAUTHENTICATED


def test_the_token_endpoint_answers_as_to_a_wrong_password(owing: Owing):
    routed = next(one for one in DOORS if str(one[1]) == "POST /oauth/token")
    right, wrong = owing.ask(routed), owing.ask(routed, password="wrong")
    assert (right.status, right.body) == (wrong.status, wrong.body)


def test_virtuozzos_platform_asks_in_its_own_words(owing: Owing):
    routed = next(one for one in DOORS if str(one[1]) == f"POST {_TOKENS}/signin")
    told = json.loads(owing.ask(routed).body)
    assert (told["result"], told["requiredAuthCheck"]) == (702, True)
    assert "session" not in told
    wrong = json.loads(owing.ask(routed, password="wrong").body)
    assert "requiredAuthCheck" not in wrong


def _administrator(owing: Owing) -> Caller:
    demand = Demand(Door.MANAGEMENT, frozenset({"AccountsUsersWrite"}), asker=Asker.SIGNED_IN)
    return with_demand(owing.by, demand)


def _send(owing: Owing, path: str, fields: dict[str, str]) -> Reply:
    """To the page or to the API, whichever it is."""
    if path.startswith("/v1"):
        sent = {name: text for name, text in fields.items() if name != "password_again"}
        return owing.at.wire("POST", path, [JSON], json.dumps(sent).encode())
    headers = [FORM, ("sec-fetch-site", "same-origin")]
    return owing.at.wire("POST", path, headers, urlencode(fields).encode())


@pytest.mark.parametrize("path", ["/v1/recoveries/redeem", "/console/recovery"])
def test_a_recovery_link_asks_for_the_factor_and_is_good_until_it_is_shown(owing: Owing, path: str):
    stage, chosen = owing.at.stage, "marmalade oyster trellis"
    app = turn_app_on(stage, email := owing.at.join())
    link = recover(stage, email, _administrator(owing)).secret.reveal()
    fields = {"code": link, "password": chosen, "password_again": chosen}
    for wrong in ({}, {"factor_code": "000000"}):
        refused = _send(owing, path, fields | wrong)
        assert refused.status == 403
        assert link.encode() not in refused.body
    assert _send(owing, path, fields | {"factor_code": app.codes[2]}).status == 200


@pytest.mark.parametrize("path", ["/v1/invitations/accept", "/console/invitation"])
def test_an_invitation_asks_whoever_is_known_for_the_factor_behind_his_password(
    owing: Owing, path: str
):
    stage = owing.at.stage
    app = turn_app_on(stage, FOREIGNER)
    link = invite(stage, FOREIGNER, by=_administrator(owing)).secret.reveal()
    fields = {"code": link, "password": PASSWORD, "password_again": ""}
    assert _send(owing, path, fields | {"password": "wrong"}).status == 401
    assert _send(owing, path, fields).status == 403
    assert _send(owing, path, fields | {"factor_code": app.next()}).status == 201
