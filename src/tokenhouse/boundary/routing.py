"""Which face and which route a path belongs to."""

import re
from collections import defaultdict
from typing import Final, TypeAlias

import msgspec

from tokenhouse.boundary.face import Early, Face, Route
from tokenhouse.boundary.target import is_plain_path

_PARAMETER: Final = re.compile(r"\{([a-z_]+)\}")

Methods: TypeAlias = dict[str, Route]
_Segments: TypeAlias = tuple[str, ...]
_Template: TypeAlias = tuple[tuple[str, str | None], ...]
"""Each segment as written, and the name of the parameter that it is."""


class Place(msgspec.Struct, frozen=True):
    """A path that exists: its face, the routes of it by method, and what its template took."""

    face: Face
    methods: Methods
    parameters: dict[str, str]

    @property
    def allow(self) -> str:
        """The methods of this path, as the header of that name lists them."""
        head = {"HEAD"} if "GET" in self.methods else set()
        return ", ".join(sorted(head.union(self.methods)))


class Routing:
    """All faces' routes in one table. Raises ValueError where two own the same."""

    def __init__(self, faces: tuple[Face, ...]) -> None:
        self._prefixes: dict[str, Face] = {}
        self._written: dict[str, Place] = {}
        self._templates: dict[int, list[tuple[_Template, Place]]] = defaultdict(list)
        for face in faces:
            for prefix in face.prefixes:
                self._take_prefix(face, prefix)
        owned: dict[str, tuple[str, Place]] = {}
        for face in faces:
            for route in face.routes:
                self._take_route(face, route, owned)
        for path, place in owned.values():
            self._enter(path, place)
        self.plain: Final = {
            path.encode(): (self.face_of(path), path, place)
            for path, place in self._written.items()
            if is_plain_path(path.encode()) and self.folded(path) == path
        }
        """Of the paths that are written out, those that nobody reads in another way: with the face
        of the prefix, and the place."""
        for templates in self._templates.values():
            templates.sort(key=lambda known: [name is not None for _, name in known[0]])

    def face_of(self, path: str) -> Face | None:
        """The face with the longest prefix of this path that ends with a segment."""
        end = len(path)
        while end > 0:
            if (face := self._prefixes.get(path[:end])) is not None:
                return face
            end = path.rfind("/", 0, end)
        return None

    def folded(self, path: str) -> str:
        """The path under which a request is routed: the owner of its prefix says."""
        face = self.face_of(path)
        return path if face is None or face.fold is None else face.fold(path)

    def place_of(self, path: str) -> Place | None:
        """The routes of a path; a path that is written out goes before a template."""
        if (place := self._written.get(path)) is not None:
            return place
        segments = tuple(path.split("/"))
        for template, place in self._templates.get(len(segments), ()):
            parameters = _match(template, segments)
            if parameters is not None:
                return Place(place.face, place.methods, parameters)
        return None

    def _take_prefix(self, face: Face, prefix: str) -> None:
        if not prefix.startswith("/") or prefix.endswith("/"):
            raise ValueError(f"{face.name}: the prefix {prefix!r} does not read /like/this")
        owner = self._prefixes.setdefault(prefix, face)
        if owner is not face:
            raise ValueError(f"{owner.name} and {face.name} both own the prefix {prefix}")

    def _take_route(self, face: Face, route: Route, owned: dict[str, tuple[str, Place]]) -> None:
        if isinstance(route.handle, Early) and route.demand is not None:
            raise ValueError(f"{route} of {face.name} demands what nobody would judge")
        under = self.face_of(route.path)
        if under is not face and (under is not None or face.prefixes):
            whose = f"of {under.name}" if under is not None else "of nobody"
            raise ValueError(f"{route} of {face.name} lies under a prefix {whose}")
        shape = _PARAMETER.sub("{}", route.path)
        path, place = owned.setdefault(shape, (route.path, Place(face, {}, {})))
        if place.face is not face or path != route.path or route.method in place.methods:
            raise ValueError(f"{place.face.name} owns {path}, and {face.name} wants {route}")
        place.methods[route.method] = route

    def _enter(self, path: str, place: Place) -> None:
        template = tuple((segment, _name(segment)) for segment in path.split("/"))
        if any(name is not None for _, name in template):
            self._templates[len(template)].append((template, place))
        else:
            self._written[path] = place


def _name(segment: str) -> str | None:
    match = _PARAMETER.fullmatch(segment)
    return match[1] if match is not None else None


def _match(template: _Template, segments: _Segments) -> dict[str, str] | None:
    parameters: dict[str, str] = {}
    for (wanted, name), segment in zip(template, segments, strict=True):
        if name is not None and segment:
            parameters[name] = segment
        elif wanted != segment:
            return None
    return parameters
