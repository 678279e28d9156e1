"""What the documents point to exists: files, headings, tests, and the directions of imports."""

import re
import tomllib

import pytest

from docs.documents import ALL, PAGES, ROOT, Document, codes
from docs.facts import SOURCE


@pytest.mark.parametrize("document", ALL, ids=repr)
def test_every_relative_link_leads_somewhere(document: Document):
    for link in document.links:
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (document.path.parent / path).resolve() if path else document.path
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        if anchor:
            assert anchor in Document(target).anchors, link


def test_every_page_can_be_reached_from_the_readme():
    reached = {ROOT / "README.md"}
    ahead = list(reached)
    while ahead:
        page = Document(ahead.pop())
        for link in page.links:
            target = (page.path.parent / link.partition("#")[0]).resolve()
            if target.suffix == ".md" and target not in reached:
                reached.add(target)
                ahead.append(target)
    assert {document.path for document in ALL if "0" not in document.path.stem} <= reached


def test_every_source_file_that_the_architecture_names_exists():
    parts = {part.stem for part in SOURCE.iterdir()}
    named = [text for text in PAGES["architecture"].inline if re.fullmatch(r"[\w/<>.]+", text)]
    paths = [text for text in named if "/" in text or text.endswith(".py") or text in parts]
    assert len(paths) > 15
    for text in paths:
        pattern = text.rstrip("/").replace("<dialect>", "account_tokens")
        target = SOURCE / pattern
        assert target.exists() or target.with_suffix(".py").exists(), text


def test_the_architecture_names_every_part_of_the_package():
    told = PAGES["architecture"].text
    for part in SOURCE.iterdir():
        if part.name in {"__init__.py", "__pycache__", "py.typed", "config.py", "clock.py"}:
            continue
        assert part.name in told or f"{part.stem}/" in told, part.name


def test_the_directions_that_are_told_are_those_that_are_enforced():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    (layers,) = (
        contract["layers"]
        for contract in settings["tool"]["importlinter"]["contracts"]
        if contract["type"] == "layers"
    )
    (told,) = (block.text for block in PAGES["architecture"].blocks if "kinds" in block.text)
    assert told.split("\n")[:-1] == layers


PROVED = [row for row in PAGES["promises"].all_rows() if "::" in row[2]]


@pytest.mark.parametrize("row", PROVED, ids=lambda row: row[0])
def test_every_promise_names_a_test_that_exists(row: list[str]):
    for test in codes(row[2]):
        path, _, name = test.partition("::")
        text = (ROOT / path).read_text("utf-8")
        assert re.search(rf"^(async )?def {name}\(", text, re.MULTILINE), test
        assert row[3], "nothing was measured"
    for constant in codes(row[3]):
        files = [(ROOT / test.partition("::")[0]).read_text("utf-8") for test in codes(row[2])]
        assert any(re.search(rf"^{re.escape(constant)}$", one, re.MULTILINE) for one in files)


def test_promises_are_told_by_tests():
    assert len(PROVED) > 30
    rows = [row for row in PAGES["promises"].all_rows() if row not in PROVED]
    assert all(re.search(r"\d", row[1]) for row in rows), "only speed is told without a test"
