"""`make bench`: one run, one set of tables."""

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from bench import django_peer, keycloak_peer, many, peer, table
from bench.in_process import in_process
from bench.listing import listed
from bench.load import CONNECTIONS, RUNS, SECONDS, Load, Measured, Request, measure
from bench.logins import LOGINS, LoggedIn, log_in
from bench.overload import PEERS, Overloaded, overload
from bench.postgres import Postgres, postgres
from bench.programs import LOAD_CORE, SERVER_CORE, nginx
from bench.servers import Loads, Server, loads, serving
from bench.stores import committed


class _Beside(msgspec.Struct, frozen=True):
    """What the peer of the ratios gave, for what of ours is like it."""

    introspect: Measured
    issue: Measured


def main(*words: str) -> None:
    """Measure, and print the tables; `--million`: with a million tokens as well."""
    peer.installed()
    django_peer.installed()
    no_keycloak = keycloak_peer.missing()
    sizes = (*many.SIZES, many.MILLION) if "--million" in words else many.SIZES
    with _directory() as directory:
        floor, (peer_name, peer_rows, beside) = _nginx(directory), _peer(directory)
        with serving(directory, None) as server:
            of = loads(server, "SQLite")
            on_sqlite = _ours(server, of, beside)
            logins = log_in(server)
            inside = in_process(directory, of)
            overloaded = _overloaded(of)
        without_lane = _without_lane(directory, beside)
        third, third_rows = _third_peer(directory, no_keycloak, beside)
        with postgres(directory) as engine:
            other_name, other_rows = _other_peer(directory, engine, beside)
            with serving(directory, engine.database("served"), nodes=2) as server_on_postgres:
                of = loads(server_on_postgres, "PostgreSQL")
                on_postgres = _ours(server_on_postgres, of, beside)
            stores = _stores(directory, engine)
        deployments = [many.sized(directory, size) for size in sizes]
        pages = listed(directory)
    print(_preface([peer_name, other_name, third], engine))
    row = table.Row(f"password logins, {LOGINS} at once, SQLite", logins.measured)
    print(
        table.over_http(
            [
                *(floor, *peer_rows, *other_rows, *third_rows),
                *(*on_sqlite, *without_lane, row, *on_postgres),
            ]
        )
    )
    one_node, both_nodes = on_postgres[3], on_postgres[-1]
    print("\nOf one node's issuing, two nodes do", table.ratio(both_nodes, one_node) + ".\n")
    print(table.of_process(inside) + "\n")
    print(table.of_stores(stores) + "\n")
    print(table.of_overload(overloaded) + "\n")
    print(table.of_sizes(deployments) + "\n")
    print(table.of_list(pages))
    print(_epilogue([("SQLite", server), ("PostgreSQL", server_on_postgres)]))
    print(_of_logins(logins))


@contextmanager
def _directory() -> Iterator[Path]:
    """A directory of this run; only its owner may look into what lies there."""
    with tempfile.TemporaryDirectory(prefix="tokenhouse-bench-") as directory:
        yield Path(directory)


def _nginx(directory: Path) -> table.Row:
    with nginx(directory) as url:
        load = Load("nginx `return 200`", (Request("GET", url + "/", {}),))
        return table.Row(load.name, measure([load])[0])


def _peer(directory: Path) -> tuple[str, list[table.Row], _Beside]:
    with peer.oidc_provider(directory) as there:
        asked = [there.introspect, there.issue]
        introspect, issue = told = measure(asked)
    return there.name, table.rows(asked, told, told), _Beside(introspect, issue)


def _other_peer(directory: Path, engine: Postgres, beside: _Beside) -> tuple[str, list[table.Row]]:
    with django_peer.django_oauth_toolkit(directory, engine) as there:
        asked = [there.introspect, there.issue]
        told = measure(asked)
    return there.name, table.rows(asked, told, [beside.introspect, beside.issue])


def _third_peer(
    directory: Path, missing: str | None, beside: _Beside
) -> tuple[str, list[table.Row]]:
    """Keycloak, or why it is not there."""
    if missing is not None:
        return f"Keycloak was not measured: {missing}", []
    with keycloak_peer.keycloak(directory) as there:
        asked = [there.peer.introspect, there.peer.issue]
        told = measure(asked)
    name = (
        f"{there.peer.name}, {there.start_seconds:.1f} s from start to first answer,"
        f" {there.warm_mib:.0f} MiB when warm"
    )
    return name, table.rows(asked, told, [beside.introspect, beside.issue])


def _overloaded(of: Loads) -> list[tuple[str, Overloaded]]:
    few, many_peers = PEERS
    tried = ((of.verify, few), (of.issue, few), (of.issue, many_peers))
    return [(f"{load.name}, {peers:,} peers", overload(load, peers)) for load, peers in tried]


def _ours(server: Server, of: Loads, beside: _Beside) -> list[table.Row]:
    pairs = [
        (of.verify, beside.introspect),
        (of.verify_many, beside.introspect),
        (of.verify_session, beside.introspect),
        (of.issue, beside.issue),
        (of.rotate, beside.issue),
        (of.revoke, beside.issue),
        (of.client_credentials, beside.issue),
        (of.refresh, beside.issue),
        (of.refresh_each, beside.issue),
        (of.introspect, beside.introspect),
        (of.issue_for_device, beside.issue),
        (of.renew, beside.issue),
        (of.connect, beside.introspect),
    ]
    if len(server.urls) > 1:
        pairs.append((of.issue_everywhere, beside.issue))
    asked = [load for load, _ in pairs]
    return table.rows(asked, measure(asked), [peer for _, peer in pairs])


def _without_lane(directory: Path, beside: _Beside) -> list[table.Row]:
    """What is answered from memory at once, on the way that everything else goes."""
    place = directory / "without-lane"
    place.mkdir(mode=0o700)
    with serving(place, None, fast_lane="off") as server:
        of = loads(server, "SQLite, without the fast lane")
        asked = [of.verify, of.verify_session, of.introspect, of.connect]
        return table.rows(asked, measure(asked), [beside.introspect] * len(asked))


def _stores(directory: Path, engine: Postgres) -> list[tuple[str, list[float]]]:
    alone = directory / "alone"
    alone.mkdir(mode=0o700)
    return [
        ("SQLite", committed(str(alone))),
        ("PostgreSQL", committed(engine.database("alone"))),
    ]


def _preface(peers: Sequence[str], engine: Postgres) -> str:
    return (
        f"\nMedian of {RUNS} runs of {SECONDS} s over {CONNECTIONS} connections to each server or"
        f" node. Peers, the first of which is the one of the ratios: {'; '.join(peers)}."
        f" PostgreSQL {engine.version} with its own defaults for durability (fsync and"
        " synchronous_commit on)."
        f" Core {SERVER_CORE} of {os.cpu_count()} has the server that is measured, also where it is"
        f" two nodes or two processes; core {LOAD_CORE} has the load"
        " and PostgreSQL.\n"
    )


def _epilogue(servers: list[tuple[str, Server]]) -> str:
    told = [
        f"{where}: {server.start_seconds:.2f} s from start to first answer,"
        f" {server.idle_mib:.0f} MiB when idle."
        for where, server in servers
    ]
    return "\n" + "\n".join(told)


def _of_logins(logins: LoggedIn) -> str:
    return (
        f"{LOGINS} connections that log in with passwords: {logins.peak_mib:.0f} MiB at most,"
        f" {logins.later} answers that said to come again. Their p99 is from the first question to"
        " the tokens."
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
