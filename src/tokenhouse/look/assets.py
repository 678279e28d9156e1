"""Style sheets, scripts and pictures that pages load: each under a name that changes with it."""

import hashlib
from collections.abc import Iterable
from importlib.resources import files
from typing import Final

from tokenhouse.boundary import Answer, Early, Request, Route

_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_DIGITS: Final = 12
_HEADERS: Final = (
    ("cache-control", "public, max-age=31536000, immutable"),
    ("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
)
"""A picture that somebody opens by itself runs nothing."""


class Assets:
    """Files of packages, served under a prefix, to be kept as long as anybody likes.

    `parts` are pairs of a package and a file's path in it. Their names have to differ.
    """

    def __init__(self, prefix: str, parts: Iterable[tuple[str, str]]) -> None:
        self._urls: dict[str, str] = {}
        self._routes: list[Route] = []
        for package, path in parts:
            content = files(package).joinpath(path).read_bytes()
            name = path.rpartition("/")[2]
            if name in self._urls:
                raise ValueError(f"two files are called {name}")
            stem, _, ending = name.rpartition(".")
            digest = hashlib.sha256(content).hexdigest()[:_DIGITS]
            self._urls[name] = f"{prefix}/{stem}.{digest}.{ending}"
            self._routes.append(_route(self._urls[name], content, _TYPES[ending]))

    def url(self, name: str) -> str:
        """Where a file is; raise KeyError for one that is not among them."""
        return self._urls[name]

    def urls(self, ending: str) -> tuple[str, ...]:
        """Where those are whose names end so, in the order in which they were named."""
        return tuple(url for name, url in self._urls.items() if name.endswith(ending))

    @property
    def routes(self) -> tuple[Route, ...]:
        """What serves them; nothing in them is anybody's."""
        return tuple(self._routes)


def _route(url: str, content: bytes, media_type: str) -> Route:
    answer = Answer(200, content, media_type, _HEADERS)

    def show(_: Request) -> Answer:
        return answer

    return Route("GET", url, Early(show), at_once=True)
