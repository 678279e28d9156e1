"""The tables that a run ends with, in Markdown."""

from collections.abc import Sequence

import msgspec

from bench.in_process import Asked
from bench.listing import TOKENS, Listed
from bench.load import Load, Measured
from bench.many import ASKED, Sized
from bench.overload import TIMES, Overloaded
from bench.stores import CALLERS


class Row(msgspec.Struct, frozen=True):
    """One line: a load and what it gave. `beside`: what the peer gave for the like of it."""

    name: str
    measured: Measured
    beside: Measured | None = None


def rows(
    loads: Sequence[Load], measured: Sequence[Measured], beside: Sequence[Measured | None]
) -> list[Row]:
    """A row for each load."""
    told = zip(loads, measured, beside, strict=True)
    return [Row(load.name, one, peer) for load, one, peer in told]


def ratio(one: Row, other: Row) -> str:
    """How much of the other's throughput one has."""
    return f"{one.measured.per_second / other.measured.per_second:.2f}"


def over_http(lines: Sequence[Row]) -> str:
    """The loads as ratios to the first one, nginx, and to the peer."""
    floor = lines[0].measured
    told = [
        "| over HTTP | a second | of nginx | of the peer | p99 | errors |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for line in lines:
        one = line.measured
        peer = f"{one.per_second / line.beside.per_second:.2f}" if line.beside is not None else ""
        told.append(
            f"| {line.name} | {one.per_second:,.0f} | {one.per_second / floor.per_second:.3f}"
            f" | {peer} | {one.p99_ms:.1f} ms | {one.errors} |"
        )
    return "\n".join(told)


def of_process(asked: Sequence[Asked]) -> str:
    """The verdicts of one process that has the store itself."""
    told = ["| in process, remembered | verdicts a second | each |", "| --- | ---: | ---: |"]
    told += [
        f"| {one.name} | {one.per_second:,.0f} | {1_000_000 / one.per_second:.2f} µs |"
        for one in asked
    ]
    return "\n".join(told)


def of_stores(engines: Sequence[tuple[str, Sequence[float]]]) -> str:
    """The changes committed by the store alone, as ratios to the first of its kind."""
    told = [
        "| the store alone | changes a second | of one process |",
        "| --- | ---: | ---: |",
    ]
    for engine, figures in engines:
        for callers, figure in zip(CALLERS, figures, strict=True):
            ratio = figure / figures[0]
            told.append(f"| {engine}, {callers} | {figure:,.0f} | {ratio:.2f} |")
    return "\n".join(told)


def of_sizes(deployments: Sequence[Sized]) -> str:
    """What the number of tokens changes."""
    head = (
        *("SQLite with", "start", "idle"),
        *("first question, p50", f"p99 of {ASKED:,}", "of the fewest", "asked again, p50", "p99"),
        *("remembered, a second", "p99"),
    )
    told = [f"| {' | '.join(head)} |", f"| --- |{' ---: |' * (len(head) - 1)}"]
    for one in deployments:
        cells = (
            f"{one.tokens:,} tokens",
            f"{one.start_seconds:.2f} s",
            f"{one.idle_mib:.0f} MiB",
            *(f"{took:.2f} ms" for took in one.cold_ms),
            f"{one.cold_ms[1] / deployments[0].cold_ms[1]:.2f}",
            *(f"{took:.2f} ms" for took in one.remembered_ms),
            f"{one.measured.per_second:,.0f}",
            f"{one.measured.p99_ms:.1f} ms",
        )
        told.append(f"| {' | '.join(cells)} |")
    return "\n".join(told)


def of_list(pages: Sequence[Listed]) -> str:
    """How long the pages of a long list take."""
    told = [f"| the list of {TOKENS:,} tokens, SQLite | p50 | p99 | of the core |"]
    told += ["| --- | ---: | ---: | ---: |"]
    told += [
        f"| {one.page} | {one.p50_ms:.0f} ms | {one.p99_ms:.0f} ms | {one.core_ms:.0f} ms |"
        for one in pages
    ]
    return "\n".join(told)


def of_overload(tried: Sequence[tuple[str, Overloaded]]) -> str:
    """What is answered when more is asked than can be."""
    head = (
        *(f"{TIMES:.0f} times as many, SQLite", "can be served", "asked", "good", "of what can be"),
        *("p99", "refused", "p50", "p99", "no peer free", "recovered after"),
    )
    told = [f"| {' | '.join(head)} |", f"| --- |{' ---: |' * (len(head) - 1)}"]
    for name, one in tried:
        cells = (
            name,
            f"{one.capacity:,.0f}",
            f"{one.asked:,.0f}",
            f"{one.goodput:,.0f}",
            f"{one.goodput / one.capacity:.2f}",
            f"{one.good_p99_ms:.0f} ms",
            f"{one.refused:,.0f}",
            f"{one.refused_p50_ms:.0f} ms",
            f"{one.refused_p99_ms:.0f} ms",
            f"{one.given_up:,.0f}",
            f"{one.recovery_seconds:.1f} s",
        )
        told.append(f"| {' | '.join(cells)} |")
    return "\n".join(told)
