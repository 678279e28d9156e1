"""Parameters of a dialect that takes them from the query or from a form, as if they were one."""

from typing import Final, TypeAlias

from tokenhouse.boundary.request import Request
from tokenhouse.boundary.target import read_query
from tokenhouse.core.refusal import Code, Refused

FORM: Final = "application/x-www-form-urlencoded"

Parameters: TypeAlias = tuple[tuple[str, str], ...]
"""Names and values in the order sent, those of the query first."""


def read_parameters(request: Request) -> Parameters:
    """Every parameter of a request.

    Raises Refused(MEDIA_TYPE) for a body that is no form, Refused(MALFORMED) for one that is not
    percent-encoded UTF-8 without control characters, or has too many fields.
    """
    if not request.body:
        return request.query
    refuse_no_form(request)
    return (*request.query, *read_query(request.body, "form", "fields"))


def refuse_no_form(request: Request) -> None:
    """Raise Refused(MEDIA_TYPE) for a body that does not say that it is a form."""
    media_type = (request.header("content-type") or "").partition(";")[0].strip().lower()
    if media_type != FORM:
        raise Refused(Code.MEDIA_TYPE, f"Send the form as `Content-Type: {FORM}`.")
