"""The ids that stand in paths."""

from uuid import UUID

from tokenhouse.boundary import Request, parse_id
from tokenhouse.core.refusal import Code, Refused


def read_id(request: Request, name: str, what: str) -> UUID:
    """The id of this name; what is no UUID is as unknown as an unknown one."""
    parsed = parse_id(request.parameters[name])
    if parsed is None:
        raise Refused(Code.NOT_FOUND, f"There is no such {what}.")
    return parsed
