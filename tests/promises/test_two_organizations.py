"""Nothing tells another organization's ids from unknown ones: status, body, headers, statements.

Every id that a route takes, in its path, its query and its body, is tried: routes and fields are
found, not listed. On SQLite, where each statement that is run can be seen.
"""

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

import pytest

from conformance.dialects import Outcome, outcome
from conformance.face_suite import PROTECTED, ROUTES, name_of
from conformance.house import (
    FOREIGN,
    FOREIGNER,
    NAMES,
    Credential,
    House,
    house,
    is_ones_own,
    kinds_at,
    not_ones_own,
    parameters_of,
)
from conformance.ranks import EVERYTHING, Rank, Ranked, demanded, expected
from conformance.statements import Seen, Statements
from conformance.wire import without_the_asked
from running import OPAQUE, SIGNED
from tokenhouse.boundary import Face, Route
from tokenhouse.boundary.cursor import AfterId, cursor
from tokenhouse.boundary.lists import Ids
from tokenhouse.boundary.sorts import Id, Text
from tokenhouse.core.permission import DEPLOYMENT_PERMISSIONS

Routed = tuple[Face, Route]

ADMINISTRATOR: Final = Rank("administrator", EVERYTHING)
OPERATOR: Final = Rank("operator", EVERYTHING)
MALFORMED: Final = ("x", "%20", "0" * 36, "x" * 300, "%F0%9F%94%91")

_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class Field(NamedTuple):
    """A field of a body or a query that can name something of somebody else."""

    routed: Routed
    place: str
    name: str
    sort: Any

    def __str__(self) -> str:
        return f"{name_of(self.routed)} {self.place} {self.name}"

    @property
    def is_text(self) -> bool:
        return isinstance(self.sort, Text)

    def spelled(self, name: str) -> Any:
        """How the field says a name."""
        if isinstance(self.sort, AfterId):
            return cursor(UUID(name))
        return [name] if isinstance(self.sort, Ids) else name


def _fields() -> Iterator[Field]:
    for face, route in ROUTES:
        if route.about is None:
            continue
        for place, shape in (("body", route.about.body), ("query", route.about.query)):
            for name, (_, sort) in (shape._fields if shape is not None else {}).items():
                if isinstance(sort, Id | Ids | AfterId) or _is_email(route, sort):
                    yield Field((face, route), place, name, sort)


def _is_email(route: Route, sort: Any) -> bool:
    """An e-mail that somebody else is asked about; where one signs in, the password decides."""
    return route.demand is not None and isinstance(sort, Text) and sort.format == "email"


def ids_of(route: Route) -> list[str]:
    """The ids in the path of a route."""
    return [name for name in dict.fromkeys(parameters_of(route)) if name not in NAMES]


def is_operators(route: Route) -> bool:
    """Whether a route is for those to whom no organization is foreign."""
    return route.demand is not None and bool(demanded(route) & DEPLOYMENT_PERMISSIONS)


WITH_IDS: Final = [routed for routed in PROTECTED if ids_of(routed[1])]
FIELDS: Final = [field for field in _fields() if not is_operators(field.routed[1])]
TOLD: Final = frozenset({"PUT /v1/memberships/{membership_id}/email"})
"""Where an e-mail that is taken cannot be hidden, since it cannot be given twice."""


class Crawl:
    """Asks a house on SQLite, and keeps all that its answers could tell by."""

    def __init__(self, at: House) -> None:
        self.at = at
        self._ranked = Ranked(at)
        self._statements = Statements(at)

    def opening(self, routed: Routed) -> list[Credential | None]:
        """A credential of each kind that the route lets in; operators' where it is theirs."""
        face, route = routed
        if route.demand is None:
            return [None]
        rank = OPERATOR if is_operators(route) else ADMINISTRATOR
        opening: list[Credential | None] = []
        for kind in kinds_at(face):
            credential = self._ranked.credential(rank, kind).at(face)
            opens = expected(face, route, rank, kind, credential.spelling) is Outcome.ALLOWED
            # a device is told of nothing but itself, whatever is named
            if opens and not_ones_own(route, kind) is Outcome.NOT_FOUND:
                opening.append(credential)
        assert opening, "nobody may ask this"
        return opening

    def path(self, route: Route, name: str, one: str, credential: Credential | None) -> Seen:
        """What comes of an id in a path."""
        return self._seen(route, self.at.fill(route, {name: one}), credential, {})

    def field(self, field: Field, name: str, credential: Credential | None) -> Seen:
        """What comes of a name in a field, without what is new in every answer."""
        route, said = field.routed[1], field.spelled(name)
        path, sent = self.at.fill(route), {field.name: said}
        if field.place == "query":
            path, sent = f"{path}?{field.name}={said}", {}
        seen = self._seen(route, path, credential, sent)
        body = seen.body.replace(name, "NAME")
        for pattern in (OPAQUE, SIGNED, _UUID):
            body = pattern.sub("…", body)
        return seen._replace(body=body)

    def _seen(
        self, route: Route, path: str, credential: Credential | None, sent: dict[str, Any]
    ) -> Seen:
        headers = [] if credential is None else credential.headers
        self._statements.forget()
        reply = without_the_asked(self.at.send(route, path, headers, sent))
        return self._statements.seen(reply)


@pytest.fixture(scope="module")
def crawl(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Crawl]:
    directory = tmp_path_factory.mktemp("house")
    faces = tuple({face.name: face for face, _ in ROUTES}.values())
    with house("sqlite", directory, faces, request.getfixturevalue) as built:
        yield Crawl(built)


@pytest.mark.parametrize("routed", WITH_IDS, ids=name_of)
def test_a_foreign_id_in_a_path_is_as_unknown_as_any(crawl: Crawl, routed: Routed):
    face, route = routed
    for credential in crawl.opening(routed):
        for name in ids_of(route):
            foreign = _foreign(crawl.at, route, name)
            unknown = str(uuid4()) if foreign is None else _neighbour(foreign)
            if face.name == "console":  # which reads more before it asks: now all is in memory
                crawl.path(route, name, unknown, credential)
            wanted = crawl.path(route, name, unknown, credential)
            assert outcome(face, wanted.reply) is Outcome.NOT_FOUND, wanted
            assert foreign is None or crawl.path(route, name, foreign, credential) == wanted
            for malformed in MALFORMED if f"{{{name}}}" in route.path else ():
                seen = crawl.path(route, name, malformed, credential)
                assert seen._replace(statements=wanted.statements) == wanted


@pytest.mark.parametrize("field", FIELDS, ids=str)
def test_a_foreign_name_in_a_body_or_a_query_is_as_unknown_as_any(crawl: Crawl, field: Field):
    if str(field.routed[1]) in TOLD:
        return
    for credential in crawl.opening(field.routed):
        for foreign, unknown in _pairs(crawl.at, field):
            seen = crawl.field(field, foreign, credential)
            assert seen == crawl.field(field, unknown, credential)
            refused = outcome(field.routed[0], seen.reply) is not Outcome.ALLOWED
            assert refused or field.place == "query" or field.is_text, seen


def test_there_is_something_to_try():
    assert len(WITH_IDS) > 8
    assert len(FIELDS) > 2


def _foreign(at: House, route: Route, name: str) -> str | None:
    """An id of another organization; None where nothing is foreign to those who ask."""
    if is_operators(route):
        return None
    key = f"{name} personal" if is_ones_own(route) else name
    return FOREIGN[key if key in FOREIGN else name](at)


def _pairs(at: House, field: Field) -> Iterator[tuple[str, str]]:
    """Names of what another organization has, each beside one that nobody has."""
    if field.is_text:
        yield FOREIGNER, "eva@suedstrom.example"
        return
    for key in FOREIGN.keys() - {"token_number", "data_file", "device"}:
        foreign = FOREIGN[key](at)
        yield foreign, _neighbour(foreign)


def _neighbour(foreign: str) -> str:
    """An id that nobody has, made at the same moment."""
    if foreign.isdigit():
        return str(int(foreign) + 1_000_000_000)
    return str(UUID(int=UUID(foreign).int ^ 1))
