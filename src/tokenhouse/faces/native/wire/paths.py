"""Ids that stand in paths."""

from uuid import UUID

from tokenhouse.boundary import Request, parse_id
from tokenhouse.core.refusal import Code, Refused


def read_id(request: Request, name: str) -> UUID:
    """The id that the path names as `{<what>_id}`; what is no id is as unknown as an unknown one.

    Raises Refused(NOT_FOUND) in the words in which an operation says that there is none.
    """
    parsed = parse_id(request.parameters[name])
    if parsed is None:
        raise Refused(Code.NOT_FOUND, f"There is no such {name.removesuffix('_id')}.")
    return parsed
