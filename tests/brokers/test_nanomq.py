"""NanoMQ's `http_auth`, asked and understood as its documentation and its source have it."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from structlog.testing import capture_logs

from brokers.broken import FORM, Question, all_broken, hall_on_a_switch
from brokers.hall import Hall, hall, number, text
from brokers.recipes import basic, hocon, path_of, recipe
from brokers.topic_table import ALL, HOSTILE_IDS, Row
from rigs import subject, writer
from tokenhouse.core.mqtt import Action
from tokenhouse.core.refusal import Unavailable

AT: Final = "/v1/broker/nanomq/bound"
PLAIN: Final = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~",
)
SENT: Final = [row for row in ALL if row.topic and "\x00" not in row.topic]
"""NanoMQ asks nobody about a topic of no characters, and has no other end of one than NUL."""


class NanoMQ:
    """NanoMQ with the recipe, for one client that connects with these."""

    def __init__(self, at: Hall, username: str, password: str | None, client_id: str) -> None:
        self._at = at
        self._said = hocon(basic(at, recipe("nanomq", "hocon")))["auth"]["http_auth"]
        self._known = {"c": client_id, "u": username, "P": password, "a": "203.0.113.9"}

    def free(self) -> "NanoMQ":
        """The same with the recipe's other policy."""
        for one in ("auth_req", "acl_req"):
            self._said[one]["url"] = self._said[one]["url"].replace("/bound/", "/free/")
        return self

    def connect(self) -> bool:
        return self._ask(self._said["auth_req"], self._known)

    def publish(self, topic: str) -> bool:
        return self._ask(self._said["acl_req"], self._known | {"A": "2", "t": topic})

    def subscribe(self, *filters: str) -> bool:
        """All of one SUBSCRIBE together."""
        return self._ask(self._said["acl_req"], self._known | {"A": "1", "t": ",".join(filters)})

    def do(self, row: Row, topic: str) -> bool:
        return self.publish(topic) if row.action is Action.PUBLISH else self.subscribe(topic)

    def _ask(self, of: dict[str, Any], known: dict[str, str | None]) -> bool:
        """What it does not know is left out."""
        fields = {name: known[sign.removeprefix("%")] for name, sign in of["params"].items()}
        body = "&".join(f"{name}={encoded(one)}" for name, one in fields.items() if one is not None)
        headers = [*of["headers"].items()]
        reply = self._at.at.wire(of["method"], path_of(of["url"]), headers, body.encode())
        return reply.status == 200


def encoded(value: str) -> str:
    """`url_encode` of `auth_http.c`."""
    return "".join(chr(one) if one in PLAIN else f"%{one:02X}" for one in value.encode())


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    """A hall in which nothing is changed."""
    with hall(tmp_path_factory.mktemp("nanomq")) as made:
        yield made


def by_token(at: Hall, password: str | None = None) -> NanoMQ:
    return NanoMQ(at, text(at.me), password, number(at.me))


def test_the_questions_are_answered_to_the_byte(house: Hall):
    me, token = number(house.me), text(house.me)
    who = f"clientid={me}&username={me}&password={token}"
    for name, sent, status, body in (
        ("auth", f"{who}&ipaddr=127.0.0.1", 200, b"yes"),
        ("auth", f"clientid={me}&username={me}&password=x", 403, b"no"),
        ("superuser", who, 403, b"no"),
        ("acl", f"{who}&access=1&topic=th%2Fd%2F{me}%2F%23", 200, b"yes"),
        ("acl", f"{who}&access=2&topic=th%2Fd%2F{me}%2Fup", 200, b"yes"),
        ("acl", f"{who}&access=2&topic=th%2Fd%2F{me}%2F%23", 403, b"no"),
        ("acl", f"{who}&access=1&topic=%23", 403, b"no"),
    ):
        by = [house.broker, ("content-type", FORM)]
        reply = house.at.wire("POST", f"{AT}/{name}", by, sent.encode())
        assert (reply.status, reply.body) == (status, body), sent


def test_the_token_is_the_user_name_or_the_password(house: Hall):
    me, name = text(house.me), number(house.me)
    for pair in ((me, None), (me, "anything"), (name, me), ("", me)):
        client = NanoMQ(house, *pair, f"{name}-up")
        assert client.connect()
        assert client.publish(f"th/d/{name}/up")
    for pair in (("me", me), ("me", "secret"), ("", None), (me, text(house.other))):
        assert not NanoMQ(house, *pair, name).connect()


@pytest.mark.parametrize("row", SENT, ids=repr)
def test_a_device_does_what_the_table_says(house: Hall, row: Row):
    topic = row.named(*house.numbers)
    assert by_token(house).do(row, topic) is row.allowed
    as_password = NanoMQ(house, number(house.me), text(house.me), number(house.me))
    assert as_password.do(row, topic) is row.allowed


@pytest.mark.parametrize("row", [row for row in SENT if row.action is Action.SUBSCRIBE], ids=repr)
def test_what_is_not_allowed_alone_is_not_allowed_beside_what_is(house: Hall, row: Row):
    mine, topic = f"th/d/{number(house.me)}/#", row.named(*house.numbers)
    for filters in ((mine, topic), (topic, mine), (mine, topic, mine)):
        assert by_token(house).subscribe(*filters) is row.allowed


def test_how_many_filters_are_asked_about_at_once(house: Hall):
    mine = f"th/d/{number(house.me)}/#"
    assert by_token(house).subscribe(*[mine] * 32)
    assert not by_token(house).subscribe(*[mine] * 33)
    assert not by_token(house).subscribe("th/d/" + number(house.me) + "/a,b")
    assert by_token(house).publish("th/d/" + number(house.me) + "/a,b")


@pytest.mark.parametrize("access", ["0", "3", "4", "", "01", "1 ", "-1", "publish"])
def test_an_action_that_there_is_not_is_a_no(house: Hall, access: str):
    question = questions(house)[1]
    assert question.ask(house, question.body(question.fields | {"access": access})).status == 403


@pytest.mark.parametrize("name", [name for name in HOSTILE_IDS if name != ""])
def test_a_device_connects_under_no_name_but_its_own(house: Hall, name: str):
    me, other, theirs = (str(one) for one in house.numbers)
    shown = name.replace("{me}", me).replace("{other}", other).replace("{theirs}", theirs)
    assert not NanoMQ(house, text(house.me), None, shown).connect()
    assert not NanoMQ(house, me, text(house.me), shown).connect()


def test_where_names_are_free_a_device_connects_under_any(house: Hall):
    client = NanoMQ(house, text(house.me), None, "whatever")
    assert not client.connect()
    assert client.free().connect()
    assert client.publish(f"th/d/{number(house.me)}/up")
    assert not NanoMQ(house, "", None, number(house.me)).free().publish("th/d/1/up")


def test_people_have_the_topics_of_their_organizations_devices(house: Hall):
    session, (me, _, theirs) = house.session(), house.numbers
    anna = NanoMQ(house, "", session, subject(session))
    assert anna.connect()
    assert anna.subscribe(f"th/d/{me}/#", f"th/d/{me}/down")
    assert not anna.subscribe(f"th/d/{me}/#", f"th/d/{theirs}/#")


def test_after_a_revocation_nothing_is_allowed(at: Hall):
    topic = f"th/d/{number(at.me)}/up"
    assert by_token(at).publish(topic)
    at.stage.authority.devices.revoke(writer(at.stage), at.me.device.id)
    assert not by_token(at).connect()
    assert not by_token(at).publish(topic)


def questions(at: Hall) -> tuple[Question, ...]:
    me = number(at.me)
    user = {"clientid": me, "username": me, "password": text(at.me), "ipaddr": "127.0.0.1"}
    topic = {"password": text(at.me), "access": "2", "topic": f"th/d/{me}/up"}
    return (
        Question(f"{AT}/auth", user, ("password", "clientid"), FORM),
        Question(f"{AT}/acl", topic, ("password", "access", "topic"), FORM),
    )


@pytest.mark.parametrize("place", [0, 1])
def test_whatever_is_wrong_is_never_a_yes(house: Hall, place: int):
    question = questions(house)[place]
    assert question.ask(house).status == 200
    with capture_logs() as logged:
        for name, reply in all_broken(house, question):
            assert 400 <= reply.status < 500, name
    assert text(house.me) not in repr(logged)


def test_a_question_at_the_wrong_url_is_never_a_yes(house: Hall):
    user, topic = questions(house)
    assert topic.ask(house, user.body()).status == 403
    for both in (user.fields | topic.fields, user.fields | {"access": "1"}):
        assert user.ask(house, user.body(both)).status == 403


def test_while_the_store_is_down_nothing_is_allowed(tmp_path):
    with hall_on_a_switch(tmp_path) as (at, switch):
        for question in questions(at):
            with switch.failing(Unavailable("down")):
                assert question.ask(at).status == 503


def test_the_recipe_keeps_no_answer_and_has_no_superusers():
    said = hocon(recipe("nanomq", "hocon"))["auth"]
    assert said["no_match"] == "deny"
    assert "super_req" not in said["http_auth"]
    assert said["http_auth"]["cache_ttl"] == "0s"
