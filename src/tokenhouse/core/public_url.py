"""The address under which a deployment is known: its issuer, fixed when it is founded."""

import ipaddress
import re
from typing import Final

MAX_HOST_CHARACTERS: Final = 253

_URL: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?/?",
    re.ASCII | re.IGNORECASE,
)
_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_OWN_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
_PORTS: Final = {"https": 443, "http": 80}
_MAX_PORT: Final = 65_535


def parse_public_url(text: str) -> str:
    """Give the one form of a public URL: scheme, host in lower case, a port that is not usual.

    Raises ValueError with a sentence that does not quote the text. Every token names this address
    and is compared with it letter by letter, so nothing is kept that could be spelled in two ways.
    """
    match = _URL.fullmatch(text)
    host = _host(match["host"].lower()) if match else None
    if match is None or host is None:
        raise ValueError(
            "is not an address such as https://tokens.example.com: a scheme, a host and, "
            "if need be, a port"
        )
    scheme = match["scheme"].lower()
    if scheme == "http" and host not in _OWN_MACHINE:
        raise ValueError("needs https: plain http is for localhost, 127.0.0.1 and [::1] alone")
    port = int(match["port"]) if match["port"] else _PORTS[scheme]
    if not 0 < port <= _MAX_PORT:
        raise ValueError("names a port that does not exist")
    return f"{scheme}://{host}" + (f":{port}" if port != _PORTS[scheme] else "")


def _host(text: str) -> str | None:
    """A host in its one form; None for what is none."""
    try:
        if text.startswith("["):
            return f"[{ipaddress.IPv6Address(text[1:-1]).compressed}]"
        if text.rpartition(".")[2].isdigit():
            return str(ipaddress.IPv4Address(text))
    except ValueError:
        return None
    labels = text.split(".")
    is_name = len(text) <= MAX_HOST_CHARACTERS and all(map(_LABEL.fullmatch, labels))
    return text if is_name else None
