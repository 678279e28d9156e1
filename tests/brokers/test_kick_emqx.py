"""Live connections at EMQX end by its API, as its documents have it: no EMQX is run here."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from brokers.emqx_api import SECRET, EmqxApi, emqx_api
from brokers.hall import Hall, number, text
from brokers.test_again import ended, revoke, suspend
from brokers.test_enforcing import look_at, looks, until
from brokers.test_staying import begin_anew
from tokenhouse.config import read
from tokenhouse.core.credential import Secret
from tokenhouse.core.moment import HOUR
from tokenhouse.enforcing import Enforcing, brokers, emqx
from tokenhouse.enforcing.api import Unreachable
from tokenhouse.enforcing.emqx import Emqx


@pytest.fixture
def api() -> Iterator[EmqxApi]:
    with emqx_api() as running:
        yield running


@pytest.fixture
def broker(api: EmqxApi) -> Iterator[Emqx]:
    with closing(Emqx(api.url)) as made:
        yield made


def of(token_id: object) -> dict[str, object]:
    """What our authenticator has EMQX keep of a client."""
    return {"client_attrs": {"token_id": str(token_id)}}


def test_a_client_is_off_once_the_very_token_is_over_that_let_it_in(
    at: Hall, api: EmqxApi, broker: Emqx
):
    """By the id that EMQX keeps, whatever the client calls itself."""
    api.add("anything", None, **of(at.me.token.id))
    api.add(number(at.other), number(at.other), **of(at.other.token.id))
    look = look_at(at, broker)
    assert looks(at, look) == 0
    revoke(at, at.me)
    assert looks(at, look, frozenset({at.me.device.id})) == 1
    assert api.there == [number(at.other)]
    (event,) = ended(at)
    assert event["subject"] == str(at.me.token.id)
    assert event["details"]["broker"] == "emqx"
    assert event["details"]["client_id"] == "anything"


def test_where_no_token_is_kept_names_tell(at: Hall, api: EmqxApi, broker: Emqx):
    api.add("x", text(at.me))
    api.add(f"{number(at.me)}-a", None)
    api.add("y", number(at.me))
    api.add("application", "somebody")
    suspend(at, at.me)
    assert looks(at, look_at(at, broker)) == 3
    assert api.there == ["application"]


def test_who_came_before_the_devices_tokens_of_now_is_off(at: Hall, api: EmqxApi, broker: Emqx):
    at.stage.clock.moment += HOUR
    revoke(at, at.me)
    begin_anew(at, at.me)
    api.add("a", number(at.me))
    api.add("b", number(at.me), connected_at="2026-03-10T10:30:00+00:00")
    api.add("c", number(at.me), connected_at=1_773_138_600_000)
    assert looks(at, look_at(at, broker)) == 1
    assert api.there == ["b", "c"]


def test_every_page_is_read(at: Hall, api: EmqxApi, broker: Emqx, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(emqx, "PAGE", 3)
    for count in range(10):
        api.add(f"{number(at.me)}-{count}")
    suspend(at, at.me)
    assert looks(at, look_at(at, broker)) == 10
    pages = [one for one in api.asked if one.startswith("GET")]
    assert [f"page={count}&limit=3&" in one for count, one in enumerate(pages, 1)] == [True] * 4


def test_only_connected_clients_of_mqtt_are_looked_at(at: Hall, api: EmqxApi, broker: Emqx):
    suspend(at, at.me)
    api.add("asleep", number(at.me), connected=False)
    api.add("coap", number(at.me), proto_name="CoAP")
    assert looks(at, look_at(at, broker)) == 0


def test_one_that_knows_fewer_fields_is_asked_for_all(at: Hall, api: EmqxApi, broker: Emqx):
    api.knows_attributes = False
    api.add("x", number(at.me))
    suspend(at, at.me)
    assert looks(at, look_at(at, broker)) == 1


@pytest.mark.parametrize("name", ["..", ".", "a/b", "a b?c#d", "%2e", "ü"])
def test_a_name_stays_a_name_in_the_url(at: Hall, api: EmqxApi, broker: Emqx, name: str):
    api.add(name, number(at.me))
    suspend(at, at.me)
    assert looks(at, look_at(at, broker)) == 1
    assert api.there == []


def test_one_that_is_gone_meanwhile_is_nobodys_doing(
    at: Hall, api: EmqxApi, broker: Emqx, monkeypatch
):
    api.add("x", number(at.me))
    suspend(at, at.me)
    monkeypatch.setattr(api, "_ended", lambda _: (404, {"code": "CLIENTID_NOT_FOUND"}))
    assert looks(at, look_at(at, broker)) == 0
    assert ended(at) == []


def test_a_wrong_key_is_said_without_it(api: EmqxApi):
    url = api.url.reveal().replace("a%20secret", "another")
    with closing(Emqx(Secret(url))) as broker, pytest.raises(Unreachable) as raised:
        broker.listed()
    assert str(raised.value) == "answered 401"
    assert "another" not in repr(raised.value)


def test_the_setting_is_enough(at: Hall, api: EmqxApi):
    settings = read({"emqx_api": api.url.reveal()}, {}).settings
    api.add("x", text(at.me))
    with Enforcing(brokers(settings), at.stage.store, at.stage.clock) as enforcing:
        enforcing.begin(at.stage.authority.brokers.staying)
        until(lambda: api.asked)
        suspend(at, at.me)
        until(lambda: not api.there)
    assert SECRET not in str(api.asked)
    assert text(at.me) not in str(api.asked)


def test_without_a_setting_nobody_is_asked():
    assert brokers(read({}, {}).settings) == ()
