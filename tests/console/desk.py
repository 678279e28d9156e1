"""The console over the wire, as somebody who has signed in asks for its pages."""

import html
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from uuid import UUID

from conformance.wire import Reply, Wire
from stage import ADMINISTRATOR, MovedClock, Stage, caller
from tokenhouse.boundary import Boundary
from tokenhouse.core.kind import Spelling
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.faces import console
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.mint import Mint
from tokenhouse.store.memory import MemoryAttempts, MemoryStore


class Desk:
    """The firm, and its console; close it at the end."""

    def __init__(self, directory: Path) -> None:
        self.clock = MovedClock()
        store = MemoryStore(self.clock, os.urandom)
        self.stage = Stage(store, MemoryAttempts(), self.clock, directory)
        self.wire = Wire(Boundary(self.stage.authority, (console.FACE,)))

    def look(self, path: str, who: str = ADMINISTRATOR, **headers: str) -> Reply:
        """Look at a page as somebody who has just signed in."""
        secret = self.stage.sign_in(who, opaque=True).secret
        seal = self.stage.authority.browsing.seal(secret)
        cookie = ("cookie", f"{Spelling.COOKIE.value}{seal}")
        fields = [(name.replace("_", "-"), value) for name, value in headers.items()]
        return self.wire("GET", path, [cookie, *fields])

    def by(self, who: str, *permissions: str) -> Caller:
        """Somebody who asks an operation."""
        return caller(self.stage.sign_in(who).secret, Spelling.BEARER, *permissions)

    def group(self, *permissions: str, name: str = "A group") -> PolicyGroup:
        """Another policy group, put past every operation."""
        now, organization_id = self.clock.now(), self.stage.organization_id
        group_id: UUID = Mint(os.urandom, "th").id(now)
        group = PolicyGroup(
            group_id, 1, organization_id, name, "", frozenset(permissions), False, now, now
        )
        self.stage.put(group)
        return group


def text_of(reply: Reply) -> str:
    """What a page says, its markup and its line breaks aside."""
    without = re.sub(r"<[^>]*>", " ", reply.body.decode())
    return re.sub(r"\s+([.,:])", r"\1", " ".join(html.unescape(without).split()))


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def elements(reply: Reply) -> list[tuple[str, dict[str, str | None]]]:
    """Every element of a page with its attributes, as a browser reads them."""
    parser = _Elements()
    parser.feed(reply.body.decode())
    return parser.found


def links(reply: Reply) -> dict[str, str]:
    """Where the buttons of a page that are links lead, by their words."""
    pattern = r'<a class="button[^"]*" href="([^"]*)"[^>]*>([^<]*)</a>'
    return {words: html.unescape(href) for href, words in re.findall(pattern, reply.body.decode())}
