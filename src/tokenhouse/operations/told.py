"""What events tell of an edit: each field that changed, before and after."""

from msgspec import Struct

from tokenhouse.core.catalogue import Catalogue, PredefinedSet
from tokenhouse.core.client import Client
from tokenhouse.core.events import Details
from tokenhouse.core.moment import format_duration


def before_and_after(before: Struct, after: Struct, *fields: str) -> Details:
    """Those of the named fields that differ; ids as text."""
    told: Details = {}
    for field in fields:
        was, is_ = getattr(before, field), getattr(after, field)
        if was != is_:
            told |= {f"{field}_before": _plain(was), f"{field}_after": _plain(is_)}
    return told


def catalogue_told(before: Catalogue | None, after: Catalogue) -> Details:
    """The permissions and what manages access, before and after, and each set that differs.

    `permissions_edited` are those of which no name tells that they changed. Of a set the name and
    each permission stands behind its id.
    """
    known = {} if before is None else {one.name: one for one in before.own()}
    edited = [one.name for one in after.own() if one != known.get(one.name, one)]
    told: Details = {"permissions_edited": sorted(edited)}
    for when, catalogue, other in (("before", before, after), ("after", after, before)):
        sets = _sets_beside(catalogue, other)
        told |= {
            f"permissions_{when}": [] if catalogue is None else sorted(catalogue.names),
            f"managing_access_{when}": _managing(catalogue),
            f"sets_{when}": [f"{one.id} {one.name}" for one in sets],
            f"set_permissions_{when}": [
                f"{one.id} {name}" for one in sets for name in sorted(one.permissions)
            ],
        }
    return told


def _managing(catalogue: Catalogue | None) -> list[str]:
    own = () if catalogue is None else catalogue.own()
    return sorted(one.name for one in own if one.manages_access)


def client_told(client: Client) -> Details:
    """Everything but the secrets, of which it names the ids."""
    return {
        "label": client.label,
        "grants": sorted(client.grants),
        "permissions": None if client.permissions is None else sorted(client.permissions),
        "audience": client.audience,
        "group": None if client.group_id is None else str(client.group_id),
        "refresh_lifetime": format_duration(client.refresh_lifetime),
        "slides": client.slides,
        "scope_as": client.scope_as.value,
        "deployment": client.deployment,
        "suspended": client.suspended,
        "secrets": [str(one.id) for one in client.secrets],
    }


def client_before_and_after(before: Client, after: Client) -> Details:
    """Each of these that differs."""
    was, is_ = client_told(before), client_told(after)
    details: Details = {"client_id": after.client_id}
    for name, old in was.items():
        if old != is_[name]:
            details |= {f"{name}_before": old, f"{name}_after": is_[name]}
    return details


def _sets_beside(catalogue: Catalogue | None, other: Catalogue | None) -> list[PredefinedSet]:
    """The sets of one catalogue that are not the same in the other."""
    same = frozenset() if other is None else frozenset(other.sets)
    return [] if catalogue is None else [one for one in catalogue.sets if one not in same]


def _plain(value: str | bool | tuple[object, ...]) -> str | bool | list[str]:
    return [str(one) for one in value] if isinstance(value, tuple) else value
