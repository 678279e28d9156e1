"""Names of API methods as clients write them, and the lists that they write them in."""

import re
from collections.abc import Iterable
from typing import Final

_ALIASES: Final = {"env": "environment"}
_QUOTED: Final = re.compile(r"""\s*(?:"([^"']*)"|'([^"']*)'|([^"',\[\]]*))\s*""")


def folded(name: str) -> str:
    """The form in which two spellings of a method are the same: case aside, `env` written out."""
    service, dot, rest = name.strip().casefold().partition(".")
    return f"{_ALIASES.get(service, service)}{dot}{rest}"


def fold_path(path: str) -> str:
    """The path under which a method is routed: case aside, `env` written out."""
    lower = path.lower()
    for alias, service in _ALIASES.items():
        if lower.startswith(f"/1.0/{alias}/"):
            return f"/1.0/{service}/{lower.removeprefix(f'/1.0/{alias}/')}"
    return lower


def read_names(texts: Iterable[str]) -> tuple[str, ...]:
    """The names in `a,b`, `["a", "b"]`, `['a', 'b']` or repeated fields, in the order sent.

    Raises ValueError with a public sentence for a list that is none of these.
    """
    names: list[str] = []
    for text in texts:
        names += _listed(text.strip())
    return tuple(dict.fromkeys(names))


def _listed(text: str) -> list[str]:
    if text.startswith("[") != text.endswith("]"):
        raise ValueError("has a bracket that is not closed")
    if text.startswith("["):
        text = text[1:-1]
    names = []
    for piece in text.split(","):
        match = _QUOTED.fullmatch(piece)
        if match is None:
            raise ValueError("is no list such as a,b or ['a', 'b']")
        names.append((match[1] or match[2] or match[3] or "").strip())
    return [name for name in names if name]
