"""Every command in the documents runs as it stands there, and prints what they say."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.documents import CURRENT, PAGES, Block, Document
from pasting import elsewhere, paste
from ports import free_port
from postgres import Server
from running import demo

NOT_RUN = {
    "make run\n": "starts the demo and stays; the tests start the same demo themselves",
}
DATA = Path("var/demo")
OWN_PORTS = ("7070", "7071", "7072")
"""The ports at which pages run servers of their own; the tests take free ones."""
BROKER = "127.0.0.1:1883"
"""Where pages find the demo's broker; the tests' own demo tells another port."""
END = "=-= end of an example =-="

WITH_EXAMPLES = [
    document for document in CURRENT if any(block.language == "sh" for block in document.blocks)
]


class Example:
    """One block of commands, and what it is said to print."""

    def __init__(self, command: str, expected: str | None) -> None:
        self.command = command
        self.expected = expected


def examples(document: Document) -> Iterator[Example]:
    """The examples that are run; an `output` block belongs to the commands right before it."""
    blocks = document.blocks
    for place, block in enumerate(blocks):
        if block.language != "sh" or block.text in NOT_RUN:
            continue
        following = blocks[place + 1] if place + 1 < len(blocks) else Block("", "")
        expected = following.text if following.language == "output" else None
        yield Example(block.text, expected)


def pattern(expected: str) -> re.Pattern[str]:
    """What is said to be printed, where … stands for anything in a line."""
    return re.compile(".+".join(re.escape(part) for part in expected.split("…")))


def on_free_ports(text: str, ports: dict[str, str]) -> str:
    """The same with the ports that are free."""
    for told, free in ports.items():
        text = re.sub(rf"\b{told}\b", free, text)
    return text


@pytest.fixture
def store(postgres: Server) -> Iterator[str]:
    """The URL of an empty database, for pages that want one."""
    with postgres.database() as url:
        yield url.reveal()


@pytest.mark.parametrize("document", WITH_EXAMPLES, ids=repr)
def test_every_example_runs_as_pasted_and_prints_what_is_said(
    document: Document, tmp_path: Path, store: str
):
    data = tmp_path / DATA
    data.parent.mkdir()
    listed, ports = list(examples(document)), {told: str(free_port()) for told in OWN_PORTS}
    with demo(data, log=tmp_path / "log") as running:
        script = "".join(f"{one.command}echo '{END}'\n" for one in listed)
        script = on_free_ports(script, ports)
        script = script.replace(BROKER, f"127.0.0.1:{running.ready['mqtt']['port']}")
        password = running.person("Administrator")["password"]
        done = paste(elsewhere(script, tmp_path, running.url), tmp_path, password, STORE=store)
    printed = done.stdout.split(f"{END}\n")
    reached = listed[min(len(printed), len(listed)) - 1]
    assert done.returncode == 0, f"{reached.command}\n{done.stdout[-2000:]}\n{done.stderr}"
    assert len(printed) == len(listed) + 1
    for one, output in zip(listed, printed, strict=False):
        if one.expected is not None:
            told = pattern(on_free_ports(one.expected.strip(), ports))
            assert told.fullmatch(output.strip()), one.command + output


def test_what_is_not_run_is_in_the_documents_and_has_a_reason():
    blocks = {block.text for document in CURRENT for block in document.blocks}
    assert set(NOT_RUN) <= blocks
    assert all(NOT_RUN.values())


def test_every_block_says_what_it_is():
    known = {"sh", "output", "json", "nginx", "toml", "ini", "text", ""}
    for document in CURRENT:
        previous = ""
        for block in document.blocks:
            assert block.language in known, (document, block)
            assert block.language != "output" or previous == "sh", (document, block)
            assert block.language or document is PAGES["architecture"], (document, block)
            previous = block.language


def test_an_output_that_differs_is_noticed():
    assert pattern("a … b").fullmatch("a 12 b")
    assert not pattern("a … b").fullmatch("a 12 c")
    assert not pattern("a … b").fullmatch("a 1\n2 b")
    assert not pattern("200").fullmatch("2001")
