"""EMQX, asked and understood as its documentation and its source have it."""

import base64
import json
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from structlog.testing import capture_logs

from brokers.broken import FORM, JSON, Question, all_broken, hall_on_a_switch
from brokers.emqx import Client, Emqx, result
from brokers.hall import Hall, hall, number, text
from brokers.recipes import hocon, path_of, recipe
from brokers.topic_table import ALL, HOSTILE_IDS, LONG, SHARED, TABLE, Row
from rigs import subject, writer
from tokenhouse.core.moment import SECOND
from tokenhouse.core.mqtt import Action
from tokenhouse.core.refusal import Unavailable
from tokenhouse.faces.broker import emqx as face

AT = "/v1/broker/emqx/bound"
DENY = b'{"result":"deny"}'
ALLOW = b'{"result":"allow"}'
LONGER = [row for row in (*TABLE, *SHARED) if LONG in row.topic]
"""What EMQX's rules cannot tell: how long a topic is. It stays below the device's prefix."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    """A hall in which nothing is changed."""
    with hall(tmp_path_factory.mktemp("emqx")) as made:
        yield made


def let_in(at: Hall, emqx: Emqx | None = None) -> Client:
    client = (emqx or Emqx(at)).connect(text(at.me), "anything", number(at.me))
    assert isinstance(client, Client)
    return client


def test_a_device_is_answered_with_its_topics_and_its_end_to_the_byte(house: Hall):
    me = house.me
    sent = b'{"username":"%d","password":"%s","clientid":"%d","peerhost":"203.0.113.9"}' % (
        me.device.number,
        text(me).encode(),
        me.device.number,
    )
    headers = [house.broker, ("content-type", "application/json")]
    reply = house.at.wire("POST", f"{AT}/authenticate", headers, sent)
    assert (reply.status, reply.header("content-type")) == (200, "application/json")
    prefix = f"th/d/{me.device.number}"
    assert reply.body.decode() == (
        f'{{"client_attrs":{{"token_id":"{me.token.id}"}},"result":"allow","is_superuser":false,'
        '"expire_at":1773738000,"acl":['
        f'{{"permission":"deny","topic":"eq {prefix}","action":"all"}},'
        f'{{"permission":"deny","topic":"eq {prefix}/","action":"all"}},'
        f'{{"permission":"allow","topic":"{prefix}/#","action":"all"}},'
        '{"permission":"deny","topic":"#","action":"all"}]}'
    )
    assert me.token.expires_at == 1_773_738_000 * SECOND


def test_a_topic_is_answered_with_one_word(house: Hall):
    asked = {"token_id": str(house.me.token.id), "action": "publish"}
    mine, other = (f"th/d/{number(one)}/up" for one in (house.me, house.other))
    for topic, body in ((mine, ALLOW), (other, DENY)):
        reply = house.at("POST", f"{AT}/authorize", house.broker, asked | {"topic": topic})
        assert (reply.status, reply.header("content-type")) == (200, "application/json")
        assert reply.body == body
        assert reply.header("x-tokenhouse-cause") is None


def test_the_token_is_the_user_name_or_the_password(house: Hall):
    emqx, me = Emqx(house), house.me
    for pair in ((text(me), ""), ("", text(me)), (number(me), text(me))):
        assert isinstance(emqx.connect(*pair, f"{number(me)}-up"), Client)
    for pair in (("me", text(me)), ("me", "secret"), ("", ""), (text(me), text(house.other))):
        assert emqx.connect(*pair, number(me)) is None


@pytest.mark.parametrize("row", [row for row in (*TABLE, *SHARED) if row not in LONGER], ids=repr)
def test_a_device_does_what_the_table_says(house: Hall, row: Row):
    emqx = Emqx(house)
    assert emqx.may(let_in(house), row.action, row.named(*house.numbers)) is row.allowed


@pytest.mark.parametrize("row", ALL, ids=repr)
def test_a_device_has_the_same_topics_where_it_is_asked_about_them(house: Hall, row: Row):
    client = let_in(house)._replace(acl=None)
    asked = Emqx(house).ask(
        Emqx(house).source,
        {
            "client_attrs.token_id": client.attrs["token_id"],
            "action": str(row.action),
            "topic": row.named(*house.numbers),
        },
    )
    is_heard_of = not row.topic.startswith("$share/")  # EMQX says the filter without its group
    assert asked.body == (ALLOW if row.allowed and is_heard_of else DENY)


def test_only_topics_of_the_brokers_own_are_asked_about_for_a_device(house: Hall):
    emqx, client = Emqx(house), let_in(house)
    for topic in ("th/d/1/x", "#", "x", "$SYS/#", f"th/d/{number(house.me)}/up"):
        emqx.may(client, Action.SUBSCRIBE, topic)
    assert client.asked == ["$SYS/#"]


@pytest.mark.parametrize("name", HOSTILE_IDS)
def test_a_device_connects_under_no_name_but_its_own(house: Hall, name: str):
    me, other, theirs = (str(one) for one in house.numbers)
    shown = name.replace("{me}", me).replace("{other}", other).replace("{theirs}", theirs)
    assert Emqx(house).connect(text(house.me), "", shown) is None


def test_where_names_are_free_a_device_connects_under_any(house: Hall):
    emqx = Emqx(house, "free")
    client = emqx.connect(text(house.me), "", "whatever")
    assert isinstance(client, Client)
    assert emqx.may(client, Action.PUBLISH, f"th/d/{number(house.me)}/up")
    assert not emqx.may(client, Action.PUBLISH, f"th/d/{number(house.other)}/up")


def test_a_persons_topics_are_asked_about_one_by_one(house: Hall):
    emqx = Emqx(house)
    session = house.session()
    anna = emqx.connect("", session, subject(session))
    assert isinstance(anna, Client)
    assert anna.acl is None
    me, _, theirs = house.numbers
    assert emqx.may(anna, Action.SUBSCRIBE, f"th/d/{me}/#")
    assert emqx.may(anna, Action.SUBSCRIBE, f"$share/g/th/d/{me}/#")
    assert not emqx.may(anna, Action.SUBSCRIBE, f"th/d/{theirs}/#")
    assert not emqx.may(anna, Action.SUBSCRIBE, "th/d/+/up")
    assert not emqx.may(anna, Action.SUBSCRIBE, "$SYS/#")
    assert len(anna.asked) == 5
    assert emqx.connect("", house.session(), number(house.me)) is None


def test_without_the_attribute_nothing_is_allowed(house: Hall):
    nobody = Client({}, None, None, [])
    assert not Emqx(house).may(nobody, Action.PUBLISH, f"th/d/{number(house.me)}/up")


def test_after_a_revocation_nothing_is_allowed(at: Hall):
    emqx, client = Emqx(at), let_in(at)
    at.stage.authority.devices.revoke(writer(at.stage), at.me.device.id)
    assert emqx.connect(text(at.me), "", number(at.me)) is None
    topic = f"th/d/{number(at.me)}/up"
    assert not emqx.may(client._replace(acl=None), Action.PUBLISH, topic)


@pytest.fixture
def untold() -> None:
    """A log in which nothing was told lately."""
    face.FACE.refuse._told_at.clear()


def test_emqx_may_ask_by_a_token_that_it_fetches_as_an_oauth_client(at: Hall):
    encoded = at.client(grants=["client_credentials"])[1].removeprefix("Basic ")
    name, _, secret = base64.b64decode(encoded).decode().partition(":")
    credentials = recipe("emqx").replace("CLIENT_ID", name).replace("CLIENT_SECRET", secret)
    said = hocon(credentials)["oauth2"]
    assert said["enable"] is True
    body = {"grant_type": "client_credentials"}
    body |= {key: said[key] for key in ("client_id", "client_secret")}
    where, form = path_of(said["token_endpoint"]), [("content-type", FORM)]
    told = json.loads(at.at.wire("POST", where, form, urlencode(body).encode()).body)
    assert told["token_type"].lower() == "bearer"
    assert told["expires_in"] == 3600
    by = [("authorization", f"Bearer {told['access_token']}"), ("content-type", JSON)]
    for question in questions(at):
        assert result(question.ask(at, headers=by)) == "allow"


def questions(at: Hall) -> tuple[Question, ...]:
    me = number(at.me)
    connecting = {"username": me, "password": text(at.me), "clientid": me, "peerhost": "::1"}
    doing = {"token_id": str(at.me.token.id), "action": "publish", "topic": f"th/d/{me}/up"}
    return (
        Question(f"{AT}/authenticate", connecting, ("password", "clientid")),
        Question(f"{AT}/authorize", doing, (*doing,)),
    )


@pytest.mark.parametrize("place", [0, 1])
def test_whatever_is_wrong_is_denied_and_nobody_else_is_asked(house: Hall, place: int):
    question = questions(house)[place]
    assert result(question.ask(house)) == "allow"
    with capture_logs() as logged:
        for name, reply in all_broken(house, question):
            assert reply.status == 200, name
            assert reply.header("content-type") == "application/json", name
            assert reply.body == DENY, name
    assert text(house.me) not in repr(logged)


@pytest.mark.usefixtures("untold")
def test_a_mistyped_secret_is_found_in_the_header_and_in_the_log(at: Hall):
    question = questions(at)[0]
    wrong = (at.broker[0], at.broker[1][:-6] + "AAAA==")
    with capture_logs() as logged:
        replies = [
            question.ask(at, headers=[wrong, ("content-type", "application/json")])
            for _ in range(5)
        ]
    assert {reply.header("x-tokenhouse-cause") for reply in replies} == {"unauthenticated"}
    told = [one for one in logged if one["event"] == "a broker's question was refused"]
    assert [(one["broker"], one["code"]) for one in told] == [("emqx", "unauthenticated")]


@pytest.mark.usefixtures("untold")
def test_a_field_that_is_not_in_the_recipe_is_named_in_the_log(at: Hall):
    question = questions(at)[0]
    with capture_logs() as logged:
        question.ask(at, question.body(question.fields | {"user": "x"}))
    (told,) = (one for one in logged if one["event"] == "a broker's question was refused")
    assert told["fields"] == ["user"]


def test_while_the_store_is_down_everything_is_denied(tmp_path):
    with hall_on_a_switch(tmp_path) as (at, switch):
        for question in questions(at):
            with switch.failing(Unavailable("down")):
                reply = question.ask(at)
            assert (reply.status, reply.body) == (200, DENY)
            assert reply.header("x-tokenhouse-cause") == "unavailable"


def test_the_recipe_keeps_no_answer_and_asks_nobody_else():
    said = hocon(recipe("emqx", "hocon"))
    assert len(said["authentication"]) == len(said["authorization"]["sources"]) == 1
    assert said["authorization"]["no_match"] == "deny"
    assert said["authorization"]["cache"] == {"enable": False}
    assert "node_cache" not in recipe("emqx", "hocon")
