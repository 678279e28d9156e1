"""The record of a successor: what it has from its predecessor, and what that one gives up."""

from msgspec.structs import replace

from tokenhouse.core.kind import Kind, Numbering
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.core.succession import Successor
from tokenhouse.core.token import Token
from tokenhouse.operations.changes import Put


def succeeding(kind: Kind, first: Token, predecessor: Token, successor: Successor) -> Token:
    """A new record as the successor, with all that its predecessor may do and where."""
    of_family = kind.numbering is Numbering.FAMILY
    return replace(
        first,
        holder_id=predecessor.holder_id,
        family_id=successor.family_id,
        predecessor_id=successor.predecessor_id,
        number=predecessor.number if of_family else first.number,
        description=predecessor.description,
        groups=predecessor.groups,
        expires_at=successor.expires_at,
        addresses=predecessor.addresses,
        audience=predecessor.audience,
        permissions=predecessor.permissions,
        set_id=predecessor.set_id,
    )


def left_behind(kind: Kind, successor: Successor) -> tuple[Put, ...]:
    """What is written of the predecessor; the number of a family goes on to the successor."""
    old = successor.predecessor
    if old is None:
        return ()
    if kind.numbering is Numbering.FAMILY:
        old = replace(old, number=None)
    return (Put(replace(old, version=old.version + 1)),)


def refuse_succeeded(kind: Kind, token: Token) -> None:
    """Raise Refused(UNPROCESSABLE) where another token of the family stands for it already.

    A family that is one row for its holder has one end, from which alone it goes on.
    """
    if kind.numbering is Numbering.FAMILY and token.number is None:
        problem = Problem("lifetime", "the token was superseded; rotate its successor")
        raise Refused(Code.UNPROCESSABLE, "The token cannot be succeeded so.", (problem,))
