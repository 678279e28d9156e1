"""Principals: one e-mail address, one person, however it is spelled."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.records import BOUNDED
from tokenhouse.core.principal import DEPLOYMENT, Password, canonical_email

LETTERS = st.text(st.characters(codec="utf-8"), max_size=12)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("ada@firm.example", "ada@firm.example"),
        ("Ada@Firm.EXAMPLE", "ada@firm.example"),
        ("  ada@firm.example\t\n", "ada@firm.example"),
        ("a\u0308da@firm.example", "äda@firm.example"),
        ("A\u0308da@firm.example", "äda@firm.example"),
        ("STRASSE@firm.example", "strasse@firm.example"),
        ("straße@firm.example", "strasse@firm.example"),
        ("STRA\u1e9eE@firm.example", "strasse@firm.example"),
        ("\u212aelvin@firm.example", "kelvin@firm.example"),
        ("ΟΔΟΣ@firm.example", "οδοσ@firm.example"),
        ("οδος@firm.example", "οδοσ@firm.example"),
        ("\ufb01rm@firm.example", "firm@firm.example"),
        ("\u01f0an@firm.example", "\u01f0an@firm.example"),
        ("\u03b1\u0345\u0301@firm.example", "\u03ac\u03b9@firm.example"),
        ("\u0130da@firm.example", "i\u0307da@firm.example"),
        ("I\u0307da@firm.example", "i\u0307da@firm.example"),
        ("Ida@firm.example", "ida@firm.example"),
        ("\u0131da@firm.example", "\u0131da@firm.example"),
    ],
)
def test_an_address_has_one_canonical_form(written: str, canonical: str) -> None:
    assert canonical_email(written) == canonical


def test_the_four_turkish_letters_i_are_three_people_the_same_in_every_locale() -> None:
    forms = {canonical_email(f"{letter}@x") for letter in ("i", "I", "\u0130", "\u0131")}
    assert forms == {"i@x", "i\u0307@x", "\u0131@x"}


def test_look_alike_letters_of_another_script_stay_other_people() -> None:
    assert canonical_email("аda@firm.example") != canonical_email("ada@firm.example")


@BOUNDED
@given(LETTERS)
def test_the_canonical_form_of_a_canonical_form_is_itself(text: str) -> None:
    once = canonical_email(text)
    assert canonical_email(once) == once


def test_the_canonical_form_is_stable_for_every_single_character() -> None:
    for point in range(0x110000):
        if 0xD800 <= point < 0xE000:
            continue
        once = canonical_email(chr(point))
        assert canonical_email(once) == once, hex(point)


@BOUNDED
@given(LETTERS)
def test_canonically_equal_spellings_are_one_address(text: str) -> None:
    assert canonical_email(unicodedata.normalize("NFD", text)) == canonical_email(
        unicodedata.normalize("NFC", text)
    )


@BOUNDED
@given(LETTERS)
def test_lower_case_and_folded_case_are_one_address(text: str) -> None:
    assert canonical_email(text.casefold()) == canonical_email(text)


def test_a_passwords_record_does_not_print_its_hash() -> None:
    kept = Password(DEPLOYMENT, 1, "$argon2id$v=19$secret")
    assert "argon2" not in f"{kept!r} {kept!s} {kept}"
