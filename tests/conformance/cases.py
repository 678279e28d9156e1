"""Requests that schemathesis makes of the OpenAPI document, sent to a house without sockets.

First its cases of coverage, which try the bounds of every field; then random ones, good and bad.
They are drawn one by one from a seed, without hypothesis' search around each, which would take
five times as long.
"""

import re
import warnings
from collections.abc import Iterator
from itertools import count
from random import Random
from typing import Any, Final
from uuid import UUID

import requests
from hypothesis import strategies as st
from hypothesis.control import BuildContext
from hypothesis.errors import StopTest, UnsatisfiedAssumption
from hypothesis.internal.conjecture.data import ConjectureData
from schemathesis.core.transport import Response
from schemathesis.generation.case import Case
from schemathesis.generation.modes import GenerationMode
from schemathesis.schemas import APIOperation

from conformance.house import Credential, House
from conformance.wire import Reply
from tokenhouse.boundary.lists import PERMISSION
from tokenhouse.core.permission import PRODUCT_PERMISSIONS

ADDRESS: Final = "http://localhost:8080"
BOTH: Final = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]

PERMISSIONS: Final = sorted({"SystemsRead", "TokenVerify", "KeysWrite", *PRODUCT_PERMISSIONS})

_TEXT: Final = ("string", ["string", "null"])
_DROPPED: Final = frozenset({"content-length", "host", "connection", "user-agent"})
_UUID: Final = re.compile(r"[0-9a-f-]{36}", re.IGNORECASE)


def lighter(said: Any) -> Any:
    """The same document, in which what takes long to make up is easier.

    Names of permissions are some that exist: most others would end at the same refusal. Long texts
    may have control characters: what has them is tried in `faces/test_malformed_input.py`. Where
    a credential is a parameter no case makes one up: there may be only one.
    """
    if isinstance(said, list):
        return [lighter(one) for one in said]
    if not isinstance(said, dict):
        return said
    if said.get("pattern") == PERMISSION["pattern"]:
        return {"type": "string", "enum": PERMISSIONS}
    long = said.get("type") in _TEXT and said.get("maxLength", 0) > 100
    left_out = {"pattern"} if long else set()
    if said.get("security") == [{"session": []}]:
        left_out.add("security")
    return {name: lighter(one) for name, one in said.items() if name not in left_out}


def coverage(operation: APIOperation[Any, Any, Any, Any]) -> Iterator[Case]:
    """Every bound of every field, kept and broken, and methods that are not there."""
    config = operation.schema.config.generation_for(operation=operation)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield from operation.schema.iter_coverage_cases(
            operation, generation_modes=BOTH, generation_config=config
        )


def random_cases(
    operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode, seed: str
) -> Iterator[Case]:
    """Cases without an end, the same for the same seed; none where a mode has none."""
    strategy: st.SearchStrategy[Case] = operation.as_strategy(generation_mode=mode)
    random, missed = Random(seed), 0
    while missed < 100:
        drawn = ConjectureData(random=random)
        try:
            with BuildContext(drawn, is_final=False, wrapped_test=_nothing):
                case = drawn.draw(strategy)
        except (StopTest, UnsatisfiedAssumption):
            missed += 1
        else:
            missed = 0
            yield case


def _nothing() -> None:
    """Stands where hypothesis names the test that it draws for."""


class Sender:
    """Sends cases, some of whose ids are made those of records that are really there."""

    def __init__(self, at: House, real: dict[str, list[str]], random: Random) -> None:
        self._at = at
        self._real = real
        self._random = random
        self._all = [one for ids in real.values() for one in ids]
        self.sent = count()

    def __call__(self, case: Case, credential: Credential | None) -> tuple[Reply, Response]:
        """Send one case with a credential; the answer as it came, and as schemathesis sees it."""
        headers = {} if credential is None else dict(credential.headers)
        prepared = self._prepared(case, headers)
        listed = [
            (name.lower(), value if isinstance(value, str) else value.decode("latin-1"))
            for name, value in prepared.headers.items()
            if name.lower() not in _DROPPED
        ]
        body = prepared.body or b""
        sent = body.encode() if isinstance(body, str) else body
        assert prepared.url is not None
        target = prepared.url.removeprefix(ADDRESS)
        reply = self._at.wire(case.method, target, listed, sent)
        next(self.sent)
        return reply, _as_response(reply, prepared)

    def _prepared(self, case: Case, headers: dict[str, str]) -> requests.PreparedRequest:
        self._enliven(case)
        transport = case.operation.schema.transport
        said = transport.serialize_case(case, base_url=ADDRESS, headers=headers)
        return requests.Request(**said).prepare()

    def _enliven(self, case: Case) -> None:
        """Most ids that were made up are replaced: an unknown id is a short way to a refusal."""
        for name, value in (case.path_parameters or {}).items():
            if name in self._real and _is_id(value) and self._random.random() < 0.8:
                case.path_parameters[name] = self._random.choice(self._real[name])
        if isinstance(case.body, dict):
            case.body = {name: self._alive(value) for name, value in case.body.items()}
        if "If-Match" in case.headers and self._random.random() < 0.5:
            case.headers["If-Match"] = "*"

    def _alive(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._alive(one) for one in value]
        if _is_id(value) and self._random.random() < 0.8:
            return self._random.choice(self._all)
        return value


def _is_id(value: object) -> bool:
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        return False
    try:
        UUID(value)
    except ValueError:
        return False
    return True


def _as_response(reply: Reply, prepared: requests.PreparedRequest) -> Response:
    headers: dict[str, list[str]] = {}
    for name, value in reply.headers:
        headers.setdefault(name, []).append(value)
    return Response(reply.status, headers, reply.body, prepared, elapsed=0.0, verify=False)
