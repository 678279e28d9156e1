"""Passwords are hashed slowly, whole, as typed, and never too many at a time."""

import threading
import unicodedata
from collections.abc import Iterator

import argon2
import pytest

from tokenhouse.core.credential import Secret
from tokenhouse.core.refusal import Unavailable
from tokenhouse.signing import passwords
from tokenhouse.signing.passwords import AT_ONCE, TODAY, WAITING, Argon2Hasher, Cost

CHEAP = Cost(memory_kib=64, passes=1, lanes=1)
PASSWORD = Secret("correct horse battery staple")


@pytest.fixture
def hasher() -> Argon2Hasher:
    return Argon2Hasher(CHEAP)


class Held:
    """Stops every hash inside Argon2 until it is let go, and counts them by what they hash."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.gate = threading.Event()
        self.inside = threading.Semaphore(0)
        self.seen: list[str] = []
        real = argon2.PasswordHasher.verify

        def verify(one: argon2.PasswordHasher, phc: str, typed: bytes) -> bool:
            self.seen.append(phc)
            self.inside.release()
            self.gate.wait(60)
            return real(one, phc, typed)

        monkeypatch.setattr(argon2.PasswordHasher, "verify", verify)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    one = Held(monkeypatch)
    yield one
    one.gate.set()


def test_today_it_costs_46_mib_of_argon2id_or_more():
    phc = Argon2Hasher().hash(PASSWORD)
    found = argon2.extract_parameters(phc)
    assert found.type is argon2.Type.ID
    assert found.memory_cost >= 46 * 1024
    assert (found.time_cost, found.parallelism) == (1, 1)
    assert (found.salt_len, found.hash_len) == (16, 32)
    assert Argon2Hasher().matches(phc, PASSWORD)


def test_a_password_matches_its_own_hash_alone(hasher):
    phc = hasher.hash(PASSWORD)
    assert hasher.matches(phc, PASSWORD)
    for other in ("correct horse battery stapl", "Correct horse battery staple", ""):
        assert not hasher.matches(phc, Secret(other))


def test_two_hashes_of_one_password_differ(hasher):
    assert hasher.hash(PASSWORD) != hasher.hash(PASSWORD)


def test_nothing_is_trimmed_folded_or_cut_short(hasher):
    for typed in (" x", "x ", "x\n", "x\x00", "x\x00y", "X", "ſ", "x" * 72, "x" * 4096):
        phc = hasher.hash(Secret(typed))
        assert hasher.matches(phc, Secret(typed))
        for other in (
            typed.strip(),
            typed.upper(),
            typed.replace("\x00", ""),
            typed[:-1],
            typed[:72],
        ):
            if other != typed:
                assert not hasher.matches(phc, Secret(other)), (typed, other)


def test_the_same_key_strokes_of_two_systems_are_the_same_password(hasher):
    composed, parted = (unicodedata.normalize(form, "pässwörd") for form in ("NFC", "NFD"))
    assert composed != parted
    assert hasher.matches(hasher.hash(Secret(composed)), Secret(parted))
    assert hasher.matches(hasher.hash(Secret(parted)), Secret(composed))


def test_only_nfc_is_applied_so_that_no_two_typed_signs_become_one(hasher):
    assert not hasher.matches(hasher.hash(Secret("\N{LATIN SMALL LIGATURE FI}")), Secret("fi"))


@pytest.mark.parametrize("typed", ["x" * 4097, "é" * 2049, "\ud800"])
def test_a_password_too_long_or_not_text_is_refused_before_any_work(hasher, held, typed):
    phc = hasher.hash(PASSWORD)
    for ask in (
        lambda: hasher.hash(Secret(typed)),
        lambda: hasher.matches(phc, Secret(typed)),
        lambda: hasher.matches_nobody(Secret(typed)),
    ):
        with pytest.raises(ValueError):  # noqa: PT011 -- the codec's own error is one
            ask()
    assert held.seen == []


def test_the_longest_password_is_4096_bytes_as_typed(hasher):
    typed = Secret("é" * 2048)
    assert hasher.matches(hasher.hash(typed), typed)


@pytest.mark.parametrize("cost", [CHEAP, TODAY])
def test_unknown_people_cost_one_hash_of_the_same_parameters(held, cost):
    held.gate.set()
    hasher = Argon2Hasher(cost)
    assert hasher.matches_nobody(PASSWORD) is None
    known = hasher.hash(PASSWORD)
    hasher.matches(known, Secret("wrong"))
    nobody, somebody = (argon2.extract_parameters(phc) for phc in held.seen)
    assert nobody == somebody


def test_no_password_is_nobodys(hasher):
    for typed in ("", "\x00", "nobody"):
        assert not hasher.matches(hasher._nobody, Secret(typed))


@pytest.mark.parametrize(
    "phc",
    [
        "",
        "x",
        "plain",
        "$argon2id$",
        "$argon2id$v=19$m=64,t=1,p=1$AAAA",
        "$argon2id$v=19$m=64,t=1,p=1$*$*",
        "$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$",
        "$argon2id$v=19$m=64,t=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA",
        "$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$é",
        "$argon2i$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=4294967295,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=262145,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=64,t=4294967295,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=64,t=1,p=255$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=0,t=0,p=0$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAA",
        "$2b$12$abcdefghijklmnopqrstuv",
    ],
)
def test_a_kept_hash_that_cannot_be_read_is_inability_and_no_answer(hasher, phc):
    with pytest.raises(Unavailable) as raised:
        hasher.matches(phc, PASSWORD)
    assert not phc or phc not in str(raised.value)


def test_a_hash_of_another_cost_is_outdated_and_still_good(hasher):
    old = hasher.hash(PASSWORD)
    assert not hasher.outdated(old)
    now = Argon2Hasher(Cost(memory_kib=128))
    assert now.outdated(old)
    assert now.matches(old, PASSWORD)
    assert not now.outdated(now.hash(PASSWORD))
    with pytest.raises(Unavailable):
        now.outdated("x")


def ask(hasher: Argon2Hasher, phc: str, answers: list[object]) -> threading.Thread:
    def run() -> None:
        try:
            answers.append(hasher.matches(phc, PASSWORD))
        except Unavailable as inability:
            answers.append(inability)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def test_two_are_hashed_at_once_eight_wait_and_the_eleventh_is_turned_away(
    hasher, held, monkeypatch
):
    monkeypatch.setattr(passwords, "LONGEST_WAIT_SECONDS", 60.0)
    phc = hasher.hash(PASSWORD)
    answers: list[object] = []
    threads = [ask(hasher, phc, answers) for _ in range(AT_ONCE + WAITING)]
    for _ in range(AT_ONCE):
        assert held.inside.acquire(timeout=30)
    while hasher._admitted._value > 0:  # until the last thread stands in the queue
        threads[-1].join(0.001)
    for turn_away in (
        lambda: hasher.matches(phc, PASSWORD),
        lambda: hasher.matches_nobody(PASSWORD),
        lambda: hasher.hash(PASSWORD),
    ):
        with pytest.raises(Unavailable, match="too many"):
            turn_away()
    assert len(held.seen) == AT_ONCE
    held.gate.set()
    for thread in threads:
        thread.join(60)
    assert answers == [True] * (AT_ONCE + WAITING)
    assert hasher.matches(phc, PASSWORD)


def test_who_waited_too_long_is_turned_away_and_the_room_is_free_again(hasher, held, monkeypatch):
    monkeypatch.setattr(passwords, "LONGEST_WAIT_SECONDS", 0.01)
    phc = hasher.hash(PASSWORD)
    answers: list[object] = []
    threads = [ask(hasher, phc, answers) for _ in range(AT_ONCE)]
    for _ in range(AT_ONCE):
        assert held.inside.acquire(timeout=30)
    for _ in range(AT_ONCE + WAITING):
        with pytest.raises(Unavailable, match="waited too long"):
            hasher.matches(phc, PASSWORD)
    held.gate.set()
    for thread in threads:
        thread.join(60)
    assert answers == [True] * AT_ONCE
    assert hasher.matches(phc, PASSWORD)


def test_a_hash_that_fails_gives_its_room_back(hasher):
    broken = "$argon2id$v=19$m=64,t=1,p=1$*$*"
    for _ in range(3 * (AT_ONCE + WAITING)):
        with pytest.raises(Unavailable, match="cannot be read"):
            hasher.matches(broken, PASSWORD)
