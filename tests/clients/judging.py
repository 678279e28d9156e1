"""Runs a client that others wrote: each in a process of its own, with its own dependencies."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from docs.documents import ROOT

_PROGRAMS = ROOT / ".clients" / "bin"
"""`make clients` makes it, with a Python and a Node, and Node's clients beside this file."""
_HERE = Path(__file__).parent


def run(client: str, *parameters: str, **variables: str) -> Any:
    """What a client tells after its work; its own words go to stderr."""
    program = next(_HERE.glob(f"with_{client}.*"))
    interpreter = str(_PROGRAMS / ("python" if program.suffix == ".py" else "node"))
    done = subprocess.run(
        [interpreter, str(program), *parameters],
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
