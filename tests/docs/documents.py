"""The documents as values: their fenced blocks, tables, inline code and links."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs"

_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


class Block(NamedTuple):
    """A fenced block: its language and what stands in it."""

    language: str
    text: str


class Document:
    """One Markdown file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path.relative_to(ROOT))
        self.text = path.read_text("utf-8")
        self.blocks = [Block(*match) for match in _FENCED.findall(self.text)]
        self.prose = _FENCED.sub("", self.text)
        self.inline = _INLINE.findall(self.prose)
        self.links = _LINK.findall(self.prose)

    def __repr__(self) -> str:
        return self.name

    @property
    def anchors(self) -> set[str]:
        """What a link can point to within the document, as GitHub names it."""
        titles = _HEADING.findall(self.prose)
        return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}

    def rows(self, heading: str) -> list[list[str]]:
        """The rows, without their head, of all tables between a heading and the next one."""
        _, found, rest = self.prose.partition(f"# {heading}\n")
        assert found, f"{self.name} has no heading {heading}"
        return _rows(rest.partition("\n#")[0])

    def all_rows(self) -> list[list[str]]:
        """The rows of all tables."""
        return _rows(self.prose)


def _rows(text: str) -> list[list[str]]:
    lines = text.splitlines()
    rows = []
    for place, line in enumerate(lines):
        if not line.startswith("|") or set(line) <= set("|-: "):
            continue
        is_head = place + 1 < len(lines) and set(lines[place + 1]) <= set("|-: ") != set()
        if not (is_head and lines[place + 1].startswith("|")):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def codes(text: str) -> list[str]:
    """What stands as inline code in a cell."""
    return _INLINE.findall(text)


README = Document(ROOT / "README.md")
PAGES = {
    page.stem: Document(page)
    for page in sorted([*FOLDER.glob("*.md"), *FOLDER.glob("console/*.md")])
}
CURRENT = (README, *PAGES.values())
"""What speaks of the program as it is now."""
ALL = (
    *CURRENT,
    Document(ROOT / "CHANGELOG.md"),
    *(Document(page) for page in sorted(FOLDER.glob("*/*.md"))),
)
