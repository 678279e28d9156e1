"""The example of a catalogue file in the documents is one."""

from docs.documents import PAGES
from tokenhouse.catalogue.toml import read_toml


def test_the_file_of_the_documents_is_read_as_it_stands_there():
    (text,) = (block.text for block in PAGES["catalogue"].blocks if block.language == "toml")
    contents = read_toml(text.encode())
    assert [one.name for one in contents.entries] == ["fleet.control.Stop", "fleet.keys.Renew"]
    assert [one.manages_access for one in contents.entries] == [False, True]
    assert [one.name for one in contents.sets] == ["Dispatchers"]
