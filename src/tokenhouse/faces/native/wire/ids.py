"""How a path names a record of ours."""

from uuid import UUID

from tokenhouse.boundary import Request, parse_id
from tokenhouse.core.refusal import Code, Refused


def read_id(request: Request, name: str, what: str) -> UUID:
    """The id in a path; what is no id is as unknown as an unknown one, with the same sentence."""
    parsed = parse_id(request.parameters[name])
    if parsed is None:
        raise Refused(Code.NOT_FOUND, f"There is no such {what}.")
    return parsed
