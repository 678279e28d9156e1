"""Recovery codes: read as people type them, and known by a digest that is one person's alone."""

import os
from uuid import uuid4

import pytest

from tokenhouse.core import recovery_code
from tokenhouse.core.recovery_code import RANDOM_BYTES, digest, make

ANNA, BEA = uuid4(), uuid4()


def test_a_code_is_known_however_it_is_typed():
    code = make(os.urandom(RANDOM_BYTES)).reveal()
    typed = (code.upper(), code.replace("-", ""), code.replace("-", " "), f" {code}\n")
    assert {digest(ANNA, one) for one in typed} == {digest(ANNA, code)}


def test_letters_that_are_misread_for_digits_are_those():
    assert digest(ANNA, "OIL0" * 6) == digest(ANNA, "0110" * 6)


def test_the_same_code_of_somebody_else_is_another():
    code = make(os.urandom(RANDOM_BYTES)).reveal()
    assert digest(ANNA, code) != digest(BEA, code)


@pytest.mark.parametrize("typed", ["", "123456", "k3v9", "u" * 24, "0" * 25, "é" * 24])
def test_what_has_another_form_is_none(typed: str):
    assert digest(ANNA, typed) is None


def test_every_bit_counts_and_none_is_printed():
    assert make(bytes(15)).reveal() == "-".join(["0000"] * 6)
    assert make(b"\xff" * 15).reveal() == "-".join(["zzzz"] * 6)
    texts = {make((1 << place).to_bytes(15, "big")).reveal() for place in range(120)}
    assert len(texts) == recovery_code.CHARACTERS * 5
    assert "0000" not in repr(make(bytes(15)))
    with pytest.raises(ValueError, match="15"):
        make(bytes(14))
