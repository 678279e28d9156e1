"""Reading a form of the console: fields that may repeat, as lists of boxes do."""

import hashlib
from typing import Final

import msgspec

from tokenhouse.boundary import Request
from tokenhouse.boundary.parameters import refuse_no_form
from tokenhouse.boundary.target import decode
from tokenhouse.core.refusal import Code, Refused

FORM_LIMIT: Final = 1_048_576
"""Bytes of a form in which somebody may tick every method of the largest catalogue."""
FORM_TOKEN: Final = "form_token"
SECRETS: Final = frozenset(
    {
        *(FORM_TOKEN, "code", "factor_code", "passkey", "credential", "session", "token"),
        *("password", "password_again", "new_password", "new_password_again"),
    }
)
"""Fields that stand in no answer, and are no part of what is confirmed."""
_MOST_FIELDS: Final = 6_000


class Form(msgspec.Struct, frozen=True):
    """The fields as they were typed, in the order sent."""

    fields: tuple[tuple[str, str], ...] = ()

    def one(self, name: str) -> str:
        """A field that may stand once; empty where it was not sent. Raises Refused(MALFORMED)."""
        values = self.all(name)
        if len(values) > 1:
            raise Refused(Code.MALFORMED, "The form has a field twice that may stand once.")
        return values[0] if values else ""

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field."""
        return tuple(value for field, value in self.fields if field == name)

    @property
    def kept(self) -> tuple[tuple[str, str], ...]:
        """Everything but what is secret: it can be shown again."""
        return tuple(field for field in self.fields if field[0] not in SECRETS)

    def deed(self, path: str) -> str:
        """What somebody confirms who sends this form to a path, as one word for it."""
        digest = hashlib.sha256()
        for text in (text for field in self.kept for text in field):
            encoded = text.encode()
            digest.update(len(encoded).to_bytes(4, "big") + encoded)
        return f"POST {path} {digest.hexdigest()}"


def read(request: Request) -> Form:
    """Raises Refused: MEDIA_TYPE for another type, MALFORMED for what nobody can read."""
    refuse_no_form(request)
    return parse(request.body)


def parse(body: bytes) -> Form:
    """The fields of a form; raises Refused(MALFORMED)."""
    pieces = body.split(b"&", _MOST_FIELDS) if body else []
    if len(pieces) > _MOST_FIELDS:
        raise Refused(Code.MALFORMED, "The form has more fields than there are.")
    return Form(tuple(_field(piece) for piece in pieces if piece))


def _field(piece: bytes) -> tuple[str, str]:
    raw_name, _, raw_value = piece.replace(b"+", b" ").partition(b"=")
    name, value = decode(raw_name), decode(raw_value)
    if name is None or value is None:
        raise Refused(Code.MALFORMED, "The form is not percent-encoded UTF-8.")
    return name, value
