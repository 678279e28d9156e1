"""What `make test` leaves out, so that it has an end soon; `make soak` leaves out nothing."""

import os
import zlib
from typing import Final

import pytest

SAMPLE: Final = 4
"""One route in so many is asked over PostgreSQL as well: what a face says of a store goes by what
the suite of stores holds of all engines alike."""
SAMPLED: Final = frozenset({"test_face_suite.py", "test_malformed_input.py"})
"""Files whose tests ask every route in turn, on each engine."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "SOAK" in os.environ:
        return
    left_out = [item for item in items if _is_left_out(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if not _is_left_out(item)]


def _is_left_out(item: pytest.Item) -> bool:
    if item.path.name not in SAMPLED or not isinstance(item, pytest.Function):
        return False
    asked = item.callspec.params if hasattr(item, "callspec") else {}
    if asked.get("at") != "postgres" or "routed" not in asked:
        return False
    return zlib.crc32(str(asked["routed"][1]).encode()) % SAMPLE != 0
