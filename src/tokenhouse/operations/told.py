"""What events tell of an edit: each field that changed, before and after."""

from msgspec import Struct

from tokenhouse.core.catalogue import Catalogue, PredefinedSet
from tokenhouse.core.events import Details


def before_and_after(before: Struct, after: Struct, *fields: str) -> Details:
    """Those of the named fields that differ; ids as text."""
    told: Details = {}
    for field in fields:
        was, is_ = getattr(before, field), getattr(after, field)
        if was != is_:
            told |= {f"{field}_before": _plain(was), f"{field}_after": _plain(is_)}
    return told


def catalogue_told(before: Catalogue | None, after: Catalogue) -> Details:
    """The permissions before and after, and each set that differs; None where there is none.

    `permissions_edited` are those of which no name tells that they changed.
    """
    known = {} if before is None else {one.name: one for one in before.own()}
    edited = [one.name for one in after.own() if one != known.get(one.name, one)]
    told: Details = {
        "permissions_before": [] if before is None else sorted(before.names),
        "permissions_after": sorted(after.names),
    }
    if edited:
        told["permissions_edited"] = sorted(edited)
    managing = [_managing(before), _managing(after)]
    if managing[0] != managing[1]:
        told["managing_access_before"], told["managing_access_after"] = managing
    return told | _sets_told(() if before is None else before.sets, after.sets)


def _managing(catalogue: Catalogue | None) -> list[str]:
    own = () if catalogue is None else catalogue.own()
    return sorted(one.name for one in own if one.manages_access)


def _sets_told(before: tuple[PredefinedSet, ...], after: tuple[PredefinedSet, ...]) -> Details:
    was, is_ = ({one.id: one for one in sets} for sets in (before, after))
    told: Details = {}
    for set_id in sorted(was.keys() | is_.keys()):
        if was.get(set_id) == is_.get(set_id):
            continue
        for when, one in (("before", was.get(set_id)), ("after", is_.get(set_id))):
            told |= {
                f"set_{set_id}_name_{when}": None if one is None else one.name,
                f"set_{set_id}_description_{when}": None if one is None else one.description,
                f"set_{set_id}_permissions_{when}": None
                if one is None
                else sorted(one.permissions),
            }
    return told


def _plain(value: str | bool | tuple[object, ...]) -> str | bool | list[str]:
    return [str(one) for one in value] if isinstance(value, tuple) else value
