"""Commands pasted into a shell as they stand, on ports that are free, with nothing left behind."""

import os
import re
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from docs.documents import ROOT
from integration.gateway import RECIPE, recipe
from ports import free_port
from running import PROGRAM

ADDRESS = "http://localhost:8080"


def paste(
    script: str, directory: Path, password: str = "", **variables: str
) -> "subprocess.CompletedProcess[str]":
    """Run commands as a person would paste them, and end whatever they left running."""
    shell = subprocess.Popen(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=directory,
        env={"PATH": f"{PROGRAM.parent}:{os.environ['PATH']}", "PASSWORD": password, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        told = shell.communicate(timeout=120)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(shell.pid, signal.SIGKILL)
        for path in directory.glob("var/*/nginx.pid"):
            stop_nginx(path)
    return subprocess.CompletedProcess(script, shell.returncode, *told)


def stop_nginx(pid_file: Path) -> None:
    """End an nginx that went into the background; it removes the file itself."""
    with suppress(ProcessLookupError, FileNotFoundError):
        os.kill(int(pid_file.read_text()), signal.SIGTERM)
    until = time.monotonic() + 30
    while pid_file.exists():
        assert time.monotonic() < until, "nginx does not end"
        time.sleep(0.05)


def elsewhere(script: str, directory: Path, url: str, asks_at: str | None = None) -> str:
    """Give commands free ports in place of 9000 and 8000, and the recipe that they copy as well.

    `asks_at`: where the recipe finds Tokenhouse, before the commands say so; else it is `url`.
    """
    gateway, api = free_port(), free_port()
    copied = directory / RECIPE.relative_to(ROOT)
    copied.parent.mkdir(parents=True)
    copied.write_text(recipe(gateway, int((asks_at or url).rpartition(":")[2]), api), "utf-8")
    script = script.replace(ADDRESS, url).replace(":9000", f":{gateway}")
    return re.sub(r"(?<=[: ])8000\b", str(api), script)
