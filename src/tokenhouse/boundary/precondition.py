"""Editing only what was read: a version as an entity tag, and `If-Match` (RFC 9110, 13.1.1)."""

import re
from typing import Final

from tokenhouse.boundary.request import Request
from tokenhouse.core.refusal import Code, Refused

_TAG: Final = re.compile(r'"([1-9][0-9]{0,17})"', re.ASCII)


def entity_tag(version: int) -> tuple[str, str]:
    """The header `ETag` of a record in this version; a strong one."""
    return "etag", f'"{version}"'


def expected_version(request: Request) -> int | None:
    """The version that the request means; None for `*`, which is any.

    Raises Refused(PRECONDITION) where nothing is said, and Refused(MALFORMED) for what is no tag
    of ours and for several: an edit starts from one version.
    """
    said = request.header("if-match")
    if said is None:
        raise Refused(
            Code.PRECONDITION,
            "Say which version you mean: send its ETag in If-Match, or `*` for any.",
        )
    if said == "*":
        return None
    match = _TAG.fullmatch(said)
    if match is None:
        raise Refused(Code.MALFORMED, "If-Match is not one ETag as it was given, nor `*`.")
    return int(match[1])
