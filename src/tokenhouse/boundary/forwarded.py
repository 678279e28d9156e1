"""Whose request it is where proxies stand in between. Pure."""

from collections.abc import Iterator
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)
from typing import Final, TypeAlias

FORWARDED: Final = "x-forwarded-for"

Networks: TypeAlias = tuple[IPv4Network | IPv6Network, ...]
_Address: TypeAlias = IPv4Address | IPv6Address


def client_address(peer: str, forwarded: tuple[str, ...], trusted: Networks) -> str:
    """The address that counts as the client's: the nearest that no trusted proxy has.

    `forwarded` are the lines of X-Forwarded-For as they came. Each proxy adds at the right end
    whom it was asked by, so the list is read from there and only as far as trusted proxies wrote
    it: what stands further left, a stranger may have put there. An entry that is no address ends
    the reading, and then the proxy that wrote it counts.
    """
    if not trusted:
        return peer
    address = _parsed(peer)
    if address is None or not _is_trusted(address, trusted):
        return peer
    for entry in _from_the_right(forwarded):
        before = _parsed(entry)
        if before is None:
            break
        address = before
        if not _is_trusted(address, trusted):
            break
    return str(address)


def _from_the_right(forwarded: tuple[str, ...]) -> Iterator[str]:
    for line in reversed(forwarded):
        yield from reversed(line.split(","))


def _parsed(text: str) -> _Address | None:
    """An address in one form, whether it came with brackets, a port or neither."""
    text = text.strip(" \t")
    if text.startswith("["):
        text, closed, port = text[1:].partition("]")
        if not closed or (port and not _is_port(port)):
            return None
    elif text.count(":") == 1:
        text, _, port = text.partition(":")
        if not _is_port(f":{port}"):
            return None
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_port(text: str) -> bool:
    return text.startswith(":") and text[1:].isascii() and text[1:].isdigit()


def _is_trusted(address: _Address, trusted: Networks) -> bool:
    return any(address in network for network in trusted)
