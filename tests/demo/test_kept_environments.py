"""What is kept of environments outlives the process, whole, and two who turn one do it in turn."""

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from uuid import UUID

import pytest

from tokenhouse.core.refusal import Unavailable
from tokenhouse.demo.environments.kept import FILE, FIRST, Environment, Environments, Turn

OURS, THEIRS = UUID(int=1), UUID(int=2)
THREADS = 16


def stop(by: str = "Anna Lind") -> Turn:
    return Turn(running=False, at=1, by=by)


def at_once(work: Callable[[int], Environment | None]) -> list[Environment | None]:
    start = Barrier(THREADS)

    def one(number: int) -> Environment | None:
        start.wait()
        return work(number)

    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(one, range(THREADS)))


def test_what_was_turned_is_so_after_a_restart(tmp_path: Path):
    before = Environments(tmp_path / FILE)
    before.turn(OURS, "my-project", stop())
    after = Environments(tmp_path / FILE)
    assert after.of(OURS) == before.of(OURS) != FIRST
    assert after.of(THEIRS) == FIRST


def test_of_several_who_stop_one_at_once_the_first_has_done_it(tmp_path: Path):
    kept = Environments(tmp_path / FILE)
    found = at_once(lambda number: kept.turn(OURS, "my-project", stop(f"person {number}")))
    assert len({one.turned for one in found if one is not None}) == 1
    assert Environments(tmp_path / FILE).of(OURS) == kept.of(OURS)


def test_no_change_of_several_at_once_is_lost(tmp_path: Path):
    kept = Environments(tmp_path / FILE)
    at_once(lambda number: kept.turn(UUID(int=number), "webshop", stop()))
    again = Environments(tmp_path / FILE)
    for number in range(THREADS):
        one = again.one(UUID(int=number), "webshop")
        assert one is not None
        assert one.turned == stop()


def test_what_cannot_be_written_has_not_happened(tmp_path: Path):
    place = tmp_path / "demo"
    place.mkdir()
    kept = Environments(place / FILE)
    shutil.rmtree(place)
    with pytest.raises(Unavailable, match=FILE):
        kept.turn(OURS, "my-project", stop())
    assert kept.of(OURS) == FIRST


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"x": []}', b"\xff", b'{"a": 1}'])
def test_a_broken_file_is_told_by_its_name_and_stays(tmp_path: Path, content: bytes):
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(Unavailable, match=FILE):
        Environments(tmp_path / FILE)
    assert (tmp_path / FILE).read_bytes() == content


def test_the_file_is_its_owners_alone(tmp_path: Path):
    Environments(tmp_path / FILE)
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
