"""VerneMQ's webhooks, asked and understood as its documentation and its source have it."""

from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from brokers.broken import JSON, Question, all_broken, hall_on_a_switch
from brokers.hall import Hall, hall, number, text
from brokers.recipes import recipe, settings
from brokers.topic_table import ALL, HOSTILE_IDS, Row
from brokers.vernemq import VerneMQ, understood
from rigs import subject, writer
from tokenhouse.core.mqtt import Action
from tokenhouse.core.refusal import Unavailable
from tokenhouse.faces.broker import vernemq as face

AT = "/v1/broker/vernemq/bound"
OK = b'{"result":"ok"}'
NO = b'{"result":{"error":"not_allowed"}}'


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    """A hall in which nothing is changed."""
    with hall(tmp_path_factory.mktemp("vernemq")) as made:
        yield made


@pytest.fixture(params=[3, 5])
def broker(request: pytest.FixtureRequest, house: Hall) -> VerneMQ:
    """Asked by a client of each version of MQTT."""
    return VerneMQ(house, request.param)


def test_the_hooks_are_answered_to_the_byte(house: Hall):
    me, token = number(house.me), text(house.me)
    who = f'"username":"{token}","mountpoint":"","client_id":"{me}"'
    peer = '"peer_addr":"127.0.0.1","peer_port":8888'
    some, own = f'"qos":1,"topic":"th/d/{me}/up"', f'{{"topic":"th/d/{me}/#","qos":1}}'
    for name, hook, sent, body in (
        ("register", "auth_on_register", f'{{{peer},{who},"password":null}}', OK),
        ("register", "auth_on_register", f'{{{peer},"username":null,"password":null}}', NO),
        ("publish", "auth_on_publish_m5", f'{{{who},{some},"retain":false,"properties":{{}}}}', OK),
        ("publish", "auth_on_publish", f'{{{who},"qos":1,"topic":"up","retain":false}}', NO),
        ("subscribe", "auth_on_subscribe", f'{{{who},"topics":[{own}]}}', OK),
        ("subscribe", "auth_on_subscribe", f'{{{who},"topics":[{own},{{"topic":"#"}}]}}', NO),
    ):
        headers = [house.broker, ("content-type", JSON), ("vernemq-hook", hook)]
        reply = house.at.wire("POST", f"{AT}/{name}", headers, sent.encode())
        assert (reply.status, reply.body) == (200, body), sent
        assert reply.header("content-type") == JSON
        assert reply.header("cache-control") == "no-store"


def test_the_token_is_the_user_name_or_the_password(broker: VerneMQ, house: Hall):
    me, name = text(house.me), number(house.me)
    for pair in ((me, None), (me, "anything"), (name, me), (None, me)):
        assert broker.register(*pair, f"{name}-up")
    for pair in (("me", me), ("me", "secret"), (None, None), (me, text(house.other))):
        assert not broker.register(*pair, name)


@pytest.mark.parametrize("by", ["token", "number", "client_id"])
@pytest.mark.parametrize("row", ALL, ids=repr)
def test_a_device_does_what_the_table_says(house: Hall, row: Row, by: str):
    me = number(house.me)
    username = {"token": text(house.me), "number": me, "client_id": None}[by]
    broker, topic = VerneMQ(house, 5), row.named(*house.numbers)
    do = broker.publish if row.action is Action.PUBLISH else broker.subscribe
    assert do(username, f"{me}-up", topic) is row.allowed


def test_a_subscribe_is_allowed_with_all_its_filters_or_not_at_all(broker: VerneMQ, house: Hall):
    me, other = number(house.me), number(house.other)
    assert broker.subscribe(me, me, f"th/d/{me}/a", f"th/d/{me}/#")
    for filters in (("#", f"th/d/{me}/#"), (f"th/d/{me}/#", f"th/d/{other}/#"), ()):
        assert not broker.subscribe(me, me, *filters)
    assert not broker.subscribe(me, me, *[f"th/d/{me}/#"] * 101)


@pytest.mark.parametrize("name", HOSTILE_IDS)
def test_a_device_connects_under_no_name_but_its_own(broker: VerneMQ, house: Hall, name: str):
    me, other, theirs = (str(one) for one in house.numbers)
    shown = name.replace("{me}", me).replace("{other}", other).replace("{theirs}", theirs)
    assert not broker.register(text(house.me), None, shown)
    assert not broker.register(me, text(house.me), shown)


def test_where_names_are_free_a_device_connects_under_any(house: Hall):
    broker, me = VerneMQ(house, 5, "free"), number(house.me)
    assert broker.register(text(house.me), None, "whatever")
    assert broker.publish(text(house.me), "whatever", f"th/d/{me}/up")
    assert not broker.register(None, text(house.me), me)
    assert not broker.publish(None, me, f"th/d/{me}/up")


def test_people_have_the_topics_of_their_organizations_devices(broker: VerneMQ, house: Hall):
    anna, (me, _, theirs) = house.session(), house.numbers
    assert broker.register(anna, None, subject(anna))
    assert broker.subscribe(anna, "anna", f"th/d/{me}/#")
    assert not broker.subscribe(anna, "anna", f"th/d/{theirs}/#")


def test_after_a_revocation_nothing_is_allowed(at: Hall):
    broker, me = VerneMQ(at, 5), number(at.me)
    assert broker.publish(me, me, f"th/d/{me}/up")
    at.stage.authority.devices.revoke(writer(at.stage), at.me.device.id)
    assert not broker.register(text(at.me), None, me)
    assert not broker.publish(text(at.me), me, f"th/d/{me}/up")
    assert not broker.publish(me, me, f"th/d/{me}/up")


def questions(at: Hall) -> tuple[Question, ...]:
    me = number(at.me)
    register = {"username": me, "password": text(at.me), "client_id": me, "peer_addr": "::1"}
    who = {"username": me, "client_id": me}
    topics = who | {"topics": [{"topic": f"th/d/{me}/#", "qos": 1}]}
    return (
        Question(f"{AT}/register", register, ("password", "client_id")),
        Question(f"{AT}/publish", who | {"topic": f"th/d/{me}/up"}, ("topic",)),
        Question(f"{AT}/subscribe", topics, ("topics",)),
    )


@pytest.mark.parametrize("place", [0, 1, 2])
def test_whatever_is_wrong_is_a_no_and_nobody_else_is_asked(house: Hall, place: int):
    question = questions(house)[place]
    assert understood(question.ask(house)) == "ok"
    with capture_logs() as logged:
        for name, reply in all_broken(house, question):
            assert (reply.status, reply.body) == (200, NO), name
            assert understood(reply) == "error", name
    assert text(house.me) not in repr(logged)


@pytest.mark.parametrize("items", [[1], [None], [[]], [{}], [{"topic": 1}], [{"topic": None}]])
def test_an_item_without_a_filter_is_a_no(house: Hall, items: list[object]):
    question = questions(house)[2]
    for topics in (items, [*question.fields["topics"], *items]):
        assert question.ask(house, question.body(question.fields | {"topics": topics})).body == NO


def test_a_hook_at_the_wrong_url_is_a_no(house: Hall):
    all_three = questions(house)
    for asked in all_three:
        for sent in all_three:
            reply = asked.ask(house, sent.body())
            assert reply.body == (OK if sent is asked else NO)
    register, publish, subscribe = all_three
    for other in (publish, subscribe):
        assert register.ask(house, register.body(register.fields | other.fields)).body == NO


def test_a_mistyped_secret_is_found_in_the_header_and_in_the_log(house: Hall):
    face.FACE.refuse._told_at.clear()
    question = questions(house)[0]
    wrong = (house.broker[0], house.broker[1][:-6] + "AAAA==")
    with capture_logs() as logged:
        reply = question.ask(house, headers=[wrong, ("content-type", JSON)])
    assert reply.header("x-tokenhouse-cause") == "unauthenticated"
    (told,) = (one for one in logged if one["event"] == "a broker's question was refused")
    assert (told["broker"], told["code"]) == ("vernemq", "unauthenticated")


def test_while_the_store_is_down_nothing_is_allowed(tmp_path):
    with hall_on_a_switch(tmp_path) as (at, switch):
        for question in questions(at):
            with switch.failing(Unavailable("down")):
                reply = question.ask(at)
            assert (reply.status, reply.body) == (200, NO)
            assert reply.header("x-tokenhouse-cause") == "unavailable"


def test_a_payload_is_passed_over_up_to_the_size_of_a_body(house: Hall):
    publish = questions(house)[1]
    for length, body in ((60_000, OK), (70_000, NO)):
        reply = publish.ask(house, publish.body(publish.fields | {"payload": "x" * length}))
        assert reply.body == body
    assert reply.header("x-tokenhouse-cause") == "too_large"


def test_the_recipe_has_every_hook_and_asks_nobody_else():
    said = settings(recipe("vernemq"))
    hooks = {value for name, value in said.items() if name.endswith(".hook")}
    three = {"auth_on_register", "auth_on_publish", "auth_on_subscribe"}
    assert hooks == three | {f"{hook}_m5" for hook in three}
    assert said["allow_anonymous"] == "off"
    assert {said["plugins.vmq_passwd"], said["plugins.vmq_acl"]} == {"off"}
    assert said["vmq_webhooks.publish3.no_payload"] == "on"
    assert said["vmq_webhooks.publish5.no_payload"] == "on"
