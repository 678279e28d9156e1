"""What others wrote and we serve is what they published, with its licence beside it."""

import hashlib
import tomllib

import pytest

from docs.documents import ROOT

FOLDER = ROOT / "src" / "tokenhouse" / "look" / "vendor"
NOTES = sorted(FOLDER.glob("*.toml"))


def test_every_script_here_has_a_note_that_says_what_it_is():
    scripts = {path.name.partition(".")[0] for path in FOLDER.glob("*.js")}
    assert scripts == {note.stem for note in NOTES} != set()


@pytest.mark.parametrize("path", NOTES, ids=lambda path: path.stem)
def test_it_is_unchanged_and_of_the_version_that_its_note_says(path):
    note = tomllib.loads(path.read_text("utf-8"))
    script = (FOLDER / note["path"].rpartition("/")[2]).read_bytes()
    assert hashlib.sha256(script).hexdigest() == note["sha256"]
    assert f'version:"{note["version"]}"'.encode() in script
    assert note["package"].endswith(f"@{note['version']}")
    licence = (FOLDER / f"{path.stem}.LICENSE").read_text("utf-8")
    assert {"0BSD": "Zero-Clause BSD"}[note["licence"]] in licence
