"""What a password has to be that a person chooses: long and not easy to guess, nothing more."""

import base64
import itertools
import os
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenhouse.core.credential import Secret
from tokenhouse.core.principal import LEAST_PASSWORD_CHARACTERS
from tokenhouse.signing.password_rule import MAX_CHARACTERS, WellChosen

KNOWN = ("Nordlicht Energie", "anna@nordlicht.example", "Anna Lind")
RULE = WellChosen()


def fault(password: str) -> str | None:
    return RULE.fault(Secret(password), KNOWN)


EASY = {
    "passwordpassword": "repeats itself",
    "aaaaaaaaaaaaaaa": "repeats itself",
    "               ": "repeats itself",
    "P@ssw0rdP@ssw0rd": "repeats itself",
    "tokenhousetokenhouse": "repeats itself",
    "Nordlicht EnergieNordlicht Energie": "repeats itself",
    "Nordlicht Energie Nordlicht Energie": "names that anyone can find out",
    "anna@nordlicht.example": "names that anyone can find out",
    "tokenhouse2026!": "names that anyone can find out",
    "Anna Lind 1987.": "names that anyone can find out",
    "dnilannaeigrenethcildron": "names that anyone can find out",
    "T0k3nh0useNordlicht": "names that anyone can find out",
    "123456789012345": "a password that many people use",
    "abcdefghijklmnop": "it is a sequence",
    "qwertyuiopasdfgh": "a password that many people use",
    "qwertyuiopasdfghjklzxcvbnm": "a password that many people use",
    "1qaz2wsx3edc4rfv": "a password that many people use",
    "mnbvcxzlkjhgfdsa": "a password that many people use",
    "/.,mnbvcxz;lkjhg": "keys of a keyboard",
    "LindAnnaNordlichtEnergie1": "names that anyone can find out",
    "administrator2026": "common words or names",
    "a" * 72: "repeats itself",
    "a" * MAX_CHARACTERS: "repeats itself",
    "passwordpassword" * 10: "repeats itself",
}


@pytest.mark.parametrize(("password", "why"), EASY.items())
def test_what_is_easy_to_guess_is_refused_with_the_cause_and_not_repeated(password: str, why: str):
    told = fault(password)
    assert told is not None
    assert told.startswith("is easy to guess: ")
    assert why in told
    assert password not in told
    assert password[:9] not in told


@pytest.mark.parametrize(
    "password",
    [
        "walnut glacier spindle",
        "river-copper-lantern",
        "correct horse battery staple",
        "correcthorsebattery",
        "sommerregenkatzenbaum",
        "日本語のパスワードは長い方が良い",
        "zK4w9QpLm2XyTr7",
        "  leading and trailing count  ",
        *(base64.b32encode(os.urandom(12)).decode()[:15] for _ in range(5)),
        base64.b64encode(os.urandom(60)).decode(),
        base64.b64encode(os.urandom(700)).decode(),
        "walnut glacier spindle " * 4,
        "a" * 80 + "walnut glacier spindle",
        "\U0001f511" * (MAX_CHARACTERS - 22) + "walnut glacier spindle",
    ],
    ids=itertools.count(),
)
def test_what_is_hard_to_guess_is_taken_whatever_it_is_made_of(password: str):
    assert fault(password) is None


def test_a_password_is_counted_in_the_form_in_which_it_is_hashed():
    composed = "üöäüwxkqpzvöäüß"
    assert len(composed) == LEAST_PASSWORD_CHARACTERS
    for form in ("NFC", "NFD"):
        assert fault(unicodedata.normalize(form, composed)) is None
        short = fault(unicodedata.normalize(form, composed[1:]))
        assert short == f"is shorter than {LEAST_PASSWORD_CHARACTERS} characters"


def test_what_sign_in_would_not_take_is_refused():
    strong = base64.b64encode(os.urandom(800)).decode()
    assert fault(strong[:MAX_CHARACTERS]) is None
    assert fault(strong[: MAX_CHARACTERS + 1]) == f"is longer than {MAX_CHARACTERS} characters"
    for control in ("\n", "\x00", "\x85", "\ud800"):
        told = fault(f"walnut glacier{control} spindle")
        assert told is not None
        assert "control character" in told


@settings(max_examples=60, derandomize=True, database=None, deadline=None)
@given(
    st.text(st.characters(), max_size=100),
    st.tuples(*[st.text(st.characters(), max_size=30)] * 3),
)
def test_no_text_is_too_strange_to_be_judged(text: str, known: tuple[str, ...]):
    told = RULE.fault(Secret(text), known)
    assert told is None or len(text) < 15 or text not in told


def test_two_at_once_are_judged_by_their_own_words():
    def is_taken(place: int) -> bool:
        name = ("Quxlavendish", "Zobranthemum")[place % 2]
        return RULE.fault(Secret(f"{name}password"), (name,)) is None

    assert RULE.fault(Secret("Quxlavendishpassword"), ()) is None, "hard for who knows no name"
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # so that threads meet within the judging
    try:
        with ThreadPoolExecutor(8) as pool:
            assert not any(pool.map(is_taken, range(200)))
    finally:
        sys.setswitchinterval(usual)
