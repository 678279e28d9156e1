"""Files that devices send and updates that they fetch, asked for by curl over real connections."""

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from msgspec.structs import replace

from boundary.test_multipart import HOSTILE
from boundary.toys import Peer, Reply
from rigs import enroll, writer
from stage import ADMINISTRATOR, MovedClock, Stage
from tokenhouse.boundary import Boundary, Limits
from tokenhouse.core.refusal import Unavailable
from tokenhouse.demo import device_files
from tokenhouse.demo.device_files.room import Bounds, Owner
from tokenhouse.demo.device_files.shelf import Shelf
from tokenhouse.demo.device_files.updates import ALL
from tokenhouse.server import Background
from tokenhouse.store.memory import MemoryAttempts, MemoryStore

SMALL = Bounds(file=100_000, device=250_000, organization=400_000, records=20)
LIMITS = Limits(body_seconds=60.0, linger_seconds=0.5, streams=4)
HURRIED = Limits(body_seconds=1.0, linger_seconds=0.5, streams=4)
FOREIGNER = "eve@suedstrom.example"
RIG, OTHER_RIG, FOREIGN = "rig-1", "rig-2", "rig-of-others"
OLD, CURRENT, OTHER = ALL


class Got(NamedTuple):
    """What curl got."""

    status: int
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def type(self) -> str:
        """The type of the only error."""
        (error,) = self.json["errors"]
        assert error["message"]
        return str(error["type"])


class Devices:
    """A server over a directory, and whoever asks it."""

    def __init__(self, directory: Path, bounds: Bounds = SMALL, limits: Limits = LIMITS) -> None:
        clock = MovedClock()
        self.stage = Stage(MemoryStore(clock, os.urandom), MemoryAttempts(), clock, directory)
        self.stage.found_organization("Südstrom", FOREIGNER)
        self.directory = directory
        self.shelf = Shelf(directory / "device-files", bounds)
        self.sent = directory / "device-files" / "sent"
        face = device_files.face(self.shelf)
        self.boundary = Boundary(self.stage.authority, (face,), limits)
        self.served = Background(self.boundary)
        self._tokens: dict[str, str] = {}

    def token(self, rig: str = RIG) -> str:
        """The token of a device of this name, which is made if there is none."""
        if rig not in self._tokens:
            by = writer(self.stage, FOREIGNER if rig == FOREIGN else ADMINISTRATOR)
            self._tokens[rig] = enroll(self.stage, rig, by).secret.reveal()
        return self._tokens[rig]

    def curl(self, path: str, *arguments: str, rig: str = RIG) -> Got:
        done = subprocess.run(
            [
                *("curl", "-s", "-m", "20", "-w", "\n%{http_code}", f"{self.served.url}{path}"),
                *("-H", f"x-access-token: {self.token(rig)}", *arguments),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        text, _, status = done.stdout.rpartition("\n")
        return Got(int(status), text)

    def record(self, rig: str = RIG) -> int:
        got = self.curl("/api/v2/data-files", "--json", '{"type": "log"}', rig=rig)
        assert got.status == 200, got
        number = got.json["id"]
        assert got.json == {"id": number, "type": "log", "createdDate": "2026-03-10T09:00:00Z"}
        return int(number)

    def send(self, number: int, file: Path, rig: str = RIG) -> Got:
        path = f"/api/v2/data-files/{number}/file"
        return self.curl(path, "--form", f"files=@{file}", rig=rig)

    def file(self, content: bytes, name: str = "a.log") -> Path:
        path = self.directory / name
        path.write_bytes(content)
        return path

    def raw(self, number: int, framing: str) -> bytes:
        """The head of an upload."""
        return (
            f"POST /api/v2/data-files/{number}/file HTTP/1.1\r\nHost: here\r\n"
            f"x-access-token: {self.token()}\r\n"
            f"Content-Type: multipart/form-data; boundary=b\r\n{framing}\r\n\r\n"
        ).encode()

    def left(self) -> set[str]:
        """The names of all files but records."""
        return {one.name for one in self.sent.iterdir() if one.suffix != ".json"}

    def nothing_is_left(self) -> None:
        """Nor is any room taken; what is under way may come to its end first."""
        until = time.monotonic() + 10
        while self.boundary._streams._taken and time.monotonic() < until:
            time.sleep(0.01)
        assert self.left() == set()
        assert not +self.shelf.records.room._bytes


@pytest.fixture
def at(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Devices]:
    devices = Devices(tmp_path, limits=getattr(request, "param", LIMITS))
    with devices.served:
        yield devices


def form(content: bytes, field: str = "files", name: str = "a.log") -> bytes:
    head = f'Content-Disposition: form-data; name="{field}"; filename="{name}"'
    return b"--b\r\n" + head.encode() + b"\r\n\r\n" + content + b"\r\n--b--\r\n"


# sending


@pytest.mark.parametrize("size", [1, 70_000, SMALL.file])
def test_a_file_is_kept_as_it_was_sent_under_a_name_of_ours(at: Devices, size: int):
    content, number = os.urandom(size), at.record()
    got = at.send(number, at.file(content, "Журнал.log"))
    assert got.status == 200
    assert got.json == {
        "id": number,
        "type": "log",
        "createdDate": "2026-03-10T09:00:00Z",
        "size": size,
    }
    assert at.left() == {f"{number}.bin"}
    kept = at.sent / f"{number}.bin"
    assert kept.read_bytes() == content
    assert kept.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("framing", ["Transfer-Encoding: chunked", "Expect: 100-continue"])
def test_however_curl_sends_it_it_arrives(at: Devices, framing: str):
    number, content = at.record(), os.urandom(90_000)
    path = f"/api/v2/data-files/{number}/file"
    got = at.curl(path, "-H", framing, "-F", f"files=@{at.file(content)}")
    assert got.status == 200
    assert (at.sent / f"{number}.bin").read_bytes() == content


def test_a_file_that_is_sent_again_takes_the_place_of_the_first(at: Devices):
    number = at.record()
    for size in (90_000, 100, 80_000):
        content = os.urandom(size)
        assert at.send(number, at.file(content)).status == 200
        assert (at.sent / f"{number}.bin").read_bytes() == content
    assert at.left() == {f"{number}.bin"}
    assert at.shelf.records.room._bytes.total() == 2 * 80_000


def test_of_several_files_of_one_record_at_once_one_is_kept_whole(at: Devices):
    number = at.record()
    contents = [bytes([value]) * 60_000 for value in range(LIMITS.streams)]
    files = [at.file(content, f"{content[0]}.log") for content in contents]
    with ThreadPoolExecutor(len(files)) as pool:
        got = list(pool.map(lambda file: at.send(number, file), files))
    assert [one.status for one in got] == [200] * len(files)
    assert (at.sent / f"{number}.bin").read_bytes() in contents
    assert at.left() == {f"{number}.bin"}
    assert at.shelf.records.room._bytes.total() == 2 * 60_000


def test_one_more_body_than_there_are_places_is_refused_and_may_come_again(at: Devices):
    number = at.record()
    peers = [Peer(at.served.port) for _ in range(LIMITS.streams)]
    for peer in peers:
        peer.send(at.raw(number, "Content-Length: 1000"))
    while at.boundary._streams._taken < LIMITS.streams:
        time.sleep(0.01)
    got = at.send(number, at.file(b"x"))
    assert (got.status, got.type) == (503, "internal-error")
    for peer in peers:
        peer.socket.close()
    at.nothing_is_left()
    assert at.send(number, at.file(b"x")).status == 200


# what is wrong


def test_an_empty_file_is_refused(at: Devices):
    got = at.send(at.record(), at.file(b""))
    assert (got.status, got.type) == (400, "invalid-field")
    assert got.json["errors"][0]["details"] == {"field": "files"}
    at.nothing_is_left()


def test_a_form_without_a_file_is_refused(at: Devices):
    path = f"/api/v2/data-files/{at.record()}/file"
    nothing = at.curl(
        path, "--data-binary", "--b--\r\n", "-H", "content-type: multipart/form-data; boundary=b"
    )
    assert (nothing.status, nothing.type) == (400, "required-field")
    assert nothing.json["errors"][0]["details"] == {"field": "files"}
    for arguments in (("-F", f"file=@{at.file(b'x')}"), ("-F", "type=log")):
        other = at.curl(path, *arguments)
        assert (other.status, other.type) == (400, "unknown-field")
    twice = at.curl(path, *("-F", f"files=@{at.file(b'x')}") * 2)
    assert (twice.status, twice.type) == (400, "invalid-field")
    at.nothing_is_left()


@pytest.mark.parametrize("arguments", [("--json", "{}"), ("-d", "a=b"), ("-X", "POST")])
def test_what_is_no_form_is_415(at: Devices, arguments: tuple[str, ...]):
    got = at.curl(f"/api/v2/data-files/{at.record()}/file", *arguments)
    assert (got.status, got.type) == (415, "invalid-operation")


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_hostile_name_is_refused_and_leaves_nothing(at: Devices, name: str):
    body = form(b"x" * 70_000, name=name)
    with Peer(at.served.port) as peer:
        peer.send(at.raw(at.record(), f"Content-Length: {len(body)}") + body)
        reply = peer.reply()
    assert reply.status == 400
    (error,) = reply.json["errors"]
    assert (error["type"], error["details"]) == ("invalid-field", {"field": "files"})
    at.nothing_is_left()
    outside = [one for one in at.directory.rglob("*") if one.is_file() and one.parent != at.sent]
    assert {one.name for one in outside} <= {"master.key"}


def test_a_file_over_its_limit_is_refused_and_leaves_nothing(at: Devices):
    over = at.send(at.record(), at.file(b"x" * (SMALL.file + 1)))
    far_over = at.send(at.record(), at.file(b"x" * 5 * SMALL.file))
    for got in (over, far_over):
        assert (got.status, got.type) == (413, "limit-exceeded")
    at.nothing_is_left()


def test_all_files_of_one_device_have_a_limit_and_those_of_an_organization(at: Devices):
    file = at.file(b"x" * SMALL.file)
    for _ in range(2):
        assert at.send(at.record(), file).status == 200
    got = at.send(at.record(), file)
    assert (got.status, got.type) == (413, "limit-exceeded")
    assert "the device has" in got.text
    assert at.send(at.record(OTHER_RIG), file, OTHER_RIG).status == 200
    got = at.send(at.record(OTHER_RIG), at.file(b"x" * 99_999), OTHER_RIG)
    assert (got.status, "its organization" in got.text) == (200, False)
    got = at.send(at.record(OTHER_RIG), at.file(b"xx"), OTHER_RIG)
    assert (got.status, got.type) == (413, "limit-exceeded")
    assert "its organization" in got.text
    assert at.send(at.record(FOREIGN), file, FOREIGN).status == 200
    assert len(at.left()) == 5


def test_what_is_coming_in_counts_already(at: Devices):
    first, second = at.record(), at.record()
    for size in (SMALL.file, SMALL.file):
        assert at.send(at.record(), at.file(b"x" * size)).status == 200
    with Peer(at.served.port) as peer:
        body = form(b"x" * 40_000)
        peer.send(at.raw(first, f"Content-Length: {len(body)}") + body[:-50])
        while at.shelf.records.room._bytes.total() < 2 * 239_000:
            time.sleep(0.01)
        assert at.send(second, at.file(b"x" * 20_000)).status == 413
        peer.send(body[-50:])
        assert peer.reply().status == 200
    assert at.send(second, at.file(b"x" * 10_000)).status == 200


def test_an_organization_has_so_many_records_at_most(at: Devices):
    for _ in range(SMALL.records):
        at.record()
    got = at.curl("/api/v2/data-files", "--json", '{"type": "log"}')
    assert (got.status, got.type) == (422, "limit-exceeded")
    assert at.record(FOREIGN) == SMALL.records + 1


@pytest.mark.parametrize(
    "cut",
    [
        ("Content-Length: {length}", b"", -1),
        ("Content-Length: {length}", b"", -10_000),
        ("Content-Length: {more}", b"", None),
        ("Transfer-Encoding: chunked", b"%x\r\n", -1),
        ("Transfer-Encoding: chunked", b"%x\r\n", None),
    ],
    ids=["last byte", "middle", "announced too much", "chunk cut", "last chunk missing"],
)
@pytest.mark.parametrize(
    ("at", "ending"),
    [(LIMITS, "closes"), (HURRIED, "stalls")],
    indirect=["at"],
    ids=["closes", "stalls"],
)
def test_what_is_cut_off_half_way_leaves_nothing(at: Devices, cut: Any, ending: str):
    framing, chunk, end = cut
    body, number = form(b"x" * 90_000), at.record()
    framing = framing.format(length=len(body), more=len(body) + 1)
    raw = (chunk % len(body) if chunk else b"") + body
    with Peer(at.served.port) as peer:
        peer.send(at.raw(number, framing) + raw[:end])
        while not at.left():
            time.sleep(0.005)
        if ending == "stalls":
            reply = peer.reply()
            assert reply.status == 408
            assert reply.json["errors"][0]["type"] == "invalid-operation"
    at.nothing_is_left()


def test_a_form_that_ends_before_its_border_is_refused_and_leaves_nothing(at: Devices):
    body, number = form(b"x" * 90_000), at.record()
    for end in (len(body) - 4, 60_000, 20, 0):
        with Peer(at.served.port) as peer:
            peer.send(at.raw(number, f"Content-Length: {end}") + body[:end])
            reply = peer.reply()
        assert reply.status == 400
        assert reply.json["errors"][0]["type"] in {"invalid-operation", "required-field"}
        at.nothing_is_left()


def test_what_follows_a_wrong_length_is_no_part_of_the_file_and_no_request(at: Devices):
    body, number = form(b"x" * 1000), at.record()
    with Peer(at.served.port) as peer:
        peer.send(at.raw(number, f"Content-Length: {len(body)}") + body + b"and more\r\n\r\n")
        said = peer.until_closed()
    first = Reply(said)
    assert (first.status, first.json["size"]) == (200, 1000)
    assert Reply(first.next).status == 400


def test_a_file_that_was_cut_off_leaves_the_one_before(at: Devices):
    number, content = at.record(), os.urandom(5000)
    assert at.send(number, at.file(content)).status == 200
    with Peer(at.served.port) as peer:
        peer.send(at.raw(number, "Content-Length: 90000") + form(b"x" * 90_000)[:70_000])
        while len(at.left()) < 2:
            time.sleep(0.005)
    while at.boundary._streams._taken:
        time.sleep(0.005)
    assert at.left() == {f"{number}.bin"}
    assert (at.sent / f"{number}.bin").read_bytes() == content


def test_a_disk_that_is_full_is_no_answer_and_leaves_nothing(
    at: Devices, monkeypatch: pytest.MonkeyPatch
):
    number = at.record()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr("tokenhouse.demo.device_files.kept.os.fsync", full)
        got = at.send(number, at.file(b"x" * 1000))
    assert (got.status, got.type) == (503, "internal-error")
    at.nothing_is_left()


def test_all_faults_of_a_record_are_told_at_once(at: Devices):
    got = at.curl("/api/v2/data-files", "--json", '{"kind": "log", "size": 1}')
    assert got.status == 400
    told = {(one["type"], one["details"]["field"]) for one in got.json["errors"]}
    assert told == {
        ("unknown-field", "kind"),
        ("unknown-field", "size"),
        ("required-field", "type"),
    }
    got = at.curl("/api/v2/data-files", "--json", '{"type": "exe"}')
    assert (got.status, got.type) == (400, "invalid-field")


# who may


def test_nothing_of_a_body_is_read_before_its_sender_is_judged(at: Devices):
    number, body = at.record(), form(b"x" * 1000)
    person = at.stage.sign_in().secret.reveal()
    others = ((at.token(rig), 404) for rig in (OTHER_RIG, FOREIGN))
    for token, status in (("x", 401), (person, 403), *others):
        with Peer(at.served.port) as peer:
            head = at.raw(number, f"Content-Length: {len(body)}\r\nExpect: 100-continue")
            peer.send(head.replace(at.token().encode(), token.encode()))
            reply = peer.reply()
        assert reply.status == status, reply.body
        assert reply.json["errors"][0]["type"] in {"unauthorized", "not-found"}
    assert at.left() == set()


@pytest.mark.parametrize("rig", [OTHER_RIG, FOREIGN])
def test_a_device_sees_no_record_but_its_own(at: Devices, rig: str):
    number = at.record()
    got = at.send(number, at.file(b"x"), rig)
    assert (got.status, got.type) == (404, "not-found")
    assert got.json["errors"][0]["details"] == {"entityType": "data-file", "entityId": number}
    unknown = at.send(number + 1, at.file(b"x"), rig)
    assert unknown.text == got.text.replace(f":{number}}}", f":{number + 1}}}")


@pytest.mark.parametrize("number", ["0", "01", "-1", "1.0", "x", "99999999999", "%D9%A1", "1%20"])
def test_what_is_no_number_names_nothing(at: Devices, number: str):
    at.record()
    for path in (f"/api/v2/data-files/{number}/file", f"/api/v2/ota-files/{number}/file"):
        arguments = ("-F", f"files=@{at.file(b'x')}") if "data" in path else ()
        assert at.curl(path, *arguments).status == 404


def test_only_a_device_sends_and_fetches(at: Devices):
    session = ("-H", f"x-access-token: {at.stage.sign_in().secret.reveal()}")
    for path, *more in (
        ("/api/v2/data-files", "--json", '{"type": "log"}'),
        (f"/api/v2/data-files/{at.record()}/file", "-F", f"files=@{at.file(b'x')}"),
        ("/api/v2/ota-files",),
        ("/api/v2/ota-files/2/file",),
    ):
        url = f"{at.served.url}{path}"
        command = ["curl", "-s", "-w", "\n%{http_code}", url, *more, *session]
        text, _, status = subprocess.run(
            command, capture_output=True, text=True, check=True
        ).stdout.rpartition("\n")
        assert (status, Got(403, text).type) == ("403", "unauthorized")
        assert "device token" in text


def test_a_suspended_device_stops_at_once_though_its_token_lives(at: Devices):
    number = at.record()
    device = at.stage.store.find_device(at.stage.organization_id, RIG)
    assert device is not None
    at.stage.put(replace(device, version=device.version + 1, suspended=True), device)
    for got in (
        at.curl("/api/v2/data-files", "--json", '{"type": "log"}'),
        at.send(number, at.file(b"x")),
        at.curl("/api/v2/ota-files/2/file"),
    ):
        assert (got.status, got.type) == (401, "unauthorized")
    assert at.left() == set()


# what outlives the process


def test_records_and_files_outlive_the_process_and_what_was_unfinished_does_not(tmp_path: Path):
    before = Devices(tmp_path)
    with before.served:
        number = before.record()
        assert before.send(number, before.file(b"x" * 60_000)).status == 200
        empty = before.record()
    (before.sent / f"{empty}-7.part").write_bytes(b"half")
    (before.sent / f"{empty}.new").write_bytes(b"half")
    shelf = Shelf(tmp_path / "device-files", SMALL).open()
    assert before.left() == {f"{number}.bin"}
    assert shelf.records.one(number) == before.shelf.records.one(number)
    assert shelf.records.room._bytes.total() == 2 * 60_000
    owner = shelf.records._of[number].owner
    assert shelf.records.make(owner, "gps", 0).number == empty + 1


def test_a_broken_record_is_told_by_its_name(tmp_path: Path):
    Shelf(tmp_path).open()
    (tmp_path / "sent" / "1.json").write_bytes(b"{")
    with pytest.raises(Unavailable, match=r"1\.json"):
        Shelf(tmp_path).open()


def test_numbers_of_many_records_at_once_are_each_given_once(tmp_path: Path):
    records, numbers = Shelf(tmp_path).records, list[int]()
    owner = Owner(uuid4(), uuid4())
    threads = [
        threading.Thread(target=lambda: numbers.append(records.make(owner, "log", 0).number))
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == [*range(1, 17)]


# fetching


def test_updates_are_listed_as_they_are_asked_for(at: Devices):
    def listed(query: str) -> list[int]:
        got = at.curl(f"/api/v2/ota-files{query}")
        assert got.status == 200, got
        return [one["id"] for one in got.json]

    assert listed("") == [1, 2, 3]
    assert listed("?isActive=true") == [2, 3]
    assert listed("?isActive=false") == [1]
    assert listed("?module=gateway") == [1, 2]
    assert listed("?module=gateway&isActive=true") == [2]
    assert listed("?module=nothing") == []
    assert listed("?limit=2") == [1, 2]
    assert listed("?limit=2&offset=1") == [2, 3]
    assert listed("?offset=2147483647") == []


def test_all_faults_of_a_list_are_told_at_once(at: Devices):
    got = at.curl("/api/v2/ota-files?limit=0&offset=-1&isActive=yes&active=1&limit=5")
    told = {(one["type"], one["details"]["field"]) for one in got.json["errors"]}
    assert (got.status, told) == (
        400,
        {
            ("invalid-field", "limit"),
            ("invalid-field", "offset"),
            ("invalid-field", "isActive"),
            ("unknown-field", "active"),
        },
    )
    twice = at.curl("/api/v2/ota-files?limit=5&limit=5")
    assert (twice.status, twice.type) == (400, "invalid-field")


def test_an_update_is_fetched_as_it_is_listed(at: Devices, tmp_path: Path):
    path = f"/api/v2/ota-files/{CURRENT.number}/file"
    saved = tmp_path / "saved"
    saved.mkdir()
    at.curl(path, "--output-dir", str(saved), "--remote-name", "--remote-header-name")
    (only,) = saved.iterdir()
    assert only.name == "gateway-2.4.1.bin"
    assert only.read_bytes() == CURRENT.content()
    assert CURRENT.content() == at.shelf.updates.path(CURRENT).read_bytes()


def test_what_curl_has_begun_it_goes_on_with(at: Devices, tmp_path: Path):
    path, saved = f"/api/v2/ota-files/{OTHER.number}/file", tmp_path / "saved"
    for begun in (0, 1, 100_000, OTHER.size - 1):
        saved.write_bytes(OTHER.content()[:begun])
        got = at.curl(path, "-C", "-", "-o", str(saved))
        assert got.status == (206 if begun else 200)
        assert saved.read_bytes() == OTHER.content()
    whole = at.curl(path, "-r", f"{OTHER.size}-")
    assert (whole.status, whole.type) == (416, "invalid-operation")
    told = at.curl(path, "-r", f"{OTHER.size}-", "-D", "-", "-o", "/dev/null").text
    assert f"content-range: bytes */{OTHER.size}" in told


def test_what_was_begun_of_another_version_begins_anew(at: Devices, tmp_path: Path):
    path, saved = f"/api/v2/ota-files/{OTHER.number}/file", tmp_path / "saved"
    sha = at.curl("/api/v2/ota-files").json[2]["sha256"]
    same = at.curl(path, "-r", "5-", "-H", f'If-Range: "{sha}"', "-o", str(saved))
    assert (same.status, saved.stat().st_size) == (206, OTHER.size - 5)
    other = at.curl(path, "-r", "5-", "-H", 'If-Range: "another"', "-o", str(saved))
    assert (other.status, saved.stat().st_size) == (200, OTHER.size)


def test_an_update_that_is_not_active_is_as_one_that_is_not_there(at: Devices):
    inactive = at.curl(f"/api/v2/ota-files/{OLD.number}/file")
    unknown = at.curl("/api/v2/ota-files/77/file")
    assert (inactive.status, inactive.type) == (404, "not-found")
    assert unknown.text == inactive.text.replace(":1}", ":77}")


def test_an_update_that_was_changed_on_disk_is_made_again_at_the_next_start(tmp_path: Path):
    path = Shelf(tmp_path).updates.path(CURRENT)
    path.write_bytes(CURRENT.content()[:-1])
    assert Shelf(tmp_path).updates.path(CURRENT).read_bytes() == CURRENT.content()
