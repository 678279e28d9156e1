"""Topics, filters and names at a broker, as the core tells them."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokers.topic_table import ALL, HOSTILE_IDS, Row
from core.records import BOUNDED
from tokenhouse.core.mqtt import (
    Action,
    asked_for,
    device_named,
    device_of,
    is_a_devices,
    is_named_after,
    may_at_all,
    may_everywhere,
    under,
)

ME, OTHER, THEIRS = 3, 4, 91
PERSON = UUID("01a2199b-eb2a-7078-a20b-31f06152c6a1")
LEVELS = st.lists(st.sampled_from(["th", "d", "3", "4", "", "+", "#", "$SYS", "up"]), max_size=7)


@pytest.mark.parametrize("row", ALL, ids=lambda row: f"{row.action} {row.topic[:40]!r}")
def test_a_device_has_the_topics_under_its_prefix_and_no_other(row: Row):
    asked = asked_for(row.action, row.named(ME, OTHER, THEIRS))
    assert (asked is not None and under("th/d/3/", asked)) is row.allowed


@BOUNDED
@given(LEVELS, st.lists(st.sampled_from(["th", "d", "3", "4", "", "up"]), max_size=7))
def test_whatever_a_filter_under_a_prefix_matches_lies_under_it(levels, published):
    asked = asked_for(Action.SUBSCRIBE, "/".join(levels))
    topic = "/".join(published)
    if asked is not None and under("th/d/3/", asked) and _matches(levels, published):
        # `th/d/3/#` matches its parent too (MQTT 5.0, 4.7.1.2), on which nobody can publish
        assert topic.startswith("th/d/3/") or topic == "th/d/3"


def _matches(levels: list[str], published: list[str]) -> bool:
    """Whether a filter matches a topic, by the letter of MQTT 5.0, 4.7.1."""
    if not levels:
        return not published
    if levels[0] == "#":
        return True
    if not published:
        return False
    return levels[0] in {"+", published[0]} and _matches(levels[1:], published[1:])


def test_the_parent_of_a_prefix_can_be_published_on_by_nobody():
    assert not under("th/d/3/", "th/d/3")
    assert device_of("th", "th/d/3") is None


@pytest.mark.parametrize(
    ("topic", "number"),
    [
        ("th/d/3/up", 3),
        ("th/d/3/#", 3),
        ("th/d/3/", None),
        ("th/d/+/up", None),
        ("th/d/03/up", None),
        ("th/d/٣/up", None),
        ("th/d/99999999999/up", None),
        ("xx/d/3/up", None),
        ("th/d/3", None),
    ],
)
def test_a_topic_is_of_the_one_device_whose_number_it_names(topic, number):
    assert device_of("th", topic) == number


@pytest.mark.parametrize("name", HOSTILE_IDS)
def test_a_name_that_is_not_the_devices_is_none_of_it(name):
    shown = name.replace("{me}", "3").replace("{other}", "4").replace("{theirs}", "91")
    assert device_named(shown) != ME


@pytest.mark.parametrize("name", ["3", "3-upload", "3-A_b-9"])
def test_a_device_connects_under_its_number_with_something_behind_it(name):
    assert device_named(name) == ME
    assert is_a_devices(name)
    assert not is_named_after(name, PERSON)


@pytest.mark.parametrize("name", ["", str(PERSON), f"{PERSON}-a_B-9"])
def test_a_person_connects_under_his_id_with_something_behind_it_or_under_none(name):
    assert is_named_after(name, PERSON)
    assert not is_a_devices(name)
    assert device_named(name) is None


@pytest.mark.parametrize("behind", ["-", "x", "-a/b", "-" + "x" * 41, " "])
def test_what_only_begins_with_a_persons_id_is_not_his_name(behind):
    assert not is_named_after(f"{PERSON}{behind}", PERSON)
    assert not is_named_after(f"{behind}{PERSON}", PERSON)


def test_people_publish_and_receive_by_their_permissions():
    read, write = frozenset({"DevicesRead"}), frozenset({"DevicesWrite"})
    assert may_at_all(frozenset({"SystemsRead"})) == frozenset()
    assert may_at_all(read) == {Action.SUBSCRIBE, Action.RECEIVE}
    assert may_at_all(write) == {*Action}
    assert not may_everywhere(write, Action.PUBLISH)
    assert may_everywhere(frozenset({"AllDevicesRead"}), Action.SUBSCRIBE)
    assert not may_everywhere(frozenset({"AllDevicesRead"}), Action.PUBLISH)
    assert may_everywhere(frozenset({"AllDevicesWrite"}), Action.PUBLISH)
