"""The chart of the page about speed shows what its table says."""

import subprocess
import sys
from pathlib import Path

from docs.documents import FOLDER, ROOT

PAGE = FOLDER / "performance.md"
PICTURE = FOLDER / "images" / "performance.svg"


def test_the_chart_is_drawn_from_the_table_of_its_page(tmp_path: Path):
    """If this fails: python -m bench.chart docs/performance.md docs/images/performance.svg."""
    drawn = tmp_path / "drawn.svg"
    command = [sys.executable, "-m", "bench.chart", str(PAGE), str(drawn)]
    subprocess.run(command, check=True, cwd=ROOT)
    assert drawn.read_text("utf-8") == PICTURE.read_text("utf-8")
    assert drawn.read_text("utf-8").count("<circle") > 20
