"""What a client may do at an MQTT broker: on which topics, and under which name (MQTT 5.0, 4.7).

A device has the topics that begin with its prefix, and nobody else's. Ranges are literal prefixes
that end with a `/`; so whatever a filter matches lies within one exactly where the filter itself
begins with it: wildcards stand behind the prefix or nowhere.
"""

import re
from enum import StrEnum
from typing import Final
from uuid import UUID

from tokenhouse.core.permission import Permissions

MAX_TOPIC: Final = 1_024
"""Bytes of a topic or a filter; MQTT itself would take 65,535."""
MAX_CLIENT_ID: Final = 256
"""Characters of the name under which a client connects."""

_SHARED: Final = re.compile(r"\$share/[^/+#]+/(?P<filter>.+)", re.DOTALL)
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,9}", re.ASCII)
_DEVICES_NAME: Final = re.compile(r"(?P<number>[1-9][0-9]{0,9})(?:-[A-Za-z0-9_-]{1,40})?", re.ASCII)
_BEHIND: Final = re.compile(r"(?:-[A-Za-z0-9_-]{1,40})?", re.ASCII)
_PUBLISHES: Final = frozenset({"DevicesWrite", "AllDevicesWrite"})
_RECEIVES: Final = _PUBLISHES | {"DevicesRead", "AllDevicesRead"}
_PUBLISHES_ALL: Final = frozenset({"AllDevicesWrite"})
_RECEIVES_ALL: Final = _PUBLISHES_ALL | {"AllDevicesRead"}


class Action(StrEnum):
    """What is done with a topic."""

    PUBLISH = "publish"
    """Also what a client leaves to be published when it is gone (its will), retained or not."""
    SUBSCRIBE = "subscribe"
    """With a filter, which may have wildcards."""
    RECEIVE = "receive"
    """One message of a topic, whatever was subscribed to."""


def may_at_all(held: Permissions) -> frozenset[Action]:
    """What somebody with these permissions may do on topics of his organization's devices."""
    may = set()
    if held & _PUBLISHES:
        may.add(Action.PUBLISH)
    if held & _RECEIVES:
        may |= {Action.SUBSCRIBE, Action.RECEIVE}
    return frozenset(may)


def may_everywhere(held: Permissions, action: Action) -> bool:
    """Whether somebody with these permissions may do so on topics of whosever devices."""
    return bool(held & (_PUBLISHES_ALL if action is Action.PUBLISH else _RECEIVES_ALL))


def asked_for(action: Action, text: str) -> str | None:
    """The topic, or the filter that a subscription gets messages by; None where it can be neither.

    That of a shared subscription stands behind its group. What else begins with `$` is the
    broker's own, and nobody's here.
    """
    shared = _SHARED.fullmatch(text) if action is Action.SUBSCRIBE else None
    asked = shared["filter"] if shared is not None else text
    if not asked or asked.startswith("$") or not asked.isprintable():
        return None
    if len(asked.encode(errors="replace")) > MAX_TOPIC:
        return None
    if action is not Action.SUBSCRIBE:
        return None if "+" in asked or "#" in asked else asked
    return asked if _is_filter(asked) else None


def _is_filter(text: str) -> bool:
    *before, last = text.split("/")
    if any("#" in level for level in before) or ("#" in last and last != "#"):
        return False
    return all("+" not in level or level == "+" for level in (*before, last))


def under(prefix: str, asked: str) -> bool:
    """Whether all that a topic or a filter matches lies under a prefix, and none of it beside."""
    return asked.startswith(prefix) and len(asked) > len(prefix)


def of_devices(brand: str) -> str:
    """What the topics of all devices begin with."""
    return f"{brand}/d/"


def device_of(brand: str, asked: str) -> int | None:
    """The number of the one device under whose prefix all lies that a topic or a filter matches."""
    before = of_devices(brand)
    if not under(before, asked):
        return None
    number, _, rest = asked.removeprefix(before).partition("/")
    return int(number) if rest and _NUMBER.fullmatch(number) else None


def device_named(client_id: str) -> int | None:
    """The number of the device whose name this is: `17`, or `17-` with something behind it."""
    named = _DEVICES_NAME.fullmatch(client_id)
    return int(named["number"]) if named is not None else None


def is_a_devices(client_id: str) -> bool:
    """Whether a name could be a device's, whichever: all begin with a digit other than 0."""
    return client_id[:1].isdecimal() and client_id[0] != "0"


def is_named_after(client_id: str, person_id: UUID) -> bool:
    """Whether a name is a person's: his id, or that, `-` and something behind it; or there is none.

    Who gives no name is given one by the broker, which nobody else has.
    """
    named = client_id.removeprefix(str(person_id))
    return not client_id or (named != client_id and _BEHIND.fullmatch(named) is not None)
