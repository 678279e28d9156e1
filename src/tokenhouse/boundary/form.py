"""Reading a form (`application/x-www-form-urlencoded`): each field once, and none unknown."""

from tokenhouse.boundary.parameters import refuse_no_form
from tokenhouse.boundary.request import Request
from tokenhouse.boundary.target import decode
from tokenhouse.core.refusal import Code, Refused


def read_form(request: Request, known: frozenset[str]) -> dict[str, str]:
    """The fields of a form as they were typed; one that was not sent reads as the empty text.

    Raises Refused(MEDIA_TYPE) for another type, and Refused(MALFORMED) for what has two readings.
    """
    refuse_no_form(request)
    pieces = request.body.split(b"&", len(known)) if request.body else []
    if len(pieces) > len(known):
        raise Refused(Code.MALFORMED, "The form has more fields than there are.")
    fields: dict[str, str] = {}
    for piece in pieces:
        raw_name, _, raw_value = piece.replace(b"+", b" ").partition(b"=")
        name, value = decode(raw_name), decode(raw_value)
        if name is None or value is None:
            raise Refused(Code.MALFORMED, "The form is not percent-encoded UTF-8.")
        if name not in known or name in fields:
            raise Refused(Code.MALFORMED, "The form has a field twice, or one that is not known.")
        fields[name] = value
    return {name: fields.get(name, "") for name in known}
