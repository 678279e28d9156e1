"""What a route says of itself to whoever wants to use it: data, from which documents are made."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import msgspec

from tokenhouse.boundary.shapes import Form, Object, Query
from tokenhouse.core.refusal import Code

Example: TypeAlias = Any
"""JSON as it stands in a document."""


class Success(msgspec.Struct, frozen=True):
    """A good answer: the type of its body (None: it has none), and the headers that it has.

    Headers are named as people write them, such as `ETag`. `media_types` are the face's unless
    this answer has its own.
    """

    type: object | None = None
    headers: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ()


NO_CONTENT: Final = {204: Success()}
"""The answers of a route that has nothing to say when it is done."""


class About(msgspec.Struct, frozen=True):
    """What one route is for, what it takes and what it answers.

    `summary` is one short sentence. `query` None: it is not looked at. `form` is read from the
    query too, and `query_example` is an example of either. `upload` is the field of a form that
    brings a file. `refuses` are the codes
    beyond those that follow from the route itself. `body_example`, `query_example` and
    `path_example` are one request; `answer_example` is what the first success answers to it.
    """

    tag: str
    summary: str
    answers: Mapping[int, Success]
    text: str = ""
    body: Object[Any] | None = None
    query: Query[Any] | None = None
    form: Form[Any] | None = None
    upload: str = ""
    refuses: frozenset[Code] = frozenset()
    path_example: Mapping[str, str] = {}
    query_example: Mapping[str, str] = {}
    body_example: Example = None
    answer_example: Example = None


class Refusals(msgspec.Struct, frozen=True):
    """How a face refuses: the type of the body, its media types, and which statuses there are.

    `statuses` gives all that a route can refuse with.
    """

    type: type[msgspec.Struct]
    media_types: tuple[str, ...]
    statuses: Callable[[Any], frozenset[int]]
