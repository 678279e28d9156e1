"""Whose address counts: never one that a stranger chose."""

from ipaddress import ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenhouse.boundary.forwarded import client_address

TRUSTED = tuple(ip_network(one) for one in ("10.0.0.0/8", "192.0.2.7", "2001:db8::/32"))
PROXY, OTHER_PROXY = "10.0.0.1", "192.0.2.7"
CLIENT = "203.0.113.9"


@pytest.mark.parametrize("peer", [CLIENT, "192.0.2.8", "2001:db9::1", "", "unix"])
def test_of_a_stranger_nothing_is_believed(peer):
    assert client_address(peer, ("198.51.100.1",), TRUSTED) == peer
    assert client_address(peer, ("10.0.0.1, 10.0.0.2",), TRUSTED) == peer


def test_without_trusted_proxies_nothing_is_believed():
    assert client_address("127.0.0.1", (CLIENT,), ()) == "127.0.0.1"


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ((), PROXY),
        ((CLIENT,), CLIENT),
        (("198.51.100.1, " + CLIENT,), CLIENT),
        ((f"198.51.100.1, {CLIENT}, {OTHER_PROXY}",), CLIENT),
        ((f"127.0.0.1,10.9.9.9,{CLIENT},{OTHER_PROXY},10.2.3.4",), CLIENT),
        # several lines are one list
        (("198.51.100.1", CLIENT, OTHER_PROXY), CLIENT),
        ((f"198.51.100.1, {CLIENT}", f"{OTHER_PROXY}"), CLIENT),
        # nobody but proxies: the farthest
        ((f"10.7.7.7, {OTHER_PROXY}",), "10.7.7.7"),
        # forms
        ((f"{CLIENT}:4711",), CLIENT),
        (("[2001:db9::1]:4711",), "2001:db9::1"),
        (("[2001:db9::1]",), "2001:db9::1"),
        (("2001:DB9:0::1",), "2001:db9::1"),
        ((f"::ffff:{CLIENT}",), CLIENT),
        ((f"{CLIENT}, ::ffff:10.0.0.9",), CLIENT),
        ((f"{CLIENT}, 2001:db8::7",), CLIENT),
        # what is no address ends the reading, at the proxy that passed it on
        (("unknown",), PROXY),
        (("",), PROXY),
        ((f"{CLIENT},",), PROXY),
        ((f"{CLIENT}, , {OTHER_PROXY}",), OTHER_PROXY),
        ((f"{CLIENT}, junk, {OTHER_PROXY}",), OTHER_PROXY),
        ((f"{CLIENT}, 10.0.0.1x, {OTHER_PROXY}",), OTHER_PROXY),
        ((f"{CLIENT}, 10.0.0.1:x, {OTHER_PROXY}",), OTHER_PROXY),
        ((f"{CLIENT}, [10.0.0.1, {OTHER_PROXY}",), OTHER_PROXY),
        ((f"{CLIENT}, 010.0.0.1, {OTHER_PROXY}",), OTHER_PROXY),
        ((f"{CLIENT}, for=10.0.0.1, {OTHER_PROXY}",), OTHER_PROXY),
    ],
)
def test_the_nearest_address_that_is_no_trusted_proxys_counts(forwarded, address):
    assert client_address(PROXY, forwarded, TRUSTED) == address


LINES = st.lists(st.text(max_size=40), max_size=4).map(tuple)


@settings(derandomize=True, database=None, deadline=None)
@given(LINES)
def test_whatever_a_stranger_sends_the_address_that_the_proxy_saw_counts(lines):
    for sent in (lines, *(lines[:end] for end in range(len(lines)))):
        appended = (*sent[:-1], f"{sent[-1]}, {CLIENT}") if sent else (CLIENT,)
        assert client_address(PROXY, appended, TRUSTED) == CLIENT
        assert client_address(PROXY, (*sent, CLIENT), TRUSTED) == CLIENT
