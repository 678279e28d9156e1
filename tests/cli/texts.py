"""Renders the texts that the package keeps; as a program it writes them (`make help-texts`)."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from cyclopts import App

from tokenhouse.cli.sheet import help_text
from tokenhouse.cli.texts import FOLDER
from tokenhouse.cli.tree import tree

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"
SHELLS = ("bash", "zsh", "fish")
_MARK = "<!-- From here on written by make help-texts. -->\n"


def paths(app: App, above: Sequence[str] = ()) -> Iterator[tuple[str, ...]]:
    """The names of every group and command, the whole first."""
    yield tuple(above)
    for name in app:
        if not name.startswith("-"):
            yield from paths(app[name], (*above, name))


def rendered() -> dict[Path, str]:
    """Every kept file with what it has to hold."""
    app = tree()
    texts = {path: help_text(app, path) for path in list(paths(app))}
    folder = Path(FOLDER)
    files = {
        folder.joinpath("help", "tokenhouse", *path).with_suffix(".txt"): text
        for path, text in texts.items()
    }
    for shell in SHELLS:
        script = app.generate_completion(prog_name="tokenhouse", shell=shell)
        files[folder / "completion" / shell] = script.rstrip() + "\n"
    files[PAGE] = _page(texts)
    return files


def _page(texts: dict[tuple[str, ...], str]) -> str:
    before, mark, _ = PAGE.read_text("utf-8").partition(_MARK)
    assert mark, f"{PAGE} has lost the line {_MARK}"
    parts = [
        f"\n### {' '.join(('tokenhouse', *path))}\n\n```text\n{text}```\n"
        for path, text in texts.items()
    ]
    return before + mark + "".join(parts)


def kept() -> dict[Path, str]:
    """Every kept file with what it holds."""
    files = [path for path in Path(FOLDER).rglob("*") if path.is_file()]
    return {path: path.read_text("utf-8") for path in [*files, PAGE]}


def _write() -> None:
    wanted = rendered()
    for path in kept().keys() - wanted.keys():
        path.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    sys.stdout.write(f"{len(wanted)} files are written.\n")


if __name__ == "__main__":
    _write()
