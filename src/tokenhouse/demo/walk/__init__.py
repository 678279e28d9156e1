"""A walk through the demo, over HTTP and MQTT: what the clients of each dialect do.

Owns what is asked, what has to come back, and how both are shown without their secrets. Does not
own the demo: it knows no more of it than `tokenhouse demo --json` tells, and asks it as anybody
would. It leaves the demo as it found it, but for a small file that a device sent, so it can be
walked again.
"""

from collections.abc import Callable
from typing import Final

from tokenhouse.demo.walk import application, back_end, fleet, platform
from tokenhouse.demo.walk.astray import Astray
from tokenhouse.demo.walk.guide import Guide
from tokenhouse.demo.walk.told import Told

__all__ = ["Astray", "Told", "walk"]

_CHAPTERS: Final = (back_end, platform, application, fleet)


def walk(told: Told, tell: Callable[[str], None]) -> None:
    """Walk through all of it, and tell it line by line; raise Astray where something is wrong."""
    guide = Guide(told, tell)
    for chapter in _CHAPTERS:
        guide.chapter(chapter.TITLE)
        chapter.walk(guide, told)
    tell(f"\nAll {guide.asked} answers were what they should be.")
