"""Which topics a device has: one table, tried in the core and at every broker.

`{me}` is the device's own number, `{other}` that of another device of its organization, `{theirs}`
that of one of another organization.
"""

from typing import Final, NamedTuple

from tokenhouse.core.mqtt import Action

LONG: Final = "x" * 2_000


class Row(NamedTuple):
    """What a device does, and whether it may."""

    action: Action
    topic: str
    allowed: bool

    def named(self, me: int, other: int, theirs: int) -> str:
        """The topic with the numbers in their places."""
        text = self.topic.replace("{me}", str(me)).replace("{other}", str(other))
        return text.replace("{theirs}", str(theirs))


def _rows(action: Action, allowed: bool, *topics: str) -> tuple[Row, ...]:
    return tuple(Row(action, topic, allowed) for topic in topics)


PUBLISHED: Final = (
    *_rows(
        Action.PUBLISH,
        True,
        "th/d/{me}/up",
        "th/d/{me}/a/b/c/d/e",
        "th/d/{me}//x",
        "th/d/{me}/with space",
        "th/d/{me}/überhitzt",
        "th/d/{me}/$SYS",
        "th/d/{me}/th/d/{other}/up",
        "th/d/{me}/0",
    ),
    *_rows(
        Action.PUBLISH,
        False,
        "th/d/{me}",
        "th/d/{me}/",
        "th/d/{other}/up",
        "th/d/{theirs}/up",
        "th/d/{me}0/up",
        "th/d/0{me}/up",
        "th/d/-{me}/up",
        "th/d/ {me}/up",
        "TH/d/{me}/up",
        "th/D/{me}/up",
        "/th/d/{me}/up",
        "x/th/d/{me}/up",
        "th//d/{me}/up",
        "th/d//{me}/up",
        "th/d/",
        "th/d",
        "th",
        "up",
        "/",
        "$SYS/broker/uptime",
        "$SYS/th/d/{me}/up",
        "$CONTROL/dynamic-security/v1",
        "$share/g/th/d/{me}/up",
        "$delayed/1/th/d/{other}/up",
        "th/d/{me}x/up",
        "th/d/{other}/../{me}/up",
        "th/d/../d/{me}/up",
        "th/d/%7Bme%7D/up",
        "th/d/{me}/" + LONG,
    ),
)
"""What is published; a broker can be sent each of these."""

SUBSCRIBED: Final = (
    *_rows(
        Action.SUBSCRIBE,
        True,
        "th/d/{me}/#",
        "th/d/{me}/down",
        "th/d/{me}/+",
        "th/d/{me}/+/+",
        "th/d/{me}/+/#",
        "th/d/{me}/a/+/c",
        "th/d/{me}/a/#",
        "th/d/{me}/überhitzt/#",
    ),
    *_rows(
        Action.SUBSCRIBE,
        False,
        "#",
        "+",
        "+/#",
        "/#",
        "+/+/+/+",
        "th/#",
        "th/+/{me}/#",
        "+/d/{me}/#",
        "th/d/#",
        "th/d/+",
        "th/d/+/#",
        "th/d/+/up",
        "th/d/{me}",
        "th/d/{me}/",
        "th/d/{other}/#",
        "th/d/{theirs}/#",
        "th/d/{other}/down",
        "th/d/{me}0/#",
        "th/d/0{me}/#",
        "TH/d/{me}/#",
        "/th/d/{me}/#",
        "th//d/{me}/#",
        "$SYS/#",
        "$SYS/+",
        "$SYS/broker/clients/connected",
        "$CONTROL/#",
        "$CONTROL/dynamic-security/v1/response",
        "th/d/{me}/" + LONG,
    ),
)
"""What is subscribed to; a broker can be sent each of these."""

SHARED: Final = (
    *_rows(Action.SUBSCRIBE, True, "$share/g/th/d/{me}/#", "$share/a b/th/d/{me}/down"),
    *_rows(
        Action.SUBSCRIBE,
        False,
        "$share/g/#",
        "$share/g/th/d/+/#",
        "$share/g/th/d/{other}/#",
        "$share/g/$SYS/#",
        "$share/g/$share/g/th/d/{me}/#",
    ),
)
"""Shared subscriptions, where a broker knows them."""

MALFORMED: Final = (
    *_rows(
        Action.PUBLISH,
        False,
        "",
        "th/d/{me}/#",
        "th/d/{me}/+/up",
        "th/d/{me}/a+",
        "th/d/{me}/a#",
        "th/d/{me}/\x00",
        "th/d/{me}/\n",
        "th/d/{me}/\x1b[2J",
        "th/d/{me}/\u202egnp",
    ),
    *_rows(
        Action.SUBSCRIBE,
        False,
        "",
        "th/d/{me}/#/up",
        "th/d/{me}/a#",
        "th/d/{me}/a+/b",
        "th/d/{me}/+a",
        "th/d/{me}/##",
        "th/d/{me}/\x00",
        "th/d/{me}/\u2028",
        "$share/g",
        "$share/g/",
        "$share//th/d/{me}/#",
        "$share/+/th/d/{me}/#",
        "$share/#/th/d/{me}/#",
        "$SHARE/g/th/d/{me}/#",
        "$queue/th/d/{me}/#",
    ),
)
"""What is no topic or no filter: many a client or broker refuses it before anybody is asked."""

TABLE: Final = (*PUBLISHED, *SUBSCRIBED)
"""What is tried at every broker."""
ALL: Final = (*TABLE, *SHARED, *MALFORMED)

HOSTILE_IDS: Final = (
    "",
    "+",
    "#",
    "{me}/#",
    "+/{me}",
    "{other}",
    "{theirs}",
    "{other}-x",
    "{me} ",
    " {me}",
    "0{me}",
    "-{me}",
    "{me}-",
    "{me}-a/b",
    "{me}-a b",
    "{me}-" + "x" * 41,
    "{me}\u200b",
    "{me}%00",
    "{me}.0",
    "{me}e0",
    "٣",
    "$SYS",
    "$share/g/{me}",
    "../{me}",
    "{me}'--",
    '{me}"',
    "{me}&client_id={other}",
    "x" * 300,
)
"""Names under which a device may not connect, where it is bound to its own."""
