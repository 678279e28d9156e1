"""mosquitto-go-auth, asked and understood as its source has it.

`GoAuth` does what its http backend does with the recipe and with our answers, and makes the bytes
that Go's `encoding/json` and `net/url` make.
"""

import base64
import json
from collections.abc import Iterator
from urllib.parse import unquote, urlencode, urlsplit

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from brokers.broken import FORM, JSON, Question, all_broken, hall_on_a_switch
from brokers.hall import Hall, hall, number, text
from brokers.recipes import basic, recipe, settings
from brokers.topic_table import ALL, HOSTILE_IDS, Row
from conformance.wire import Reply
from rigs import subject, writer
from tokenhouse.core.mqtt import Action
from tokenhouse.core.refusal import Unavailable

AT = "/v1/broker/go-auth/bound"
YES = b'{"ok":true,"error":""}'
NO = b'{"ok":false,"error":"not allowed"}'
ACC = {Action.RECEIVE: 1, Action.PUBLISH: 2, Action.SUBSCRIBE: 4}


class GoAuth:
    """The plugin, with the recipe; `other` settings take the place of some of it."""

    def __init__(self, at: Hall, policy: str = "bound", **other: str) -> None:
        self._at = at
        said = settings(basic(at, recipe("go-auth")).replace("/bound/", f"/{policy}/"))
        named = {name.removeprefix("auth_opt_http_"): value for name, value in said.items()}
        self._said = named | other

    def user(self, username: str, password: str, clientid: str) -> bool | None:
        asked = {"username": username, "password": password, "clientid": clientid}
        return self._request("getuser_uri", asked)

    def topic(self, username: str, clientid: str, topic: str, acc: int) -> bool | None:
        asked = {"username": username, "clientid": clientid, "topic": topic, "acc": acc}
        return self._request("aclcheck_uri", asked)

    def _request(self, uri: str, asked: dict[str, str | int]) -> bool | None:
        said = self._said
        url = urlsplit(f"http://{said['host']}:{said['port']}{said[uri]}")
        pair = f"{unquote(url.username or '')}:{unquote(url.password or '')}"
        by = ("authorization", f"Basic {base64.b64encode(pair.encode()).decode()}")
        if said["params_mode"] == "form":
            media, body = FORM, urlencode(sorted(asked.items())).encode()
        else:
            media, body = JSON, go_json(asked)
        headers = [by, ("content-type", media), ("user-agent", "mosquitto-3.0.0")]
        reply = self._at.at.wire(said["method"], url.path, headers, body)
        return understood(reply, said["response_mode"])


def go_json(asked: dict[str, str | int]) -> bytes:
    """`json.Marshal` of a map: sorted, without spaces, and safe within HTML."""
    plain = json.dumps(asked, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    for one in "<>&\u2028\u2029":
        plain = plain.replace(one, f"\\u{ord(one):04x}")
    return plain.encode()


def understood(reply: Reply, mode: str) -> bool | None:
    """What the plugin makes of an answer; None: an error."""
    if not 200 <= reply.status < 300:
        return None if reply.status >= 500 else False
    if mode == "text":
        return reply.body == b"ok"
    if mode != "json":
        return True
    try:
        said = json.loads(reply.body)
    except ValueError:
        return None
    return said.get("ok") is True


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    """A hall in which nothing is changed."""
    with hall(tmp_path_factory.mktemp("go-auth")) as made:
        yield made


@pytest.fixture(params=[("json", "status"), ("form", "status"), ("json", "json")], ids=str)
def plugin(request: pytest.FixtureRequest, house: Hall) -> GoAuth:
    """In each of the modes that work."""
    params_mode, response_mode = request.param
    return GoAuth(house, params_mode=params_mode, response_mode=response_mode)


def test_the_questions_are_answered_to_the_byte(house: Hall):
    me, by = number(house.me), [house.broker, ("content-type", JSON)]
    for name, sent, status, body in (
        (
            "getuser",
            f'{{"clientid":"{me}","password":"{text(house.me)}","username":"{me}"}}',
            200,
            YES,
        ),
        ("getuser", f'{{"clientid":"{me}","password":"x","username":"{me}"}}', 403, NO),
        ("superuser", f'{{"username":"{text(house.me)}"}}', 403, NO),
        (
            "aclcheck",
            f'{{"acc":4,"clientid":"{me}","topic":"th/d/{me}/#","username":"{me}"}}',
            200,
            YES,
        ),
        ("aclcheck", f'{{"acc":4,"clientid":"{me}","topic":"#","username":"{me}"}}', 403, NO),
    ):
        reply = house.at.wire("POST", f"{AT}/{name}", by, sent.encode())
        assert (reply.status, reply.body) == (status, body), sent
        assert reply.header("content-type") == JSON


def test_the_token_is_the_user_name_or_the_password(plugin: GoAuth, house: Hall):
    me, name = text(house.me), number(house.me)
    for pair in ((me, "anything"), (name, me)):
        assert plugin.user(*pair, f"{name}-up") is True
    for pair in (("me", me), ("me", "secret"), ("", ""), (me, text(house.other))):
        assert plugin.user(*pair, name) is False


def test_in_the_mode_text_nobody_gets_in(house: Hall):
    plugin, name = GoAuth(house, response_mode="text"), number(house.me)
    assert plugin.user(text(house.me), "x", name) is False
    assert plugin.topic(name, name, f"th/d/{name}/up", 2) is False


@pytest.mark.parametrize("by", ["token", "number", "client_id"])
@pytest.mark.parametrize("row", ALL, ids=repr)
def test_a_device_does_what_the_table_says(house: Hall, row: Row, by: str):
    me = number(house.me)
    username = {"token": text(house.me), "number": me, "client_id": ""}[by]
    said = GoAuth(house).topic(username, f"{me}-up", row.named(*house.numbers), ACC[row.action])
    assert said is row.allowed


def test_the_numbers_of_what_is_done(plugin: GoAuth, house: Hall):
    me = number(house.me)
    for acc, topic, allowed in (
        (1, f"th/d/{me}/down", True),
        (1, f"th/d/{me}/#", False),
        (1, "$SYS/broker/uptime", False),
        (3, f"th/d/{me}/up", True),
        (3, f"th/d/{number(house.other)}/up", False),
        (4, f"th/d/{me}/#", True),
        (0, f"th/d/{me}/up", False),
        (5, f"th/d/{me}/up", False),
        (8, f"th/d/{me}/up", False),
        (17, f"th/d/{me}/up", False),
        (-1, f"th/d/{me}/up", False),
    ):
        assert plugin.topic(me, me, topic, acc) is allowed, (acc, topic)


@pytest.mark.parametrize("name", HOSTILE_IDS)
def test_a_device_connects_under_no_name_but_its_own(plugin: GoAuth, house: Hall, name: str):
    me, other, theirs = (str(one) for one in house.numbers)
    shown = name.replace("{me}", me).replace("{other}", other).replace("{theirs}", theirs)
    assert plugin.user(text(house.me), "x", shown) is False
    assert plugin.user(me, text(house.me), shown) is False


def test_where_names_are_free_a_device_connects_under_any(house: Hall):
    plugin, me = GoAuth(house, "free"), number(house.me)
    assert plugin.user(text(house.me), "x", "whatever") is True
    assert plugin.topic(text(house.me), "whatever", f"th/d/{me}/up", 2) is True
    assert plugin.user("", text(house.me), me) is False
    assert plugin.topic("", me, f"th/d/{me}/up", 2) is False


def test_who_only_receives_does_not_do_both(at: Hall):
    group = at.stage.group("Client")
    reading = replace(group, version=group.version + 1, permissions=frozenset({"DevicesRead"}))
    at.stage.put(reading, group)
    plugin, carl = GoAuth(at), at.session("carl@nordlicht.example")
    topic = f"th/d/{number(at.me)}/up"
    assert [plugin.topic(carl, "carl", topic, acc) for acc in (1, 2, 3)] == [True, False, False]


def test_people_have_the_topics_of_their_organizations_devices(plugin: GoAuth, house: Hall):
    anna, (me, _, theirs) = house.session(), house.numbers
    assert plugin.user(anna, "x", subject(anna)) is True
    assert plugin.topic(anna, "anna", f"th/d/{me}/#", 4) is True
    assert plugin.topic(anna, "anna", f"th/d/{theirs}/#", 4) is False
    assert plugin.topic(anna, "anna", "#", 4) is False


def test_after_a_revocation_nothing_is_allowed(at: Hall):
    plugin, me = GoAuth(at), number(at.me)
    assert plugin.topic(me, me, f"th/d/{me}/up", 2) is True
    at.stage.authority.devices.revoke(writer(at.stage), at.me.device.id)
    assert plugin.user(text(at.me), "x", me) is False
    for username in (text(at.me), me):
        assert plugin.topic(username, me, f"th/d/{me}/up", 2) is False


def questions(at: Hall, media_type: str) -> tuple[Question, ...]:
    me = number(at.me)
    user = {"username": me, "password": text(at.me), "clientid": me}
    topic = {"username": me, "clientid": me, "topic": f"th/d/{me}/up", "acc": 2}
    return (
        Question(f"{AT}/getuser", user, ("password", "clientid"), media_type),
        Question(f"{AT}/aclcheck", topic, ("topic", "acc"), media_type),
    )


@pytest.mark.parametrize("media_type", [JSON, FORM])
@pytest.mark.parametrize("place", [0, 1])
def test_whatever_is_wrong_is_never_a_yes(house: Hall, place: int, media_type: str):
    question = questions(house, media_type)[place]
    assert understood(question.ask(house), "status") is True
    with capture_logs() as logged:
        for name, reply in all_broken(house, question):
            for mode in ("status", "json", "text"):
                assert understood(reply, mode) is False, (name, reply)
    assert text(house.me) not in repr(logged)


def test_a_question_at_the_wrong_url_is_never_a_yes(house: Hall):
    user, topic = questions(house, JSON)
    assert topic.ask(house, topic.body(user.fields)).status == 403
    both = user.fields | topic.fields
    assert user.ask(house, user.body(both)).status == 403


def test_while_the_store_is_down_nothing_is_allowed(tmp_path):
    with hall_on_a_switch(tmp_path) as (at, switch):
        for question in questions(at, JSON):
            with switch.failing(Unavailable("down")):
                reply = question.ask(at)
            assert reply.status == 503
            for mode in ("status", "json", "text"):
                assert understood(reply, mode) is None


def test_the_recipe_keeps_no_answer_and_has_no_superusers():
    said = settings(recipe("go-auth"))
    assert said["auth_opt_backends"] == "http"
    assert said["auth_opt_cache"] == "false"
    assert said["auth_opt_disable_superuser"] == "true"
    assert said["allow_anonymous"] == "false"
