"""Descriptions of APIs, OpenAPI 3 or Swagger 2.0 in JSON: one permission for each operation."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from tokenhouse.catalogue.faults import Faults, text_of
from tokenhouse.catalogue.naming import name_of, titled
from tokenhouse.core.catalogue import (
    MAX_DESCRIPTION_CHARACTERS,
    MAX_TITLE_CHARACTERS,
    METHODS,
    problems_of,
)
from tokenhouse.core.permission import Operation, Permission, is_permission_name
from tokenhouse.core.refusal import Code, Problem, Refused

_VERSION: Final = re.compile(r"3\.\d{1,3}\.\d{1,3}(?:-[a-z0-9.]{1,20})?", re.ASCII)
_UNREAD: Final = ("$ref", "query", "additionalOperations")
"""What may hold more operations, which would be left out without a word."""
_VARIABLE: Final = re.compile(r"\{([^{}]{1,100})\}")
_SHOWN: Final = re.compile(r"/[A-Za-z0-9._~{}/-]{0,199}", re.ASCII)
_ENTRY: Final = re.compile(r"permissions\[(\d+)\]\.?")


def read_openapi(content: bytes, prefix: str = "") -> tuple[Permission, ...]:
    """A permission for each operation of a description, named behind `prefix.` where there is one.

    Raises Refused(MALFORMED) with every fault at once, and Refused(TOO_LARGE).
    """
    document = _decoded(content)
    faults = Faults()
    if prefix and not is_permission_name(prefix):
        faults.note("prefix", "does not read like fleet, or fleet.control")
        prefix = ""
    paths = document.get("paths", {})
    if not isinstance(paths, dict):
        faults.note("paths", "is not an object")
        paths = {}
    reading = _Reading(_path_of_all(document), prefix, faults)
    found = [one for path, item in paths.items() for one in reading.of_path(path, item)]
    faults.note_all(_by_operation(found))
    faults.refuse()
    return tuple(found)


def _decoded(content: bytes) -> Mapping[str, Any]:
    try:
        document = msgspec.json.decode(text_of(content))
    except (msgspec.DecodeError, RecursionError):
        raise Refused(Code.MALFORMED, "The file is not JSON.") from None
    if not isinstance(document, dict):
        raise Refused(Code.MALFORMED, "The file is not a JSON object.")
    three, two = document.get("openapi"), document.get("swagger")
    if two != "2.0" and not (isinstance(three, str) and _VERSION.fullmatch(three)):
        sentence = "The file is no description of an API by OpenAPI 3 or Swagger 2.0."
        raise Refused(Code.MALFORMED, sentence)
    return document


def _path_of_all(document: Mapping[str, Any]) -> str | None:
    """The path before all paths; None where it cannot be told."""
    if "swagger" in document:
        path = document.get("basePath", "")
        return path.rstrip("/") if isinstance(path, str) else None
    return _path_of_server(document.get("servers"))


def _path_of_server(servers: object) -> str | None:
    """The path of the first server, its variables at their defaults."""
    if servers is None or servers == []:
        return ""
    first = servers[0] if isinstance(servers, list) else None
    url = first.get("url") if isinstance(first, dict) else None
    if not isinstance(first, dict) or not isinstance(url, str):
        return None
    variables = first.get("variables")
    told = variables if isinstance(variables, dict) else {}

    def default(match: re.Match[str]) -> str:
        variable = told.get(match[1])
        value = variable.get("default") if isinstance(variable, dict) else None
        return value if isinstance(value, str) else match[0]

    try:
        return urlsplit(_VARIABLE.sub(default, url)).path.rstrip("/")
    except ValueError:
        return None


class _Reading:
    """What holds for every path of one description."""

    def __init__(self, before: str | None, prefix: str, faults: Faults) -> None:
        self._before = before
        self._prefix = prefix
        self._faults = faults

    def of_path(self, path: str, item: object) -> Iterator[Permission]:
        """The permissions of one path."""
        if path.startswith("x-"):
            return
        at = path if _SHOWN.fullmatch(path) else "a path"
        if not isinstance(item, dict):
            self._faults.note(at, "is not an object")
            return
        for key in _UNREAD:
            if key in item:
                self._faults.note(at, f"has {key}, which is not followed: write its operations out")
        before = _path_of_server(item["servers"]) if "servers" in item else self._before
        for method in METHODS:
            if method.lower() in item:
                one = item[method.lower()]
                if isinstance(one, dict):
                    yield self._permission(Operation(method, path), before, one)
                else:
                    self._faults.note(f"{method} {at}", "is not an object")

    def _permission(
        self, operation: Operation, before: str | None, told: Mapping[str, Any]
    ) -> Permission:
        if "servers" in told:
            before = _path_of_server(told["servers"])
        if before is None:
            self._faults.note("servers", "has a first one whose path cannot be told")
            before = ""
        docs = told.get("externalDocs")
        url = docs.get("url") if isinstance(docs, dict) else None
        return Permission(
            name=name_of(operation, told.get("operationId"), self._prefix),
            title=titled(told.get("summary"), MAX_TITLE_CHARACTERS),
            description=titled(told.get("description"), MAX_DESCRIPTION_CHARACTERS),
            docs_url=url if isinstance(url, str) else "",
            operations=(Operation(operation.method, before + operation.path),),
            manages_access=told.get("x-manages-access") is True,
        )


def _by_operation(found: list[Permission]) -> Iterator[Problem]:
    """The faults by method and path, since nobody numbers the operations of a description."""

    def named(match: re.Match[str]) -> str:
        operation = found[int(match[1])].operations[0]
        is_shown = _SHOWN.fullmatch(operation.path) is not None
        return f"{operation.method} {operation.path if is_shown else 'a path'}"

    for problem in problems_of(tuple(found), ()):
        sentence = _ENTRY.sub(named, problem.sentence)
        entry = _ENTRY.match(problem.field)
        if entry is None:
            yield Problem(problem.field, sentence)
            continue
        field = (
            problem.field[entry.end() :].replace("operations[0]", "").replace("docs_url", "docs")
        )
        yield Problem(f"{named(entry)} {field}".strip(), sentence)
