"""Which permission opens a request: the operations of a catalogue, found by method and path."""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Final, TypeAlias

import msgspec

from tokenhouse.core.permission import Operation, Permission

_PARAMETER: Final = re.compile(r"\{[^}]*\}")

_Pieces: TypeAlias = tuple[str, ...]
"""What stands around the parameters of one segment: one more than there are parameters."""
_Rank: TypeAlias = tuple[tuple[int, int], ...]


class Opening(msgspec.Struct, frozen=True):
    """An operation of the catalogue, and the permission that opens it."""

    operation: Operation
    permission: Permission


class _Template(msgspec.Struct, frozen=True):
    segments: tuple[_Pieces, ...]
    rank: _Rank
    opening: Opening


class Openings:
    """The operations of a catalogue, to be found by a request.

    A path is taken as it is written: nothing is decoded, and a slash at its end counts. `HEAD` is
    opened where the catalogue says `HEAD`, and not by what opens `GET`.
    """

    def __init__(self, entries: Iterable[Permission]) -> None:
        listed: defaultdict[int, list[_Template]] = defaultdict(list)
        for entry in entries:
            for operation in entry.operations:
                segments = tuple(tuple(_PARAMETER.split(one)) for one in _split(operation.path))
                rank = tuple(_rank(pieces) for pieces in segments)
                listed[len(segments)].append(_Template(segments, rank, Opening(operation, entry)))
        self._by_length = dict(listed)

    def of(self, method: str, path: str) -> tuple[Opening, ...]:
        """What opens a request; none where the catalogue does not know it.

        Of several paths that fit, the most literal one from the left is meant, as routers and
        OpenAPI have it. There is more than one only where two parameters share a segment with
        text, and nothing tells which is meant.
        """
        fitting = [one for one in self._at(path) if one.opening.operation.method == method]
        best = min((one.rank for one in fitting), default=())
        return tuple(one.opening for one in fitting if one.rank == best)

    def methods(self, path: str) -> tuple[str, ...]:
        """The methods by which a path is opened, in their order."""
        return tuple(sorted({one.opening.operation.method for one in self._at(path)}))

    def _at(self, path: str) -> list[_Template]:
        segments = _split(path)
        return [
            one
            for one in self._by_length.get(len(segments), ())
            if all(map(_fits, one.segments, segments))
        ]


def _split(path: str) -> list[str]:
    return path.split("/")


def _rank(pieces: _Pieces) -> tuple[int, int]:
    """How little of a segment is literal: the least comes first."""
    parameters = len(pieces) - 1
    return (parameters, -sum(map(len, pieces))) if parameters else (0, 0)


def _fits(pieces: _Pieces, segment: str) -> bool:
    """Tell whether a segment reads so, each parameter one character or more.

    By steps that never go back: no path and no template makes this slow.
    """
    first, *others = pieces
    if not others:
        return segment == first
    *middle, last = others
    at, end = len(first), len(segment) - len(last)
    if not (segment.startswith(first) and segment.endswith(last)):
        return False
    for literal in middle:
        at = segment.find(literal, at + 1, max(end, 0))
        if at < 0:
            return False
        at += len(literal)
    return at < end
