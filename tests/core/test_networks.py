"""Networks have one form, and an address lies in one or does not."""

import pytest

from tokenhouse.core.networks import canonical_network, is_no_wider, is_within


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("192.0.2.0/24", "192.0.2.0/24"),
        ("192.0.2.7", "192.0.2.7/32"),
        ("192.0.2.0/255.255.255.0", "192.0.2.0/24"),
        ("2001:DB8::/32", "2001:db8::/32"),
        ("::1", "::1/128"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("192.0.2.7/24", None),
        ("192.0.2.0/33", None),
        ("192.0.02.0/24", None),
        ("example.com", None),
        ("", None),
        ("192.0.2.0/24 ", None),
        ("fe80::1%eth0", None),
    ],
)
def test_a_network_is_read_in_one_form_or_not_at_all(text: str, canonical: str | None) -> None:
    assert canonical_network(text) == canonical


def test_nothing_lies_within_no_network() -> None:
    assert not is_within("192.0.2.7", ())


@pytest.mark.parametrize(
    ("networks", "than", "no_wider"),
    [
        ((), (), True),
        (("192.0.2.0/24",), (), True),
        ((), ("192.0.2.0/24",), False),
        (("192.0.2.0/24",), ("192.0.2.0/24",), True),
        (("192.0.2.128/25", "192.0.2.1/32"), ("192.0.2.0/24",), True),
        (("192.0.0.0/16",), ("192.0.2.0/24",), False),
        (("192.0.2.0/24", "198.51.100.1/32"), ("192.0.2.0/24",), False),
        (("192.0.2.0/24", "2001:db8:1::/48"), ("2001:db8::/32", "192.0.0.0/16"), True),
        (("::/0",), ("0.0.0.0/0",), False),
        (("0.0.0.0/0",), ("::/0",), False),
    ],
)
def test_networks_are_no_wider_when_each_lies_within_one(
    networks: tuple[str, ...], than: tuple[str, ...], no_wider: bool
) -> None:
    assert is_no_wider(networks, than) is no_wider
