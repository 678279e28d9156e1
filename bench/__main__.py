"""`make bench`: one run, one table."""

import json
import tempfile
import urllib.request
from pathlib import Path
from typing import Final

from bench.load import CONNECTIONS, RUNS, SECONDS, Measured, Request, measure
from bench.programs import Demo, demo, nginx

_JSON: Final = {"Content-Type": "application/json"}
_FOREVER: Final = '{"description": "bench", "expiresAt": "2100-01-01T00:00:00Z"}'


def main() -> None:
    """Measure, and print the table."""
    with tempfile.TemporaryDirectory() as directory, nginx(Path(directory)) as url:
        floor = measure(Request("GET", url + "/", {}))
    rows = [("nginx `return 200`", floor)]
    with tempfile.TemporaryDirectory() as directory, demo(Path(directory)) as running:
        rows += _ours(running)
    _print(rows, floor, running)


def _ours(running: Demo) -> list[tuple[str, Measured]]:
    administrator = next(one for one in running.people if one["role"] == "Administrator")
    signed_in = _post(
        running.url + "/v1/sessions",
        {"email": administrator["email"], "password": administrator["password"]},
        {},
    )
    bearer = {"Authorization": f"Bearer {signed_in['token']}"}
    created = _post(running.url + "/account/tokens", json.loads(_FOREVER), bearer)
    token = {"Authorization": f"Token {created['token']}"}
    rotate = f"{running.url}/account/tokens/{created['id']}/rotate?lifetime=1M"
    verify = running.url + "/v1/verify/SystemsRead"
    return [
        ("verify an organizational token", measure(Request("GET", verify, token))),
        ("verify a session token", measure(Request("GET", verify, bearer))),
        (
            "issue, durable",
            measure(Request("POST", running.url + "/account/tokens", token | _JSON, _FOREVER)),
        ),
        ("rotate, durable", measure(Request("POST", rotate, token))),
    ]


def _post(url: str, body: dict[str, str], headers: dict[str, str]) -> dict[str, str]:
    request = urllib.request.Request(url, json.dumps(body).encode(), headers | _JSON, method="POST")
    with urllib.request.urlopen(request) as answer:
        told: dict[str, str] = json.load(answer)
        return told


def _print(rows: list[tuple[str, Measured]], floor: Measured, running: Demo) -> None:
    print(
        f"\nMedian of {RUNS} runs of {SECONDS} s over {CONNECTIONS} connections; each server alone"
        " on one core, the load on another.\n"
    )
    print("| over HTTP | a second | of nginx | p99 | errors |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name, one in rows:
        ratio = one.per_second / floor.per_second
        print(
            f"| {name} | {one.per_second:,.0f} | {ratio:.3f} | {one.p99_ms:.1f} ms | {one.errors} |"
        )
    print(
        f"\nStart to first answer: {running.start_seconds:.2f} s."
        f" Idle memory: {running.idle_mib:.0f} MiB."
    )


if __name__ == "__main__":
    main()
