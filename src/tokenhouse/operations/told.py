"""What events tell of an edit: each field that changed, before and after."""

from msgspec import Struct

from tokenhouse.core.events import Details


def before_and_after(before: Struct, after: Struct, *fields: str) -> Details:
    """Those of the named fields that differ; ids as text."""
    told: Details = {}
    for field in fields:
        was, is_ = getattr(before, field), getattr(after, field)
        if was != is_:
            told |= {f"{field}_before": _plain(was), f"{field}_after": _plain(is_)}
    return told


def _plain(value: str | bool | tuple[object, ...]) -> str | bool | list[str]:
    return [str(one) for one in value] if isinstance(value, tuple) else value
