"""What good answers in JSON are made of: typed values, encoded once."""

from typing import Annotated, Final, TypeAlias

import msgspec
from msgspec import Meta

from tokenhouse.boundary.face import Answer
from tokenhouse.boundary.media import JSON
from tokenhouse.core.moment import format_moment

Time: TypeAlias = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
"""A moment as answers say it: RFC 3339 in UTC, ending with `Z`."""

Headers: TypeAlias = tuple[tuple[str, str], ...]

NOTHING: Final = Answer(204)
"""Done, and nothing to say."""

time: Final = format_moment


def answered(status: int, body: msgspec.Struct, headers: Headers = ()) -> Answer:
    """A JSON answer."""
    return Answer(status, msgspec.json.encode(body), JSON, headers)
