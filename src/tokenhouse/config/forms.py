"""How the value of a setting is written, read and shown. Pure; no sentence quotes a value."""

import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec

from tokenhouse.core.credential import Secret
from tokenhouse.core.public_url import parse_public_url

HIDDEN: Final = "[hidden]"

Network: TypeAlias = IPv4Network | IPv6Network
Shown: TypeAlias = "str | list[str] | None"

_ADDRESS: Final = re.compile(
    r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<four>[0-9.]+)):(?P<port>[0-9]{1,5})"
)
MAX_STOP_DELAY: Final = 60
"""Seconds; an init system waits little longer before it kills."""

_DIGITS: Final = 9
_MAX_PORT: Final = 65_535
_DATABASE: Final = re.compile(
    r"postgres(?:ql)?://"
    r"(?:(?P<user>[^\s:/?#@]*)(?::(?P<password>[^\s:/?#@]*))?@)?"
    r"[^\s/?#@]*(?:/[^\s/?#@]*)?(?:\?(?P<query>[^\s?#@]*))?"
)
_MANAGEMENT: Final = re.compile(
    r"https?://[^\s:/?#@]+:(?P<password>[^\s:/?#@]+)@"
    r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?/?"
)
_SECRET_PARAMETER: Final = re.compile(r"((?:^|&)[a-z_]*password=)[^&]*", re.IGNORECASE)
_BROKEN_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


class Address(msgspec.Struct, frozen=True):
    """An IP address of this machine and a port; port 0 takes any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Tell whether only this machine can reach it."""
        return ip_address(self.host).is_loopback


class Form(msgspec.Struct, frozen=True):
    """How one sort of value is written.

    `read` takes text and raises ValueError with the rest of the sentence "The setting …"; `show`
    gives a value to people, without what is secret in it. `many`: a list of such, separated by
    commas where there are no lists. `number`: a file writes it without quotes.
    """

    read: Callable[[str], Any]
    show: Callable[[Any], str]
    many: bool = False
    number: bool = False


def _path(text: str) -> Path:
    if not text.strip() or "\0" in text:
        raise ValueError("names no file or directory")
    return Path(text)


def _address(text: str) -> Address:
    wrong = "is not an IP address with a port, such as 127.0.0.1:8080 or [::1]:8080"
    if (match := _ADDRESS.fullmatch(text)) is None or int(match["port"]) > _MAX_PORT:
        raise ValueError(wrong)
    try:
        address = ip_address(match["six"] or match["four"])
    except ValueError:
        raise ValueError(wrong) from None
    if (match["six"] is not None) is not isinstance(address, IPv6Address):
        raise ValueError(wrong)
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        raise ValueError("is an IPv4 address written as an IPv6 one: write it as IPv4")
    return Address(str(address), int(match["port"]))


def _network(text: str) -> Network:
    try:
        network = ip_network(text.strip())
    except ValueError:
        raise ValueError(
            "is not a list of networks, such as 10.0.0.0/8, 192.0.2.7 or 2001:db8::/32"
        ) from None
    if network.prefixlen == 0:
        raise ValueError("trusts everybody: name the networks of your proxies alone")
    return network


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > _DIGITS or int(text) > MAX_STOP_DELAY:
        raise ValueError(f"is not a whole number of seconds from 0 to {MAX_STOP_DELAY}")
    return int(text)


def _renewal_status(text: str) -> int:
    if text not in {"200", "201"}:
        raise ValueError("is neither 200 nor 201")
    return int(text)


def _switch(text: str) -> bool:
    if text not in {"on", "off"}:
        raise ValueError("is neither on nor off")
    return text == "on"


def _database(text: str) -> Secret:
    if _DATABASE.fullmatch(text) is None or _BROKEN_PERCENT.search(text):
        raise ValueError(
            "is not a URL such as postgresql://user:password@host/name; inside of a part, write "
            "@ : / ? # % and spaces as %40 %3A %2F %3F %23 %25 %20"
        )
    return Secret(text)


def shown_database(url: Secret) -> str:
    """The URL of a database with its passwords hidden."""
    text = url.reveal()
    if (match := _DATABASE.fullmatch(text)) is None:
        return HIDDEN
    query = match["query"]
    if query is not None:
        text = text[: match.start("query")] + _SECRET_PARAMETER.sub(rf"\1{HIDDEN}", query)
    if match["password"] is not None:
        text = text[: match.start("password")] + HIDDEN + text[match.end("password") :]
    return text


def _management(text: str) -> Secret:
    match = _MANAGEMENT.fullmatch(text)
    if match is None or _BROKEN_PERCENT.search(text) or int(match["port"] or 1) > _MAX_PORT:
        raise ValueError(
            "is not a URL such as https://name:password@broker.example.com:15671; inside of a "
            "part, write @ : / ? # % and spaces as %40 %3A %2F %3F %23 %25 %20"
        )
    return Secret(text)


def _shown_management(url: Secret) -> str:
    text = url.reveal()
    if (match := _MANAGEMENT.fullmatch(text)) is None:
        return HIDDEN
    return text[: match.start("password")] + HIDDEN + text[match.end("password") :]


RENEWAL_STATUS: Final = Form(_renewal_status, str, number=True)
SECONDS: Final = Form(_seconds, str, number=True)
SWITCH: Final = Form(_switch, lambda is_on: "on" if is_on else "off")
PATH: Final = Form(_path, str)
ADDRESS: Final = Form(_address, str)
NETWORKS: Final = Form(_network, str, many=True)
PUBLIC_URL: Final = Form(parse_public_url, str)
DATABASE: Final = Form(_database, shown_database)
MANAGEMENT: Final = Form(_management, _shown_management)
HIDDEN_TEXT: Final = Form(Secret, lambda _: HIDDEN)
