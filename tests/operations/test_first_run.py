"""The code from the console: nothing opens without it, and it opens once."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from msgspec.structs import replace

from founding import FOUNDING, Site
from tokenhouse.core.credential import Secret, recognise
from tokenhouse.core.moment import MINUTE
from tokenhouse.core.refusal import Code, Refused, Unavailable
from tokenhouse.kinds import ALL
from tokenhouse.operations.first_run import GOOD_FOR, LETTER, MAX_WRONG, FirstRun
from tokenhouse.operations.found import Founded, Founding

WRONG = Secret("thf_000000000000000000000000000000000000")
NOTHING = Founding("", "", "", Secret(""))


def refused(first_run: FirstRun, code: Secret, founding: Founding = FOUNDING) -> Refused:
    with pytest.raises(Refused) as told:
        first_run(code, founding)
    return told.value


def test_a_code_is_long_and_random_of_our_form_and_of_no_kind(site: Site):
    codes = {site.first_run().start().reveal() for _ in range(10)}
    assert len(codes) == 10
    assert all(recognise(code, "th") is not None and len(code) == 40 for code in codes)
    assert LETTER not in {kind.letter for kind in ALL}


def test_whoever_has_the_code_founds_once(site: Site):
    began: list[bool] = []
    first_run = site.first_run(lambda: began.append(first_run.is_over()))
    code = first_run.start()
    assert not first_run.is_over()
    founded = first_run(code, FOUNDING)
    assert founded.email == "ada@example.com"
    assert began == [True]
    assert refused(first_run, code).code is Code.UNAUTHENTICATED
    assert site.store.head()[0] > 0


@pytest.mark.parametrize("founding", [FOUNDING, NOTHING])
def test_a_wrong_code_opens_nothing_and_tells_nothing(site: Site, founding: Founding):
    first_run = site.first_run()
    code = first_run.start().reveal()
    near = (
        code[:-1],
        code + "0",
        code.swapcase(),
        f" {code}",
        code[:-1] + "\ud800",
        "",
        "0" * 9999,
    )
    for wrong in map(Secret, near):
        told = refused(first_run, wrong, founding)
        assert told.code is Code.UNAUTHENTICATED
        assert told.problems == ()
        assert code not in told.public
    assert site.store.head()[0] == 0


def test_a_wrong_code_costs_no_hash_and_no_judging_of_a_password(
    site: Site, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("tokenhouse.signing.passwords.Argon2Hasher.hash", fail)
    monkeypatch.setattr("tokenhouse.signing.password_rule.WellChosen.fault", fail)
    first_run = site.first_run()
    code = first_run.start()
    assert refused(first_run, WRONG).code is Code.UNAUTHENTICATED
    with pytest.raises(AssertionError):
        first_run(code, FOUNDING)


def test_before_a_code_was_made_none_is_good(site: Site):
    first_run = site.first_run()
    for code in (WRONG, Secret("")):
        assert refused(first_run, code).code is Code.UNAUTHENTICATED


def test_faults_do_not_use_the_code_up(site: Site):
    first_run = site.first_run()
    code = first_run.start()
    for bad in (NOTHING, replace(FOUNDING, password=Secret("passwordpassword"))):
        assert refused(first_run, code, bad).code is Code.MALFORMED
    assert first_run(code, FOUNDING).organization == "Example Corp"


def test_a_founding_that_could_not_be_written_does_not_use_the_code_up(
    site: Site, monkeypatch: pytest.MonkeyPatch
):
    def full(_: object) -> None:
        raise Unavailable("the disk is full")

    first_run = site.first_run()
    code = first_run.start()
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(site.store, "commit", full)
        with pytest.raises(Unavailable):
            first_run(code, FOUNDING)
    assert first_run(code, FOUNDING).organization == "Example Corp"


def test_a_code_is_good_for_an_hour(site: Site):
    first_run = site.first_run()
    code = first_run.start()
    assert GOOD_FOR == 60 * MINUTE
    site.clock.moment += GOOD_FOR - 1
    assert refused(first_run, code, NOTHING).code is Code.MALFORMED
    site.clock.moment += 1
    assert refused(first_run, code).code is Code.UNAUTHENTICATED
    assert site.store.head()[0] == 0
    assert first_run(first_run.start(), FOUNDING).organization == "Example Corp"


def test_a_new_code_ends_the_one_before(site: Site):
    first_run = site.first_run()
    old, new = first_run.start(), first_run.start()
    assert refused(first_run, old).code is Code.UNAUTHENTICATED
    first_run(new, FOUNDING)


def test_after_a_hundred_wrong_codes_even_the_right_one_opens_nothing(site: Site):
    first_run = site.first_run()
    code = first_run.start()
    assert MAX_WRONG == 100
    for _ in range(MAX_WRONG - 1):
        refused(first_run, WRONG)
    assert refused(first_run, code, NOTHING).code is Code.MALFORMED
    refused(first_run, WRONG)
    assert refused(first_run, code).code is Code.TOO_MANY
    assert refused(first_run, first_run.start()).code is Code.TOO_MANY
    assert site.store.head()[0] == 0


def test_many_guessers_at_once_have_no_more_tries_than_one(site: Site):
    first_run = site.first_run()
    first_run.start()
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda _: refused(first_run, WRONG).code, range(150)))
    assert codes.count(Code.UNAUTHENTICATED) == MAX_WRONG


def test_of_many_at_once_with_the_right_code_one_founds(site: Site):
    first_run = site.first_run()
    code = first_run.start()

    def found(place: int) -> Founded | Code:
        try:
            return first_run(code, replace(FOUNDING, email=f"a{place}@example.com"))
        except Refused as told:
            return told.code

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(found, range(4)))
    (founded,) = (one for one in outcomes if isinstance(one, Founded))
    assert {one for one in outcomes if one is not founded} <= {
        Code.ALREADY_DONE,
        Code.UNAUTHENTICATED,
    }
    emails = [f"a{place}@example.com" for place in range(4)]
    assert [email for email in emails if site.store.find_for_sign_in(email)] == [founded.email]


def test_two_processes_with_codes_of_their_own_found_one_deployment(tmp_path: Path):
    with_one, with_other = Site.on_sqlite(tmp_path), Site.on_sqlite(tmp_path)
    one, other = with_one.first_run(), with_other.first_run()
    code, foreign = one.start(), other.start()
    assert refused(other, code).code is Code.UNAUTHENTICATED
    one(code, FOUNDING)
    assert other.is_over()
    assert refused(other, foreign).code is Code.ALREADY_DONE
    with_one.store.close()
    with_other.store.close()


def test_the_code_is_in_no_file_and_in_nothing_that_prints(tmp_path: Path):
    site = Site.on_sqlite(tmp_path)
    first_run = site.first_run()
    code = first_run.start()
    first_run(code, FOUNDING)
    site.store.close()
    assert code.reveal() not in repr(vars(first_run))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 2
    for path in files:
        assert code.reveal()[4:34].encode() not in path.read_bytes(), path


def test_the_code_takes_its_randomness_from_where_it_is_told(tmp_path: Path):
    asked: list[int] = []

    def entropy(size: int) -> bytes:
        asked.append(size)
        return os.urandom(size)

    site = Site.in_memory(tmp_path)
    FirstRun(site.found(), site.clock, entropy, "th").start()
    assert asked == [32]
