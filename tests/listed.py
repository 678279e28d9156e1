"""The console over a firm whose clock is moved: visitors, their cookies, the forms they send."""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from conformance.wire import FORM, Fields, Reply, Wire
from engines import opened
from stage import ADMINISTRATOR, PASSWORD, MovedClock, Stage, with_demand
from tokenhouse.boundary import Boundary
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Asker, Door, Spelling
from tokenhouse.core.moment import DAY, SECOND, Lifetime, Moment
from tokenhouse.core.permission import Permissions
from tokenhouse.faces import console, native
from tokenhouse.faces.console.form import FORM_TOKEN
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.issue import Draft, Issued
from tokenhouse.server import Background

MINE: Final = "/console/tokens"
ORGANIZATIONS: Final = "/console/organization/tokens"
SEVERAL: Final = 7
"""Days of use that a token in use has."""
_SIGNED_IN: Final = Demand(Door.MANAGEMENT, asker=Asker.SIGNED_IN)
_NAME: Final = re.compile(r'<a class="name" href="([^"]+)"><bdi>(.*?)</bdi></a>')
_COUNT: Final = re.compile(r'>([^<>]+) <span class="count">([0-9,]+)</span>')


class Site:
    """The firm behind its console; `Stage` says who is there."""

    def __init__(self, directory: Path, fixture: Any = None, engine: str = "memory") -> None:
        clock = MovedClock()
        self._opened = opened(engine, directory, clock, fixture)
        store, attempts = self._opened.__enter__()
        self.stage = Stage(store, attempts, clock, directory)
        self.boundary = Boundary(self.stage.authority, (console.FACE, native.FACE))
        self.wire = Wire(self.boundary)

    def close(self) -> None:
        """Let go of the store."""
        self.wire.close()
        self._opened.__exit__(None, None, None)

    def visitor(self, email: str = ADMINISTRATOR) -> "Visitor":
        """Somebody who has just signed in."""
        return Visitor(self, email)

    def wait(self, days: float) -> None:
        """Let so many days go by; everybody has to sign in again."""
        self.stage.clock.moment += int(days * DAY)

    @property
    def by(self) -> Caller:
        """The administrator, at a route for whoever signed in."""
        return with_demand(self.stage.session(), _SIGNED_IN)

    def issue(
        self,
        description: str,
        days: float | None = None,
        methods: Permissions | None = None,
        by: Caller | None = None,
    ) -> Issued:
        """Issue him a personal token for so many days, or a limited one with these methods."""
        kinds = self.stage.authority
        kind = kinds.personal if methods is None else kinds.limited
        draft = Draft(description, self._until(days), None, permissions=methods)
        self.stage.clock.moment += SECOND  # so that one of two is the newer
        return kinds.issue(by or self.by, kind, draft)

    def issue_for_all(self, description: str, days: float | None = None, *groups: str) -> Issued:
        """Issue the organization a token with these groups."""
        ids = tuple(self.stage.group(name).id for name in groups)
        draft = Draft(description, self._until(days), ids)
        kind = self.stage.authority.organizational
        self.stage.clock.moment += SECOND
        return self.stage.authority.issue(self.stage.session(), kind, draft)

    def rotate(self, issued: Issued, days: float | None = None) -> Issued:
        """Give a token a successor; the old one is good for so many days, or as its kind has it."""
        token = issued.described.token
        kinds = {kind.name: kind for kind in self.kinds}
        overlap = None if days is None else Lifetime(microseconds=int(days * DAY))
        return self.stage.authority.rotate(self.by, kinds[token.kind], token.id, None, overlap)

    @property
    def kinds(self) -> tuple[Any, ...]:
        return (self.stage.authority.limited, self.stage.authority.organizational)

    def use(self, issued: Issued, times: int = 1) -> None:
        """Present a token, as a program would."""
        for _ in range(times):
            assert self.stage.verdict(issued.secret).active
        self.stage.parts.usage.write()

    def revoke(self, issued: Issued) -> None:
        """End one of his own."""
        token = issued.described.token
        kinds = self.stage.authority
        kind = kinds.personal if token.kind == kinds.personal.name else kinds.limited
        kinds.revoke.one(self.by, kind, token.id)

    def _until(self, days: float | None) -> Moment | None:
        return None if days is None else self.stage.clock.now() + int(days * DAY)


class Visitor:
    """Asks and sends over the wire, with his cookie."""

    def __init__(self, site: Site, email: str) -> None:
        self._site = site
        self.secret = site.stage.sign_in(email, opaque=True).secret

    @property
    def cookie(self) -> tuple[str, str]:
        """As his browser sends it, in use now."""
        sealed = self._site.stage.authority.browsing.seal(self.secret)
        return "cookie", f"{Spelling.COOKIE.value}{sealed}"

    def get(self, path: str, headers: Fields = ()) -> Reply:
        return self._site.wire("GET", path, [self.cookie, *headers])

    def post(
        self,
        path: str,
        *fields: tuple[str, str],
        headers: Fields = (),
        token: str | None = None,
    ) -> Reply:
        """Send a form; `token`: that of another sign-in."""
        form_token = token or self._site.stage.authority.browsing.form_token(self.secret)
        body = urlencode([(FORM_TOKEN, form_token), *fields]).encode()
        return self._site.wire("POST", path, [FORM, self.cookie, *headers], body)

    def remove(
        self, *ids: UUID, where: str = MINE, password: str = PASSWORD, **other: str
    ) -> Reply:
        """Send the form that removes tokens, with its number typed where it is asked for."""
        named = [("id", str(one)) for one in ids]
        said = {"count": str(len(ids)), "password": password} | other
        return self.post(f"{where}/remove", *named, *said.items())


def text_of(reply: Reply) -> str:
    return html.unescape(reply.body.decode())


def names(reply: Reply) -> list[str]:
    """What the rows of a list say first, from above."""
    return [html.unescape(name) for _, name in _NAME.findall(reply.body.decode())]


def counts(reply: Reply) -> dict[str, int]:
    """What each filter of a list says."""
    told = _COUNT.findall(reply.body.decode())
    return {words: int(count.replace(",", "")) for words, count in told}


def ids(*issued: Issued) -> tuple[UUID, ...]:
    return tuple(one.described.token.id for one in issued)


@contextmanager
def served(site: Site) -> Iterator[str]:
    """Where a browser finds the console of a site."""
    with Background(site.boundary) as server:
        yield f"http://localhost:{server.port}"


class Served(NamedTuple):
    """Where a site is served, and who has signed in there, as `consoling` asks for it."""

    url: str
    email: str = ADMINISTRATOR

    def person(self, _role: str) -> dict[str, str]:
        return {"email": self.email, "password": PASSWORD}
