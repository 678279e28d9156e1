"""A cookie says when it was last in use, and nobody else can; a form says whose it is."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from engines import opened
from linking import refusal_of
from stage import CLIENT, MovedClock, Stage
from tokenhouse.core.credential import Secret
from tokenhouse.core.moment import MINUTE, SECOND
from tokenhouse.core.refusal import Code
from tokenhouse.operations.browsing import IDLE_FOR, Browsing
from tokenhouse.signing.places import KeyFile


@pytest.fixture
def stages(tmp_path: Path) -> Iterator[tuple[Stage, Stage]]:
    """Two deployments, each with its master key; both clocks stand at a whole minute."""
    with ExitStack() as stack:
        made = []
        for name in ("one", "other"):
            (directory := tmp_path / name).mkdir()
            clock = MovedClock()
            kept = stack.enter_context(opened("memory", directory, clock, lambda _: None))
            made.append(Stage(*kept, clock, directory))
        yield made[0], made[1]


@pytest.fixture
def stage(stages: tuple[Stage, Stage]) -> Stage:
    return stages[0]


@pytest.fixture
def browsing(stage: Stage) -> Browsing:
    return stage.authority.browsing


@pytest.fixture
def secret(stage: Stage) -> Secret:
    return stage.sign_in(opaque=True).secret


def text(browsing: Browsing, value: str) -> str | None:
    found = browsing.open(value)
    return None if found is None else found.secret.reveal()


def test_a_cookie_holds_its_sign_in_and_the_minute_of_its_last_use(
    stage: Stage, browsing: Browsing, secret: Secret
):
    value = browsing.seal(secret)
    assert text(browsing, value) == secret.reveal()
    kept, stamp, tag = value.split(".")
    assert kept == secret.reveal()
    assert int(stamp, 36) == stage.clock.now() // MINUTE
    assert len(tag) == 43


def test_a_cookie_is_to_be_sealed_again_once_a_minute_passed(
    stage: Stage, browsing: Browsing, secret: Secret
):
    value = browsing.seal(secret)
    for passed, stale in ((0, False), (59 * SECOND, False), (1 * SECOND, True)):
        stage.clock.moment += passed
        found = browsing.open(value)
        assert found is not None
        assert found.stale is stale
    again = browsing.seal(secret)
    assert again != value
    found = browsing.open(again)
    assert found is not None
    assert not found.stale


def test_it_ends_half_an_hour_after_its_last_use(stage: Stage, browsing: Browsing, secret: Secret):
    assert IDLE_FOR == 30 * MINUTE
    value = browsing.seal(secret)
    stage.clock.moment += 29 * MINUTE + 59 * SECOND
    assert text(browsing, value) == secret.reveal()
    again = browsing.seal(secret)
    stage.clock.moment += 2 * SECOND
    refusal = refusal_of(lambda: browsing.open(value))
    assert refusal.code is Code.UNAUTHENTICATED
    assert "30 minutes" in refusal.public
    assert secret.reveal() not in refusal.public
    assert text(browsing, again) == secret.reveal()


def test_within_its_last_minute_it_ends_earlier_and_never_later(
    stage: Stage, browsing: Browsing, secret: Secret
):
    stage.clock.moment += 59 * SECOND
    value = browsing.seal(secret)
    stage.clock.moment += 29 * MINUTE
    assert text(browsing, value) == secret.reveal()
    stage.clock.moment += 2 * SECOND
    assert refusal_of(lambda: browsing.open(value)).code is Code.UNAUTHENTICATED


def test_a_stamp_from_the_future_is_not_ours_but_for_a_minute_of_another_node(
    stage: Stage, browsing: Browsing, secret: Secret
):
    value = browsing.seal(secret)
    stage.clock.moment -= MINUTE
    assert text(browsing, value) == secret.reveal()
    stage.clock.moment -= 1
    assert browsing.open(value) is None


def test_no_neighbour_of_a_cookie_by_one_character_is_ours(browsing: Browsing, secret: Secret):
    value = browsing.seal(secret)
    for place, character in enumerate(value):
        for other in "0aZ_-.= ":
            if other != character:
                assert browsing.open(value[:place] + other + value[place + 1 :]) is None
    assert browsing.open(value[:-1]) is None
    assert browsing.open(value + "=") is None
    assert browsing.open(value + "\n") is None


@pytest.mark.parametrize("value", ["", ".", "..", "a.b.c", "\u00e9" * 43, "0" * 100_000])
def test_what_is_no_cookie_at_all_is_not_ours(browsing: Browsing, value: str):
    assert browsing.open(value) is None


def test_a_cookie_is_not_made_younger_nor_another_sign_in_out_of_its_parts(
    stage: Stage, browsing: Browsing, secret: Secret
):
    other = stage.sign_in(CLIENT, opaque=True).secret
    kept, stamp, tag = browsing.seal(secret).split(".")
    stage.clock.moment += 5 * MINUTE
    _, later, tag_of_other = browsing.seal(other).split(".")
    for forged in (
        f"{kept}.{later}.{tag}",
        f"{kept}.{later}.{tag_of_other}",
        f"{other.reveal()}.{stamp}.{tag}",
        f"{kept}.{stamp}.{browsing.form_token(secret)}",
        f"{kept}.0{stamp}.{tag}",
        f"{kept}.{stamp.upper()}.{tag}",
    ):
        assert browsing.open(forged) is None


def test_another_deployment_knows_neither_its_cookie_nor_its_forms(
    stages: tuple[Stage, Stage], secret: Secret
):
    one, other = (stage.authority.browsing for stage in stages)
    assert other.open(one.seal(secret)) is None
    assert not other.is_form_token(secret, one.form_token(secret))


def test_a_new_master_key_ends_what_browsers_keep(stage: Stage, browsing: Browsing, secret: Secret):
    value, token = browsing.seal(secret), browsing.form_token(secret)
    place = KeyFile(stage.directory / "master.key", os.urandom)
    with place.replaced() as master:
        stage.parts.keys().rewrap(master.id)
    assert browsing.open(value) is None
    assert not browsing.is_form_token(secret, token)
    assert text(browsing, browsing.seal(secret)) == secret.reveal()


def test_a_form_is_of_one_sign_in(stage: Stage, browsing: Browsing, secret: Secret):
    other = stage.sign_in(opaque=True).secret
    token = browsing.form_token(secret)
    stage.clock.moment += 10 * MINUTE
    assert browsing.is_form_token(secret, token)
    assert not browsing.is_form_token(other, token)
    cookie_tag = browsing.seal(secret).rpartition(".")[2]
    for forged in ("", token[:-1], f"{token}=", token.swapcase(), cookie_tag, "\u00e9"):
        assert not browsing.is_form_token(secret, forged)
