"""No secret is in a log, however it came there."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from tokenhouse import logs
from tokenhouse.core.credential import Secret, mint

OPAQUE = mint("th", "o", bytes(range(32))).reveal()
SIGNED = "eyJ" + "hbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0" + ".c2lnbmF0dXJlLXNpZ25hdHVyZQ"
ELSEWHERE = "5f9c1c0e-not-a-token-of-ours"
PLANTED = (OPAQUE, SIGNED, ELSEWHERE)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(params=[io.StringIO, Terminal])
def written(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    before = logging.root.handlers[:], logging.root.level
    stream: io.StringIO = request.param()
    logs.start(stream)
    yield stream
    structlog.reset_defaults()
    logging.root.handlers[:], level = before
    logging.root.setLevel(level)


PASSWORD = "correct horse"


def fail(password: str) -> None:
    held = [password]
    raise LookupError(f"no row for {OPAQUE} nor session={ELSEWHERE}" + held[0][:0])


SENTENCES = [
    f"got {OPAQUE}",
    f"got {OPAQUE}{OPAQUE}.",
    f"got {SIGNED}",
    f"got {SIGNED.rpartition('.')[0]}",
    f"GET /1.0/a?session={ELSEWHERE}&b=c",
    f"Authorization: Bearer {ELSEWHERE}",
    f"authorization: {ELSEWHERE}",
    f"{{'authorization': 'Token {ELSEWHERE}'}}",
    f"[(b'authorization', b'Basic {ELSEWHERE}')]",
    f"('x-access-token', '{ELSEWHERE}')",
    f"sent Bearer {ELSEWHERE} there",
]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_secret_in_a_sentence_is_hidden(written: io.StringIO, sentence: str) -> None:
    structlog.get_logger().warning(sentence)
    structlog.get_logger().warning(
        "kept", cause=sentence, parts=[(sentence,), {sentence: sentence}]
    )
    structlog.get_logger().warning("kept", cause=sentence.encode(), error=ValueError(sentence))
    logging.getLogger("another").warning("%s", sentence)
    told = written.getvalue()
    assert told.count(logs.HIDDEN) >= 7
    assert not any(secret in told for secret in PLANTED)


@pytest.mark.parametrize("name", ["authorization", "Cookie", "password", "token", "session"])
def test_a_value_with_a_telling_name_is_hidden(written: io.StringIO, name: str) -> None:
    structlog.get_logger().warning("sent", **{name: "anything"}, nested={name: ["anything"]})
    assert "anything" not in written.getvalue()


def test_an_exception_comes_with_its_lines_and_without_locals(written: io.StringIO) -> None:
    for log in (structlog.get_logger(), logging.getLogger("another")):
        try:
            fail(PASSWORD)
        except LookupError:
            log.exception("failed")
    told = written.getvalue()
    assert told.count("in fail") == 2
    assert told.count("LookupError") >= 2
    assert "no row for" in told
    assert PASSWORD not in told
    assert not any(secret in told for secret in PLANTED)


def test_what_is_no_secret_is_kept(written: io.StringIO) -> None:
    structlog.get_logger().warning(
        "the session ended", request_id="0123456789abcdef01234567", number=7, method="GET"
    )
    told = written.getvalue()
    for word in ("the session ended", "0123456789abcdef01234567", "7", "GET"):
        assert word in told
    assert logs.HIDDEN not in told


def test_a_secret_that_cannot_print_itself_does_not(written: io.StringIO) -> None:
    structlog.get_logger().warning("kept", value=Secret(PASSWORD))
    assert "Secret(…)" in written.getvalue() or "Secret(\\u2026)" in written.getvalue()


def test_nobody_writes_lines_of_his_own(written: io.StringIO) -> None:
    structlog.get_logger().warning("a\nb\x1b[31m", path="c\r\nd\u2028\x9b")
    logging.getLogger("another").warning("e\nf\x1b]0;g\x07")
    told = written.getvalue()
    assert told.count("\n") == 2
    for one in ("\x1b[31m", "\x1b]", "\x07", "\r", "\u2028", "\x9b"):
        assert one not in told


def test_a_line_is_json_for_machines() -> None:
    stream = io.StringIO()
    before = logging.root.handlers[:], logging.root.level
    logs.start(stream)
    structlog.get_logger().info("kept", number=7)
    logging.getLogger("another").warning("kept %d", 8)
    structlog.reset_defaults()
    logging.root.handlers[:], level = before
    logging.root.setLevel(level)
    lines: list[dict[str, Any]] = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["event"] for line in lines] == ["kept", "kept 8"]
    assert [line["level"] for line in lines] == ["info", "warning"]
    assert all("timestamp" in line for line in lines)
