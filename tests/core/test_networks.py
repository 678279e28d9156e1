"""Networks have one form, and an address lies in one or does not."""

import pytest

from tokenhouse.core.networks import canonical_network, is_within


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
