"""The catalogue of a deployment: which permissions there are, and the predefined sets of them."""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.core.opening import Openings
from tokenhouse.core.permission import (
    DEPLOYMENT_PERMISSIONS,
    NOTHING,
    OPERATORS,
    PRODUCT,
    PRODUCT_PERMISSIONS,
    Operation,
    Permission,
    Permissions,
    is_permission_name,
)
from tokenhouse.core.refusal import Problem

MAX_ENTRIES: Final = 5_000
"""Permissions of customers' APIs."""
MAX_SETS: Final = 100
MAX_NAMES_IN_SETS: Final = 20_000
"""Permissions that all predefined sets name, each counted in each."""
MAX_SET_NAME_CHARACTERS: Final = 100
MAX_TITLE_CHARACTERS: Final = 200
MAX_DESCRIPTION_CHARACTERS: Final = 2_000
MAX_URL_CHARACTERS: Final = 2_000
MAX_OPERATIONS: Final = 50
"""Operations that one permission opens."""
PATH_PATTERN: Final = r"(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@%-]|\{[A-Za-z_][A-Za-z0-9_.-]*\})*)+"
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")

_TAKEN: Final = PRODUCT_PERMISSIONS | DEPLOYMENT_PERMISSIONS
_PATH = re.compile(PATH_PATTERN, re.ASCII)
_PARAMETER = re.compile(r"\{[^}]*\}")
_LINE = re.compile(r"[^\x00-\x1f\x7f-\x9f]*")


class PredefinedSet(msgspec.Struct, frozen=True):
    """A named set of permissions that limited personal tokens refer to, and follow.

    `id` is given once and never to another set, so that a token whose set was removed gets
    nothing by a later one of the same name. PENDING in one that has none yet.
    """

    id: int
    name: str
    description: str
    permissions: Permissions


class Catalogue(msgspec.Struct, frozen=True, dict=True):
    """The permissions of a deployment: the product's own and those of its customers' APIs.

    `last_set` is the greatest id that a predefined set ever had.
    """

    id: UUID
    version: int
    entries: tuple[Permission, ...]
    sets: tuple[PredefinedSet, ...] = ()
    last_set: int = 0

    def own(self) -> tuple[Permission, ...]:
        """Those of its customers' APIs, which no entry of the product's name can replace."""
        return tuple(entry for entry in self.entries if entry.name not in _TAKEN)

    @cached_property
    def names(self) -> Permissions:
        """Every permission that a policy group can hold: never an operator's, listed or not."""
        listed = frozenset(entry.name for entry in self.entries)
        return (PRODUCT_PERMISSIONS | listed) - DEPLOYMENT_PERMISSIONS

    @cached_property
    def limitable(self) -> Permissions:
        """Those that a limited personal token can carry."""
        managing = {one.name for one in (*PRODUCT, *self.entries) if one.manages_access}
        return self.names - managing

    @cached_property
    def openings(self) -> Openings:
        """What its operations open."""
        return Openings(self.own())

    @cached_property
    def _described(self) -> dict[str, Permission]:
        return {one.name: one for one in (*self.own(), *PRODUCT, *OPERATORS)}

    def described(self, name: str) -> Permission:
        """A permission with all that is told of it; of one that it does not know, the name."""
        return self._described.get(name) or Permission(name)

    def set_of(self, set_id: int) -> PredefinedSet | None:
        """A predefined set; None where it is no more."""
        return next((one for one in self.sets if one.id == set_id), None)

    def listed(self, set_id: int) -> Permissions:
        """What a predefined set names now; nothing where it is no more."""
        kept = self.set_of(set_id)
        return NOTHING if kept is None else kept.permissions


class Contents(msgspec.Struct, frozen=True):
    """What somebody wants the catalogue to hold beside our own permissions; ids do not count."""

    entries: tuple[Permission, ...] = ()
    sets: tuple[PredefinedSet, ...] = ()


def following(catalogue: Catalogue, wanted: Contents) -> Catalogue:
    """The next version of a catalogue, with nothing but this in it.

    A set whose name was there before, case aside, keeps its id; any other gets the next one.
    """
    ids = {one.name.casefold(): one.id for one in catalogue.sets}
    last, sets = catalogue.last_set, []
    for one in wanted.sets:
        set_id = ids.get(one.name.casefold())
        if set_id is None:
            set_id = last = last + 1
        sets.append(replace(one, id=set_id))
    return Catalogue(catalogue.id, catalogue.version + 1, wanted.entries, tuple(sets), last)


def problems_of(entries: tuple[Permission, ...], sets: tuple[PredefinedSet, ...]) -> list[Problem]:
    """What is wrong with a catalogue before it becomes one: every fault, by its place."""
    return [*_bounds(entries, sets), *_faults_of_entries(entries), *_faults_of_sets(entries, sets)]


def _bounds(entries: tuple[Permission, ...], sets: tuple[PredefinedSet, ...]) -> Iterator[Problem]:
    if len(entries) > MAX_ENTRIES:
        yield Problem("permissions", f"are more than {MAX_ENTRIES}")
    if len(sets) > MAX_SETS:
        yield Problem("sets", f"are more than {MAX_SETS}")
    if sum(len(one.permissions) for one in sets) > MAX_NAMES_IN_SETS:
        yield Problem("sets", f"name more than {MAX_NAMES_IN_SETS} permissions together")


def _faults_of_entries(entries: tuple[Permission, ...]) -> Iterator[Problem]:
    names: set[str] = set()
    opened: dict[str, int] = {}
    for place, entry in enumerate(entries):
        where = f"permissions[{place}]"
        if not is_permission_name(entry.name):
            yield Problem(f"{where}.name", "does not read like SystemsRead or fleet.control.Stop")
        elif entry.name in _TAKEN:
            yield Problem(f"{where}.name", "is the name of one of our own permissions")
        elif entry.name.casefold() in names:
            yield Problem(f"{where}.name", "stands there twice, case aside")
        names.add(entry.name.casefold())
        yield from _faults_of_texts(where, entry)
        yield from _faults_of_operations(where, place, entry.operations, opened)


def _faults_of_texts(where: str, entry: Permission) -> Iterator[Problem]:
    if not _is_line(entry.title, MAX_TITLE_CHARACTERS):
        yield Problem(f"{where}.title", f"is not one line of {MAX_TITLE_CHARACTERS} characters")
    if not _is_line(entry.description, MAX_DESCRIPTION_CHARACTERS):
        longest = MAX_DESCRIPTION_CHARACTERS
        yield Problem(f"{where}.description", f"is not one line of {longest} characters")
    if entry.docs_url and not _is_url(entry.docs_url):
        yield Problem(f"{where}.docs_url", "is not an http or https URL")


def _faults_of_operations(
    where: str, place: int, operations: tuple[Operation, ...], opened: dict[str, int]
) -> Iterator[Problem]:
    if len(operations) > MAX_OPERATIONS:
        yield Problem(f"{where}.operations", f"are more than {MAX_OPERATIONS}")
    for number, operation in enumerate(operations):
        at = f"{where}.operations[{number}]"
        if operation.method not in METHODS:
            yield Problem(at, f"has a method that is none of {', '.join(METHODS)}")
        elif len(operation.path) > MAX_URL_CHARACTERS or not _PATH.fullmatch(operation.path):
            yield Problem(at, "has a path that does not read like /systems/{id}")
        elif opened.setdefault(_shape(operation), place) != place:
            # one request then has one permission that it needs
            yield Problem(at, f"is opened by permissions[{opened[_shape(operation)]}] already")


def _shape(operation: Operation) -> str:
    return f"{operation.method} {_PARAMETER.sub('{}', operation.path)}"


def _faults_of_sets(
    entries: tuple[Permission, ...], sets: tuple[PredefinedSet, ...]
) -> Iterator[Problem]:
    known = Catalogue(UUID(int=0), 0, entries)
    seen: set[str] = set()
    for place, one in enumerate(sets):
        where = f"sets[{place}]"
        if not one.name.strip() or not _is_line(one.name, MAX_SET_NAME_CHARACTERS):
            yield Problem(f"{where}.name", f"is not 1 to {MAX_SET_NAME_CHARACTERS} characters")
        elif one.name.casefold() in seen:
            yield Problem(f"{where}.name", "stands there twice, case aside")
        seen.add(one.name.casefold())
        if not _is_line(one.description, MAX_DESCRIPTION_CHARACTERS):
            longest = MAX_DESCRIPTION_CHARACTERS
            yield Problem(f"{where}.description", f"is not one line of {longest} characters")
        for name in sorted(one.permissions - known.limitable):
            managed = name in known.names
            why = "manages access, and no limited token carries it" if managed else "is unknown"
            yield Problem(f"{where}.permissions", f"{name!r} {why}" if _tellable(name) else why)


def _tellable(name: str) -> bool:
    return is_permission_name(name)


def _is_line(text: str, longest: int) -> bool:
    return len(text) <= longest and _LINE.fullmatch(text) is not None


def _is_url(text: str) -> bool:
    if len(text) > MAX_URL_CHARACTERS or not text.isascii() or not text.isprintable():
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in text
