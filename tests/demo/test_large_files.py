"""Large files cost disk and never memory, however many come and go at once."""

import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import rmtree

import pytest

from boundary.toys import Peer
from demo.uploading import Uploading, uploading

MIB = 1024 * 1024
SIZE = int(os.environ.get("TOKENHOUSE_TEST_UPLOAD_MIB", "1024")) * MIB
"""What is sent where memory is looked at."""
MOST_MIB = 150
AT_ONCE = 8
START = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.log"\r\n\r\n'
PIECE = bytes(range(256)) * 4096


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Uploading]:
    with uploading(tmp_path, SIZE) as running:
        yield running
    rmtree(tmp_path)  # pytest would keep it until the third run from now


def record(at: Uploading) -> str:
    command = [*curl(at, "/api/v2/data-files"), "--json", '{"type": "log"}']
    assert '"id":' in subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return max((one.stem for one in at.sent.glob("*.json")), key=int)


def curl(at: Uploading, path: str) -> list[str]:
    return ["curl", "-s", "-m", "100", f"{at.url}{path}", "-H", f"x-access-token: {at.token}"]


def send(at: Uploading, number: str, size: int) -> bytes:
    """A file of this size that is made while it is sent; the last line of the answer's head."""
    end = b"\r\n--b--\r\n"
    head = (
        f"POST /api/v2/data-files/{number}/file HTTP/1.1\r\nHost: here\r\n"
        f"x-access-token: {at.token}\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        f"Content-Length: {len(START) + size + len(end)}\r\n\r\n"
    ).encode()
    with Peer(at.port) as peer:
        peer.send(head + START)
        for _ in range(size // len(PIECE)):
            peer.send(PIECE)
        peer.send(PIECE[: size % len(PIECE)] + end)
        reply = peer.reply()
        assert reply.status == 200, reply.body
        return reply.body


def test_a_file_of_a_gibibyte_is_kept_and_never_in_memory(at: Uploading):
    number = record(at)
    assert f'"size":{SIZE}'.encode() in send(at, number, SIZE)
    assert (at.sent / f"{number}.bin").stat().st_size == SIZE
    with (at.sent / f"{number}.bin").open("rb") as kept:
        assert kept.read(len(PIECE)) == PIECE
        kept.seek(SIZE - len(PIECE))
        assert kept.read() == PIECE
    assert at.largest_mib() < MOST_MIB


def test_many_at_once_are_never_in_memory_either(at: Uploading):
    numbers = [record(at) for _ in range(AT_ONCE)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda number: send(at, number, SIZE // AT_ONCE // 2), numbers))
    assert at.largest_mib() < MOST_MIB
    assert (
        sorted(one.stat().st_size for one in at.sent.glob("*.bin"))
        == [SIZE // AT_ONCE // 2] * AT_ONCE
    )


def test_a_file_that_is_too_large_is_refused_while_it_comes_and_leaves_nothing(tmp_path: Path):
    most = 16 * MIB
    with uploading(tmp_path, most) as at, Peer(at.port) as peer:
        number = record(at)
        peer.send(
            f"POST /api/v2/data-files/{number}/file HTTP/1.1\r\nHost: here\r\n"
            f"x-access-token: {at.token}\r\nContent-Type: multipart/form-data; boundary=b\r\n"
            "Transfer-Encoding: chunked\r\n\r\n".encode()
        )
        peer.send(b"%x\r\n%b\r\n" % (len(START), START))
        for _ in range(most // len(PIECE) + 1):
            peer.send(b"%x\r\n%b\r\n" % (len(PIECE), PIECE))
        reply = peer.reply()
        assert (reply.status, reply.json["errors"][0]["type"]) == (413, "limit-exceeded")
        assert [one.name for one in at.sent.iterdir()] == [f"{number}.json"]
        assert at.largest_mib() < MOST_MIB
