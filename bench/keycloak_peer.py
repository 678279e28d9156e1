"""A peer: Keycloak from Maven Central, built and started as its documents advise for production.

It may be missing: it needs Java and 170 MB to be fetched, and a run without it says so.
"""

import hashlib
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from bench.load import warm_up
from bench.peer import CLIENT, Doors, Peer, asked
from bench.programs import SERVER_CORE, await_answer, free_port, pinned, resident_mib, running

VERSION: Final = "26.7.3"
SHA256: Final = "77657f30b7e90d70f727712ce1c967f430fd6a5e9f458d32d8c6df0635345f47"
START_SECONDS: Final = 240.0
"""How long it may take from start to the first answer, on one core."""
WARM_UPS: Final = 6
"""Runs that are not measured: what it runs is compiled while it runs."""

_DIRECTORY: Final = Path(__file__).parent / "peers" / "keycloak"
_HOME: Final = _DIRECTORY / f"keycloak-{VERSION}"
_BUILT: Final = _HOME / "built-for-the-bench"
_ARTIFACT: Final = f"org.keycloak:keycloak-quarkus-dist:{VERSION}:tar.gz"


class Keycloak(msgspec.Struct, frozen=True):
    """One that runs and is warm. Memory is of the Java process, once it was warm."""

    peer: Peer
    start_seconds: float
    warm_mib: float


def missing() -> str | None:
    """Fetch and build it where it is not there; give a sentence when it cannot be had."""
    if _BUILT.exists():
        return None
    for program, package in (("java", "openjdk-17-jre-headless"), ("mvn", "maven")):
        if shutil.which(program) is None:
            return f"it needs {program}; on Debian: apt-get install {package}"
    try:
        _fetch()
        build = [str(_HOME / "bin" / "kc.sh"), "build", "--db=dev-mem"]
        subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError) as error:
        return f"it could not be fetched and built: {error}"
    _BUILT.touch()
    return None


def _fetch() -> None:
    """Unpack the release in a place of its own, if it is the one whose hash stands above."""
    shutil.rmtree(_HOME, ignore_errors=True)
    into = [f"-Dartifact={_ARTIFACT}", f"-DoutputDirectory={_DIRECTORY}", "-Dtransitive=false"]
    subprocess.run(["mvn", "--quiet", "--batch-mode", "dependency:copy", *into], check=True)
    archive = _DIRECTORY / f"keycloak-quarkus-dist-{VERSION}.tar.gz"
    try:
        with archive.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != SHA256:
                raise OSError(f"{archive.name} is not the one that was measured here")
        # not by tarfile: its filters are newer than the Python that Debian has
        subprocess.run(["tar", "-xzf", str(archive), "-C", str(_DIRECTORY)], check=True)
    finally:
        archive.unlink()


@contextmanager
def keycloak(directory: Path) -> Iterator[Keycloak]:
    """Start the peer with one client, and warm it; what it says goes to a file in `directory`."""
    secret, port = secrets.token_urlsafe(32), free_port()
    url = f"http://127.0.0.1:{port}"
    imported = _HOME / "data" / "import"
    imported.mkdir(parents=True, exist_ok=True)
    shutil.copy(_DIRECTORY / "bench-realm.json", imported)
    flags = ["--http-enabled=true", "--http-host=127.0.0.1", f"--http-port={port}"]
    flags += [f"--hostname={url}", "--cache=local", "--import-realm", "--log-level=warn"]
    command = pinned(SERVER_CORE, str(_HOME / "bin" / "kc.sh"), "start", "--optimized", *flags)
    environment = os.environ | {"PEER_CLIENT": CLIENT, "PEER_SECRET": secret}
    log = directory / "keycloak.log"
    with log.open("wb") as said_there:
        began = time.monotonic()
        process = subprocess.Popen(command, env=environment, stdout=said_there, stderr=said_there)
        with running(process):
            await_answer(process, f"{url}/realms/bench", log, START_SECONDS)
            took = time.monotonic() - began
            doors = f"{url}/realms/bench/protocol/openid-connect/token"
            name = f"Keycloak {VERSION} with its H2 database in memory"
            both = Doors(doors, f"{doors}/introspect")
            there = asked(name, "in memory", both, secret, "a JWT")
            warm_up([there.introspect, there.issue], WARM_UPS)
            yield Keycloak(there, took, resident_mib(_java(process.pid)))


def _java(script: int) -> int:
    """The process that a script started and waits for."""
    return int(Path(f"/proc/{script}/task/{script}/children").read_text().split()[0])
