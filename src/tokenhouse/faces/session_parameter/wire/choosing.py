"""What somebody chose by a name that he typed: a predefined set, or methods of the catalogue."""

from collections.abc import Iterable

from tokenhouse.core.catalogue import PredefinedSet
from tokenhouse.core.permission import Permission
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.faces.session_parameter.wire.names import folded


def chosen_set(sets: Iterable[PredefinedSet], template: str) -> int:
    """The id of a predefined set that was named, by its name or its id; raises Refused."""
    for one in sets:
        if one.name.casefold() == template.strip().casefold() or str(one.id) == template.strip():
            return one.id
    problem = Problem("tokenTemplate", "names no predefined set that there is")
    raise Refused(Code.MALFORMED, "There is no such API set.", (problem,))


def chosen_names(catalogue: Iterable[Permission], names: tuple[str, ...]) -> frozenset[str]:
    """The permissions that were named, as the catalogue spells them; raises Refused."""
    known = {folded(one.name): one.name for one in catalogue}
    unknown = [place for place, name in enumerate(names) if folded(name) not in known]
    if unknown:
        problems = tuple(Problem(f"apiList[{one}]", "is no API method here") for one in unknown)
        raise Refused(Code.MALFORMED, "Some API methods do not exist.", problems)
    return frozenset(known[folded(name)] for name in names)
