"""A form with one file, read while it comes in, however it is cut and whatever it is called."""

import os
from itertools import chain
from random import Random

import pytest

from tokenhouse.boundary.multipart import MAX_PART_HEAD_BYTES, OneFile
from tokenhouse.core.refusal import Code, Refused

BORDER = "a-border"
TYPE = f"multipart/form-data; boundary={BORDER}"
FILE = b'Content-Disposition: form-data; name="files"; filename="a.log"\r\n'


def form(content: bytes, head: bytes = FILE, end: bytes = b"--\r\n") -> bytes:
    border = f"--{BORDER}".encode()
    return border + b"\r\n" + head + b"\r\n" + content + b"\r\n" + border + end


def named(name: str) -> bytes:
    return b'Content-Disposition: form-data; name="files"; filename="%b"\r\n' % name.encode()


def read(body: bytes, *cuts: int, content_type: str = TYPE) -> bytes:
    """The content of a form that comes in in pieces."""
    reader, content = OneFile(content_type, "files"), bytearray()
    for start, end in zip((0, *cuts), (*cuts, len(body)), strict=True):
        for piece in reader.feed(body[start:end]):
            content += piece
    reader.end()
    return bytes(content)


def refused(body: bytes, content_type: str = TYPE) -> Refused:
    with pytest.raises(Refused) as found:
        read(body, content_type=content_type)
    return found.value


CONTENTS = (
    b"one line\n",
    b"\r\n",
    b"\r\n--a-borde",
    b"--a-border",
    b"\r\n--a-borderless"[:-9] + b"x",
    b"\r\n\r\n--\r\n-",
    b"\x00\xff" * 100,
    b"\r\n--a-borde\r\n--a-borde",
)


@pytest.mark.parametrize("content", CONTENTS)
def test_a_content_comes_out_as_it_went_in_wherever_it_is_cut(content: bytes):
    body = form(content)
    assert read(body) == content
    for cut in range(len(body)):
        assert read(body, cut) == content
    assert read(body, *range(1, len(body))) == content


def test_nor_does_any_other_cutting_change_it():
    random, content = Random("cuts"), os.urandom(5_000) + b"\r\n--a-bord" * 50
    body = form(content)
    for _ in range(200):
        cuts = sorted(random.sample(range(len(body)), random.randint(0, 40)))
        assert read(body, *cuts) == content


def test_what_ends_anywhere_before_its_last_border_is_refused():
    body = form(b"content of some length")
    whole = body.removesuffix(b"\r\n")
    assert read(whole) == b"content of some length"
    for length in range(len(whole)):
        assert refused(body[:length]).code is Code.MALFORMED


def test_little_is_kept_of_what_has_come_in():
    reader = OneFile(TYPE, "files")
    [*reader.feed(form(b"")[: -len(f"\r\n--{BORDER}--\r\n")])]
    for _ in range(100):
        pieces = [*reader.feed(os.urandom(100_000))]
        assert sum(map(len, pieces)) > 90_000
        assert len(reader._kept) < len(BORDER) + 4


@pytest.mark.parametrize(
    "announced",
    [
        f'multipart/form-data; boundary="{BORDER}"',
        f"Multipart/Form-Data;boundary={BORDER}",
        f"multipart/form-data ; Boundary={BORDER} ",
    ],
)
def test_a_border_is_announced_in_several_ways(announced: str):
    assert read(form(b"x"), content_type=announced) == b"x"


@pytest.mark.parametrize(
    "announced",
    [
        *("", "application/json", "multipart/form-data", "multipart/mixed; boundary=a-border"),
        *("multipart/form-data; boundary=", 'multipart/form-data; boundary=""', "text/plain"),
        *(f"multipart/form-data; boundary={'x' * 71}", 'multipart/form-data; boundary="a\r\nb"'),
        *("multipart/form-data; boundary=a; charset=utf-8", 'multipart/form-data; boundary="a'),
    ],
)
def test_anything_else_is_no_such_form(announced: str):
    assert refused(form(b"x"), announced).code is Code.MEDIA_TYPE


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"x", b"--", b"--another\r\n", b"preamble\r\n" + form(b"x"), b"\r\n" + form(b"x")),
        form(b"x", end=b"x"),
        form(b"x", end=b"\r\n"),
        form(b"x") + b"epilogue",
        form(b"x") + b"\r\n",
        form(b"x", head=b""),
        form(b"x", head=b"Content-Type: text/plain\r\n"),
        form(b"x", head=FILE + FILE),
        form(b"x", head=FILE + b"no colon\r\n"),
        form(b"x", head=FILE + b": no name\r\n"),
        form(b"x", head=FILE + b"X: a\x00b\r\n"),
        form(b"x", head=FILE + b"X: \xff\r\n"),
        form(b"x", head=FILE + b"Content-Transfer-Encoding: base64\r\n"),
        form(b"x", head=FILE.replace(b"form-data", b"attachment")),
        form(b"x", head=FILE.replace(b'name="files"; ', b"")),
        form(b"x", head=FILE.replace(b"\r\n", b'; name="files"\r\n')),
        form(b"x", head=FILE.replace(b"\r\n", b"; \r\n")),
        form(b"x", head=FILE.replace(b'"a.log"', b'"a.log')),
        form(b"x", head=FILE.replace(b'"a.log"', b'"a"b"')),
        form(b"x", head=FILE + b"X: " + b"x" * MAX_PART_HEAD_BYTES + b"\r\n"),
        form(b"x", head=b"X" * 3 * MAX_PART_HEAD_BYTES),
    ],
)
def test_a_form_that_has_two_readings_or_none_is_refused(body: bytes):
    found = refused(body)
    assert found.code is Code.MALFORMED
    assert not found.problems


def test_an_endless_head_is_refused_before_it_is_kept():
    reader = OneFile(TYPE, "files")
    pieces = [f"--{BORDER}\r\n".encode(), *[b"x" * 99] * 1000]
    with pytest.raises(Refused):
        [*chain.from_iterable(map(reader.feed, pieces))]
    assert len(reader._kept) < MAX_PART_HEAD_BYTES + 200


def test_other_fields_and_missing_ones_are_named():
    other = FILE.replace(b"files", b"file")
    assert [str(one.field) for one in refused(form(b"x", other)).problems] == ["file"]
    twice = form(b"x", end=b"\r\n" + FILE + b"\r\nx\r\n--a-border--\r\n")
    (fault,) = refused(twice).problems
    assert (fault.field, fault.sentence) == ("files", "stands there twice")
    (fault,) = refused(f"--{BORDER}--\r\n".encode()).problems
    assert (fault.field, fault.sentence) == ("files", "is required")


def test_all_faults_of_a_part_are_named_at_once():
    hostile = b'Content-Disposition: form-data; name="file"; filename="../x"\r\n'
    assert {one.field for one in refused(form(b"x", hostile)).problems} == {"file", "files"}


GOOD = ("", "a.log", "a b (1).txt", "протокол.log", "日本語.txt", "e\u0301.log", "'", "100%.log")
GOOD += (".profile", "a..b", "x" * 255, "console.log", "communist.txt", "\U0001f511.log", "~", "$x")


@pytest.mark.parametrize("name", GOOD, ids=ascii)
def test_a_plain_name_is_good_in_any_script(name: str):
    assert read(form(b"x", named(name))) == b"x"


HOSTILE = (
    *("../../etc/passwd", "/etc/passwd", "..", ".", "...", " ", ". .", "a/b", "a\\b", "C:\\x"),
    *("C:x", "file:///x", "a:stream", "%2e%2e%2fx", "..%5cx", "x%00.log", "x%0a.log", "a%22b"),
    *('quote\\"d', "a*", "a?", "a|b", "<script>", "con", "NUL", "nul.txt", "COM1", "lpt9.log"),
    *("aux .", "CON..", "conin$", "x" * 256, "é" * 128, "\u202egol.exe", "a\u200bb", "\ufeffa"),
    *("\u2028", "\ud7ff\u0085", "x" * 4000),
)


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_name_that_could_be_more_than_a_name_is_refused_and_not_repeated(name: str):
    (fault,) = refused(form(b"x", named(name))).problems
    assert fault.field == "files"
    assert fault.sentence.startswith("has a file name ")
    assert name.strip() not in fault.sentence or len(name.strip()) < 3


@pytest.mark.parametrize(
    ("extended", "good"),
    [
        ("utf-8''a.log", True),
        ("UTF-8'de'%D0%BF.log", True),
        ("utf-8''..%2Fx", False),
        ("utf-8''%00", False),
        ("utf-8''%FF", False),
        ("iso-8859-1''a", False),
        ("a.log", False),
        ("utf-8''%E2%80%AEgol", False),
    ],
)
def test_a_name_in_the_other_spelling_is_judged_as_well(extended: str, good: bool):
    head = FILE.removesuffix(b"\r\n") + f"; filename*={extended}\r\n".encode()
    if good:
        assert read(form(b"x", head)) == b"x"
    else:
        assert refused(form(b"x", head)).problems[0].field == "files"


@pytest.mark.parametrize("raw", [b"a\x00b", b"a\rb", b"a\nb", b"a\x1bb", b"\xff"])
def test_control_characters_and_broken_text_in_a_head_are_refused(raw: bytes):
    body = form(b"x", named("NAME").replace(b"NAME", raw))
    assert refused(body).code is Code.MALFORMED
