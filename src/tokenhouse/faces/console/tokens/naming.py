"""Which token a page is about."""

from uuid import UUID

from tokenhouse.boundary import parse_id
from tokenhouse.core.kind import Kind
from tokenhouse.core.token import Token
from tokenhouse.faces.console.tokens.whose import Whose
from tokenhouse.faces.console.visit import Visit
from tokenhouse.operations.describe import Described
from tokenhouse.operations.holding import not_found


def named_in(text: str) -> UUID:
    """The id that somebody wrote; what is none names no token: raises Refused(NOT_FOUND)."""
    token_id = parse_id(text)
    if token_id is None:
        raise not_found()
    return token_id


def described_by(visit: Visit, whose: Whose) -> Described:
    """The token that the path names; raises Refused(NOT_FOUND) for one that is not among them."""
    token_id = named_in(visit.request.parameters["token_id"])
    return visit.authority.tokens.one(visit.caller, whose.holding(visit.authority), token_id)


def kind_among(visit: Visit, whose: Whose, token: Token) -> Kind:
    """The kind of a token that is one of these."""
    kinds = whose.holding(visit.authority).kinds
    return next(kind for kind in kinds if kind.name == token.kind)
