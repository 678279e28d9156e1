"""What a limited token may be limited to: a list of permissions, or a predefined set."""

from typing import Final

import msgspec

from tokenhouse.core.catalogue import Catalogue
from tokenhouse.core.events import Details
from tokenhouse.core.kind import Kind, Rights
from tokenhouse.core.permission import NOTHING, Permissions, missing
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.core.token import Token
from tokenhouse.operations.admit import Actor

_LIST: Final = "permissions"
_SET: Final = "predefined_set"


class Limit(msgspec.Struct, frozen=True):
    """A list, or the id of a predefined set whose list is followed; never both in a token."""

    permissions: Permissions | None = None
    set_id: int | None = None

    def check(self, actor: Actor, kind: Kind, before: Permissions = NOTHING) -> None:
        """Raise Refused where no token of this kind can be given this limit by the actor.

        `before` is what its list names already. MALFORMED: neither or both, names that are in no
        catalogue or that no limited token carries, an unknown set, or a kind without limits.
        FORBIDDEN: names that come anew and that the actor does not hold. A set only restricts, so
        whoever issues may choose any.
        """
        if kind.rights is not Rights.LIMITED:
            self._refuse_any(kind)
            return
        if self.permissions is not None and self.set_id is not None:
            raise _malformed(_SET, f"cannot stand beside {_LIST}")
        assert actor.found is not None
        catalogue = actor.found.standing.catalogue
        if self.set_id is not None:
            _refuse_unknown_set(catalogue, self.set_id)
        elif self.permissions is None:
            raise _malformed(_LIST, f"has to be there, or {_SET}")
        elif not self.permissions:
            raise _malformed(_LIST, "names nothing")
        else:
            _refuse_names(actor, catalogue, self.permissions - before)

    def _refuse_any(self, kind: Kind) -> None:
        for field, value in ((_LIST, self.permissions), (_SET, self.set_id)):
            if value is not None:
                raise _malformed(field, f"is for limited tokens, and no {kind.title} has it")


def told_limit(token: Token) -> Details:
    """What a token is limited to, for the events; empty for one that is not."""
    if token.permissions is not None:
        return {_LIST: sorted(token.permissions)}
    return {} if token.set_id is None else {_SET: token.set_id}


def _refuse_unknown_set(catalogue: Catalogue, set_id: int) -> None:
    if all(one.id != set_id for one in catalogue.sets):
        raise _malformed(_SET, "is no predefined set of the catalogue")


def _refuse_names(actor: Actor, catalogue: Catalogue, names: Permissions) -> None:
    problems = [
        Problem(_LIST, f"{name} is not in the catalogue")
        for name in sorted(missing(names, catalogue.names))
    ]
    problems += [
        Problem(_LIST, f"{name} manages access, and no limited token carries it")
        for name in sorted(names & catalogue.names - catalogue.limitable)
    ]
    if problems:
        raise Refused(Code.MALFORMED, "No list can name all of these.", tuple(problems))
    if beyond := missing(names, actor.permissions):
        raise actor.forbidden(
            "A token can be given only permissions that you hold yourself.",
            tuple(Problem(_LIST, f"you do not hold {name}") for name in sorted(beyond)),
        )


def _malformed(field: str, sentence: str) -> Refused:
    problem = Problem(field, sentence)
    return Refused(Code.MALFORMED, "The token cannot be limited so.", (problem,))
