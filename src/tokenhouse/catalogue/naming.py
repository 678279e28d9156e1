"""What a permission is called that somebody else's description of an operation becomes."""

import hashlib
import re
from typing import Final

from tokenhouse.core.permission import MAX_NAME_CHARACTERS, Operation, is_permission_name

_SEGMENT: Final = re.compile(r"\{([A-Za-z0-9]+)\}|([A-Za-z0-9]+(?:-[A-Za-z0-9]+)*)", re.ASCII)
_WORDS: Final = re.compile(r"[A-Za-z0-9]+", re.ASCII)
_MARK_DIGITS: Final = 8
_CUT: Final = "…"
_UNPRINTED: Final = re.compile(r"[\x00-\x20\x7f-\x9f]+")


def name_of(operation: Operation, operation_id: object, prefix: str) -> str:
    """The operation's own id where that is a permission name, else one of method and path.

    Depends on nothing but the operation, so that a description that grows renames nothing.
    """
    before = f"{prefix}." if prefix else ""
    if isinstance(operation_id, str) and is_permission_name(before + operation_id):
        return before + operation_id
    name, exact = _written_out(operation)
    longest = MAX_NAME_CHARACTERS - len(before)
    if exact and len(name) <= longest:
        return before + name
    # two paths may have the same words, so the name has a mark of the whole path
    mark = hashlib.sha256(str(operation).encode()).hexdigest()[:_MARK_DIGITS]
    kept = name[: max(1, longest - _MARK_DIGITS - 1)].rstrip("._-")
    return f"{before}{kept}:{mark}"


def titled(text: object, longest: int) -> str:
    """A text of somebody else as one line of ours, cut where it is too long."""
    if not isinstance(text, str):
        return ""
    line = _UNPRINTED.sub(" ", text).strip()
    return line if len(line) <= longest else f"{line[: longest - len(_CUT)].rstrip()}{_CUT}"


def _written_out(operation: Operation) -> tuple[str, bool]:
    """`GET /systems/{id}/state` as `get.systems_id.state`; and whether no other path gives it."""
    name, exact = operation.method.lower(), True
    for segment in operation.path.removeprefix("/").split("/"):
        match = _SEGMENT.fullmatch(segment)
        if match is None:
            exact = exact and operation.path == "/"
            word = "-".join(_WORDS.findall(segment))
            name = f"{name}.{word}" if word else name
        elif match[1] is not None:
            name = f"{name}_{match[1]}"
        else:
            name = f"{name}.{match[2]}"
    return name, exact
