"""What RabbitMQ 3.10.8 asks, byte by byte as it was recorded, and what it is answered."""

from typing import Final
from urllib.parse import quote_plus

import pytest

from brokers.hall import AT, Hall, number, text
from brokers.topic_table import ALL, HOSTILE_IDS, SHARED, Row
from conformance.wire import Reply
from tokenhouse.core.mqtt import Action

FORM: Final = ("content-type", "application/x-www-form-urlencoded")
QUEUE: Final = "name=mqtt-subscription-{me}qos"
RESOURCE: Final = "&vhost=%2F&resource={}&{}&permission={}&tags=&client_id={me}"
TOPIC: Final = (
    "&vhost=%2F&resource=topic&name=amq.topic&permission={}&tags=&routing_key={}"
    "&variable_map.client_id={me}&variable_map.username={user}&variable_map.vhost=%2F"
)


def resource(kind: str, name: str, permission: str) -> tuple[str, str]:
    filled = RESOURCE.replace("{}", kind, 1).replace("{}", name, 1).replace("{}", permission, 1)
    return "resource", "username={user}" + filled


def topic(permission: str, routing_key: str) -> tuple[str, str]:
    filled = TOPIC.replace("{}", permission, 1).replace("{}", routing_key, 1)
    return "topic", "username={user}" + filled


VHOST: Final = ("vhost", "username={user}&vhost=%2F&ip=127.0.0.1&tags=&client_id={me}")
LIFE: Final = (
    VHOST,
    resource("queue", QUEUE + "1", "configure"),
    resource("queue", QUEUE + "1", "read"),
    resource("queue", QUEUE + "1", "write"),
    resource("exchange", "name=amq.topic", "read"),
    topic("read", "th.d.{me}.%23"),
    topic("write", "th.d.{me}.up"),
    resource("exchange", "name=amq.topic", "write"),
)
"""What it asks while a device subscribes and publishes, in this order."""


def ask(at: Hall, question: tuple[str, str], user: str, by=None, *, policy: str = "bound") -> Reply:
    """Ask as a broker does for whoever has this user name, under my client id."""
    path, body = question
    said = body.replace("{user}", user).replace("{me}", number(at.me))
    said = said.replace("{other}", number(at.other))
    url = f"{AT}/rabbitmq/{policy}/{path}"
    return at.at.wire("POST", url, [by or at.broker, FORM], said.encode())


def is_yes(reply: Reply) -> bool:
    """These bytes alone are a yes and a no to RabbitMQ; all else is an error there, and logged."""
    assert (reply.status, reply.body in {b"allow", b"deny"}) == (200, True), reply
    assert reply.header("content-type") == "text/plain"
    return reply.body == b"allow"


def user_question(user: str, password: str, client_id: str | None = "{me}") -> tuple[str, str]:
    body = f"username={quote_plus(user)}&password={quote_plus(password)}"
    return "user", body if client_id is None else f"{body}&vhost=%2F&client_id={client_id}"


def test_a_device_is_let_in_in_each_spelling(at: Hall):
    me, name = text(at.me), number(at.me)
    for user, password in ((me, "x"), ("", me), (name, me)):
        assert is_yes(ask(at, user_question(user, password), ""))
        for question in LIFE:
            assert is_yes(ask(at, question, user)), question
    other = user_question(text(at.other), "x")
    assert not is_yes(ask(at, other, ""))
    assert is_yes(ask(at, (other[0], other[1].replace("{me}", "{other}")), ""))


def test_whoever_comes_by_amqp_or_to_the_management_has_no_client_id_and_no_way_in(at: Hall):
    me = text(at.me)
    for user, password in ((me, "x"), ("", me), (number(at.me), me), (at.session(), "x")):
        for client_id in (None, ""):
            question = user_question(user, password, client_id)
            for policy in ("bound", "free"):
                assert not is_yes(ask(at, question, "", policy=policy))


@pytest.mark.parametrize("name", HOSTILE_IDS)
def test_a_device_is_let_in_under_no_name_but_its_own(at: Hall, name: str):
    me, other, theirs = at.numbers
    shown = Row(Action.PUBLISH, name, False).named(me, other, theirs)
    assert not is_yes(ask(at, user_question(text(at.me), "x", quote_plus(shown)), ""))


@pytest.mark.parametrize("row", ALL, ids=lambda row: f"{row.action} {row.topic[:40]!r}")
def test_a_device_does_what_the_table_says(at: Hall, row: Row):
    """As RabbitMQ spells it, which has no shared subscriptions."""
    key = row.named(*at.numbers).replace("/", ".").replace("+", "*")
    permission = "write" if row.action is Action.PUBLISH else "read"
    question = topic(permission, quote_plus(key, errors="surrogatepass"))
    assert is_yes(ask(at, question, number(at.me))) is (row.allowed and row not in SHARED)


@pytest.mark.parametrize(
    "question",
    [
        ("vhost", VHOST[1].replace("%2F", "elsewhere")),
        ("vhost", VHOST[1].replace("&vhost=%2F", "")),
        resource("queue", "name=mqtt-subscription-{other}qos1", "read"),
        resource("queue", "name=mqtt-subscription-{me}-xqos1", "read"),
        resource("queue", "name=mqtt-subscription-qos1", "read"),
        resource("queue", "name=x" + QUEUE.removeprefix("name=") + "1", "read"),
        resource("queue", "name=anything", "configure"),
        resource("exchange", "name=amq.topic", "configure"),
        resource("exchange", "name=amq.default", "write"),
        resource("exchange", "name=amq.direct", "write"),
        resource("exchange", "name=", "write"),
        resource("topic", "name=amq.topic", "write"),
        ("topic", topic("write", "th.d.{me}.up")[1].replace("amq.topic", "mine")),
        ("topic", topic("write", "th.d.{me}.up")[1].replace("vhost=%2F&r", "vhost=x&r")),
        topic("configure", "th.d.{me}.up"),
        topic("write", "th/d/{me}/up"),
        topic("write", "th.d.{me}.*"),
        topic("write", "th.d.{me}.%FF"),
        topic("write", "th.d.{me}.up&routing_key=th.d.{other}.up"),
        ("topic", "username={user}&vhost=%2F&name=amq.topic&permission=read"),
        ("topic", ""),
        ("user", ""),
        ("vhost", ""),
        ("resource", "%"),
    ],
)
def test_nothing_else_is_allowed(at: Hall, question: tuple[str, str]):
    for user in (number(at.me), text(at.me), ""):
        assert not is_yes(ask(at, question, user))


def test_a_person_has_no_queue_that_outlasts_his_connection(at: Hall):
    """The next one of this name would find in it what this one subscribed to."""
    anna = at.session()
    for of, queue in (("1", False), ("0", True)):
        for permission in ("configure", "read", "write"):
            question = resource("queue", QUEUE + of, permission)
            asked = (question[0], question[1].replace("{me}", "anna"))
            assert is_yes(ask(at, asked, anna)) is queue
    key = topic("read", "th.d.{me}.%23")
    assert is_yes(ask(at, key, anna))


def test_where_client_ids_are_free_the_user_name_tells_the_device(at: Hall):
    me, name = text(at.me), number(at.me)
    for user, password, allowed in ((me, "x", True), (name, me, True), ("", me, False)):
        question = user_question(user, password, "anything")
        assert is_yes(ask(at, question, "", policy="free")) is allowed
        for path, body in LIFE:
            asked = (path, body.replace("client_id={me}", "client_id=anything"))
            asked = (path, asked[1].replace("-{me}qos", "-anythingqos"))
            assert is_yes(ask(at, asked, user, policy="free")) is allowed


def test_a_broker_that_may_not_ask_gets_no_answer_that_reads_as_one(at: Hall):
    lacking = at.client(permissions=[])
    for by in (("x-nothing", "x"), lacking):
        for question in (user_question(text(at.me), "x"), *LIFE):
            reply = ask(at, question, number(at.me), by)
            assert reply.status in {401, 403}
            assert reply.body not in {b"allow", b"deny"}
