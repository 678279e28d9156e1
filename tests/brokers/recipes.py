"""Recipes for brokers that do not run here: what their pages configure is what our clients do."""

import base64
import re
from collections.abc import Iterator
from typing import Any, Final

from brokers.hall import Hall
from docs.documents import FOLDER, Document

_TOKEN: Final = re.compile(r'\s*(?:#[^\n]*\n\s*)*("(?:[^"\\]|\\.)*"|[{}\[\]=,]|[^\s{}\[\]=,"#]+)')
BASIC: Final = "BASE64_OF_CLIENT_ID_AND_SECRET"
USER: Final = "CLIENT_ID:CLIENT_SECRET"
ORIGIN: Final = "http://127.0.0.1:8080"


def recipe(broker: str, language: str = "text") -> str:
    """The one configuration in a broker's page."""
    (block,) = (
        one.text
        for one in Document(FOLDER / "brokers" / f"{broker}.md").blocks
        if one.language == language
    )
    return block


def path_of(url: str) -> str:
    """Where a URL of a recipe leads at Tokenhouse."""
    assert url.startswith(ORIGIN), url
    return url.removeprefix(ORIGIN)


def basic(at: Hall, text: str) -> str:
    """What a recipe says, with the credential of the hall's broker in place of its stand-in."""
    _, _, encoded = at.broker[1].partition(" ")
    pair = base64.b64decode(encoded).decode()
    return text.replace(BASIC, encoded).replace(USER, pair)


def settings(text: str) -> dict[str, str]:
    """A configuration of one `name = value`, or `name value`, a line."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    pairs = [re.split(r"\s*=\s*|\s+", line, maxsplit=1) for line in lines]
    assert len({name for name, _ in pairs}) == len(pairs), "a name stands twice"
    return dict(pairs)


def hocon(text: str) -> Any:
    """A configuration in HOCON, of as much of it as recipes use."""
    return _object(_tokens(text + "\n}"))


def _tokens(text: str) -> Iterator[str]:
    place = 0
    while match := _TOKEN.match(text, place):
        place = match.end()
        yield match[1]
    assert not text[place:].strip(), text[place:]


def _object(tokens: Iterator[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for token in tokens:
        if token == "}":
            break
        if token == ",":
            continue
        *outer, last = [token.strip('"')] if token.startswith('"') else token.split(".")
        within = found
        for name in outer:
            within = within.setdefault(name, {})
        assert last not in within, f"{token} stands twice"
        within[last] = _value(next(tokens), tokens)
    return found


def _value(token: str, tokens: Iterator[str]) -> Any:
    if token == "=":
        token = next(tokens)
    if token == "{":
        return _object(tokens)
    if token == "[":
        return [*_items(tokens)]
    if token.startswith('"'):
        return token[1:-1]
    return {"true": True, "false": False}.get(token, token)


def _items(tokens: Iterator[str]) -> Iterator[Any]:
    for token in tokens:
        if token == "]":
            return
        if token != ",":
            yield _value(token, tokens)
