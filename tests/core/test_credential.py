"""The string a holder presents: no neighbour of a valid one is accepted."""

import hashlib
import random
import string
import zlib
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.records import BOUNDED
from tokenhouse.core.credential import (
    ALPHABET,
    CHECKSUM_CHARACTERS,
    MAX_CHARACTERS,
    RANDOM_BYTES,
    RANDOM_CHARACTERS,
    Opaque,
    Signed,
    fingerprint,
    hint,
    mint,
    recognise,
)

RANDOM = st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES)
SAMPLE = mint("th", "o", bytes(range(RANDOM_BYTES))).reveal()
STRANGE = " \t\n\r\x00\x7f\x85\xa0éßıſ\u212a０１ａＡоОа\u200b\ufeff\u0301\u0661\u0967"
ANY_CHARACTERS = ALPHABET + string.punctuation + STRANGE


def _checked(body: str) -> str:
    """Give a body the checksum of the format, computed apart from the code under test."""
    number, digits = zlib.crc32(body.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = (string.digits + string.ascii_uppercase + string.ascii_lowercase)[digit] + digits
    return body + digits


def _substituted(text: str) -> Iterator[str]:
    for place, was in enumerate(text):
        for other in ANY_CHARACTERS:
            if other != was:
                yield text[:place] + other + text[place + 1 :]


def _inserted(text: str) -> Iterator[str]:
    for place in range(len(text) + 1):
        for other in ANY_CHARACTERS:
            yield text[:place] + other + text[place:]


def _deleted(text: str) -> Iterator[str]:
    for start in range(len(text)):
        for end in range(start + 1, len(text) + 1):
            yield text[:start] + text[end:]


def _swapped(text: str) -> Iterator[str]:
    for one in range(len(text)):
        for other in range(one + 1, len(text)):
            letters = list(text)
            letters[one], letters[other] = letters[other], letters[one]
            if "".join(letters) != text:
                yield "".join(letters)


def _recased(text: str) -> Iterator[str]:
    yield from {text.upper(), text.lower(), text.swapcase(), text.title()} - {text}
    for place, was in enumerate(text):
        if was.swapcase() != was:
            yield text[:place] + was.swapcase() + text[place + 1 :]


def _padded(text: str) -> Iterator[str]:
    for pad in ("=", "==", " ", "\n", "\r\n", "\t", "\x00", "\x0b", "\x85", "\xa0", "\u2028", "."):
        yield from (text + pad, pad + text, pad + text + pad)
    yield from (text + text, f'"{text}"', f"Token {text}", f"{text},{text}", f"{text};")


def _look_alikes(text: str) -> Iterator[str]:
    wide = {chr(point): chr(point + 0xFEE0) for point in range(0x21, 0x7F)}
    cyrillic = dict(zip("aceopxyABCEHKMOPTX", "асеорхуАВСЕНКМОРТХ", strict=True))
    digits = {str(n): chr(zero + n) for zero in (0x660, 0x966, 0x1D7CE) for n in range(10)}
    for table in (wide, cyrillic, digits):
        yield "".join(table.get(letter, letter) for letter in text)
        for place, was in enumerate(text):
            yield text[:place] + table.get(was, "\u00e9") + text[place + 1 :]
    yield from (f"\ufeff{text}", f"{text}\u200b", f"{text}\u0301", f"\u202e{text}")


@pytest.mark.parametrize(
    "neighbours",
    [_substituted, _inserted, _deleted, _swapped, _recased, _padded, _look_alikes],
)
def test_no_neighbour_of_a_valid_string_is_recognised(neighbours) -> None:
    assert recognise(SAMPLE, "th") is not None
    seen = set(neighbours(SAMPLE))
    assert len(seen) > 15
    assert SAMPLE not in seen
    assert [text for text in seen if recognise(text, "th") is not None] == []


@BOUNDED
@given(RANDOM, st.integers(0, 200), st.sampled_from(ANY_CHARACTERS))
def test_no_substitution_in_any_string_is_recognised(
    entropy: bytes, place: int, other: str
) -> None:
    text = mint("th", "p", entropy).reveal()
    place %= len(text)
    if text[place] != other:
        assert recognise(text[:place] + other + text[place + 1 :], "th") is None


@BOUNDED
@given(st.text(max_size=60))
def test_recognition_takes_any_text_without_stumbling(text: str) -> None:
    assert not isinstance(recognise(text, "th"), Opaque)


@pytest.mark.parametrize("text", ["\ud800", "tho_\udcff" + "0" * 35, SAMPLE[:-1] + "\udc80"])
def test_a_lone_surrogate_is_not_ours_and_no_failure(text: str) -> None:
    assert recognise(text, "th") is None


@BOUNDED
@given(RANDOM, st.sampled_from(string.ascii_lowercase))
def test_what_was_minted_is_recognised_by_its_letter_and_whole_fingerprint(
    entropy: bytes, letter: str
) -> None:
    text = mint("th", letter, entropy).reveal()
    digest = hashlib.sha256(text.encode()).digest()
    assert recognise(text, "th") == Opaque(letter=letter, fingerprint=digest)
    assert fingerprint(text) == digest


def test_another_letter_under_a_right_checksum_keeps_the_form_but_not_the_fingerprint() -> None:
    ours = recognise(SAMPLE, "th")
    other = recognise(_checked("thp" + SAMPLE[3:-CHECKSUM_CHARACTERS]), "th")
    assert isinstance(ours, Opaque)
    assert isinstance(other, Opaque)
    assert (ours.letter, other.letter) == ("o", "p")
    assert ours.fingerprint != other.fingerprint


@pytest.mark.parametrize("brand", ["t", "tho", "ht", "TH", "th2", "", "th_", "to"])
def test_a_string_of_another_brand_is_not_ours(brand: str) -> None:
    assert recognise(SAMPLE, brand) is None


def test_brands_whose_names_overlap_do_not_take_each_others_strings() -> None:
    longer = mint("tho", "p", bytes(RANDOM_BYTES)).reveal()
    assert recognise(longer, "th") is None
    assert isinstance(recognise(longer, "tho"), Opaque)


def test_the_form_of_a_string_is_frozen() -> None:
    assert mint("th", "o", bytes(RANDOM_BYTES)).reveal() == _checked("tho_" + "0" * 30)
    one = bytes(RANDOM_BYTES - 1) + b"\x3d"
    assert mint("th", "o", one).reveal() == _checked("tho_" + "0" * 29 + "z")
    assert mint("th", "o", b"\xff" * 32).reveal() == "tho_L1YmHWZWm8LLG7HjnuCA2j5rOw8Xp12QQTV9"
    assert SAMPLE == "tho_CTQj2uNU3MFagCXG9LRKRcwGkBIDlf3oDGIF"


@BOUNDED
@given(RANDOM)
def test_a_string_is_its_randomness_reduced_to_thirty_base62_digits(entropy: bytes) -> None:
    text = mint("th", "o", entropy).reveal()
    number = 0
    for letter in text[4 : 4 + RANDOM_CHARACTERS]:
        number = number * 62 + ALPHABET.index(letter)
    assert number == int.from_bytes(entropy, "big") % 62**30
    assert text == _checked(text[:-CHECKSUM_CHARACTERS])


def _minted(count: int) -> list[str]:
    source = random.Random(20260101)
    return [mint("th", "o", source.randbytes(RANDOM_BYTES)).reveal() for _ in range(count)]


def _chi_squared(letters: Counter[str]) -> float:
    expected = letters.total() / 62
    return sum((letters[letter] - expected) ** 2 / expected for letter in ALPHABET)


CRITICAL = 109.0
"""Chi-squared with 61 degrees of freedom lies above this once in 7,000 fair draws."""


def test_many_strings_are_all_different_in_secret_and_fingerprint() -> None:
    minted = _minted(5_000)
    assert len(set(minted)) == len({fingerprint(text) for text in minted}) == 5_000


def test_every_one_of_the_thirty_characters_is_uniform() -> None:
    minted = _minted(5_000)
    places = [Counter(text[4 + place] for text in minted) for place in range(RANDOM_CHARACTERS)]
    assert max(map(_chi_squared, places)) < CRITICAL
    assert _chi_squared(sum(places, Counter())) < CRITICAL


def test_the_uniformity_test_would_find_bytes_reduced_one_by_one() -> None:
    source = random.Random(20260101)
    biased = Counter(ALPHABET[byte % 62] for byte in source.randbytes(5_000 * 30))
    assert _chi_squared(biased) > CRITICAL


@pytest.mark.parametrize(
    "brand",
    ["", "t", "T", "TH", "1th", "th_", "toolongbrand", "th\n", "t h", "té", "t\u0661", "th-"],
)
def test_a_brand_outside_its_form_is_refused(brand: str) -> None:
    with pytest.raises(ValueError, match="brand"):
        mint(brand, "o", bytes(RANDOM_BYTES))


@pytest.mark.parametrize("letter", ["", "O", "op", "1", "_", "é", "o\n", "\u0661"])
def test_a_letter_that_could_not_be_recognised_again_is_refused(letter: str) -> None:
    with pytest.raises(ValueError, match="letter"):
        mint("th", letter, bytes(RANDOM_BYTES))


@pytest.mark.parametrize("count", [0, 1, RANDOM_BYTES - 1, RANDOM_BYTES + 1, 64])
def test_another_amount_of_randomness_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="random bytes"):
        mint("th", "o", bytes(count))


@pytest.mark.parametrize("text", ["a.b.c", "eyJ-_.eyJ.c2ln", "a.b." + "c" * (MAX_CHARACTERS - 4)])
def test_three_base64url_parts_are_formed_like_a_signed_token(text: str) -> None:
    signed = recognise(text, "th")
    assert isinstance(signed, Signed)
    assert signed.text.reveal() == text


@pytest.mark.parametrize(
    "text",
    ["", ".", "..", "a.b.", ".b.c", "a..c", "a.b", "a.b.c.d", "a.b.c.d.e", "a.b.c=", "a+.b.c",
     "a/.b.c", " a.b.c", "a.b.c\n", "a.b.\u0441", "a.b.\uff11", "a\x00.b.c",
     "a.b." + "c" * (MAX_CHARACTERS - 3)],
)  # fmt: skip
def test_anything_else_with_dots_is_not_ours(text: str) -> None:
    assert recognise(text, "th") is None


def test_the_hint_is_the_last_four_characters() -> None:
    assert hint(SAMPLE) == SAMPLE[-4:]
