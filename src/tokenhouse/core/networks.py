"""The networks that a token may be used from (RFC 4632, RFC 4291)."""

import ipaddress
from typing import Final

MAX_NETWORKS: Final = 50
"""Networks of one token."""


def canonical_network(text: str) -> str | None:
    """A network or single address in its one form, such as `192.0.2.0/24`; None for none.

    An address with bits beside its prefix is none: it has two readings. Nor is one with a zone,
    which means something on one machine only.
    """
    if "%" in text:
        return None
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        return None


def is_address(text: str) -> bool:
    """Tell whether text is an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_within(address: str, networks: tuple[str, ...]) -> bool:
    """Tell whether an address lies in one of the networks; what is no address lies nowhere.

    An IPv4 address that a socket shows mapped into IPv6 counts as itself.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return any(parsed in ipaddress.ip_network(network) for network in networks)


def is_no_wider(networks: tuple[str, ...], than: tuple[str, ...]) -> bool:
    """Tell whether whoever is bound to some networks could come from the others alone.

    Bound to none is bound to nothing: it is wider than any.
    """
    if not than:
        return True
    allowed = [ipaddress.ip_network(network) for network in than]
    return bool(networks) and all(
        any(_lies_in(ipaddress.ip_network(network), one) for one in allowed) for network in networks
    )


def _lies_in(
    network: ipaddress.IPv4Network | ipaddress.IPv6Network,
    other: ipaddress.IPv4Network | ipaddress.IPv6Network,
) -> bool:
    return network.version == other.version and network.subnet_of(other)  # type: ignore[arg-type]
