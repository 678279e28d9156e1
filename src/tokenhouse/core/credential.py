"""The string a holder presents, and what we keep of it.

An opaque string is `<brand><kind letter>_` + 30 base62 random characters + 6 base62 characters of
CRC-32 over all that precedes. The checksum is public: anyone can tell a token from noise offline.
It has no security value; the whole string is authenticated by its fingerprint.
"""

import re
import zlib
from functools import lru_cache
from hashlib import sha256
from typing import Final, NoReturn

import msgspec

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
RANDOM_CHARACTERS: Final = 30
CHECKSUM_CHARACTERS: Final = 6
RANDOM_BYTES: Final = 32
"""Random bytes that one string takes: 256 bits reduced to 30 base62 digits, bias 2^-77."""
MAX_CHARACTERS: Final = 8192
"""A longer string is refused unread; proxies stop there too."""

_BEGINNINGS: Final = 32
"""Beginnings of strings kept; there is one to a kind."""
_PAIRS: Final = tuple(high + low for high in ALPHABET for low in ALPHABET)

_BRAND = re.compile(r"[a-z][a-z0-9]{1,7}", re.ASCII)
_LETTER = re.compile(r"[a-z]", re.ASCII)
_OPAQUE = re.compile(rb"([a-z][a-z0-9]{1,7})([a-z])_([0-9A-Za-z]{30})([0-9A-Za-z]{6})", re.ASCII)
_SIGNED = re.compile(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)


class Secret:
    """A string that cannot be printed, logged, compared or serialized by accident."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The string itself. Say it only to the holder, once, or to a hash."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not serialized")


class Opaque(msgspec.Struct, frozen=True):
    """One of our opaque strings by its form: whether we issued it is for the store to say."""

    letter: str
    fingerprint: bytes


class Signed(msgspec.Struct, frozen=True):
    """A string formed like a JWS in compact serialization; nothing in it is believed yet."""

    text: Secret


def fingerprint(text: str) -> bytes:
    """What we keep of an opaque string: SHA-256 over all of it, enough to recognise it."""
    return sha256(text.encode()).digest()


def whole_of(text: Secret) -> bytes:
    """By what a string is known again; nothing for one that is refused unread."""
    string = text._value
    if len(string) > MAX_CHARACTERS:
        return b""
    try:
        return sha256(string.encode()).digest()  # as `fingerprint`, without the calls
    except UnicodeEncodeError:
        return b""


def hint(text: str) -> str:
    """The last four characters, by which people tell their tokens apart."""
    return text[-4:]


def base62(number: int, width: int) -> str:
    """The last digits of a number in base 62, in an even width: two of them at a time."""
    pairs = []
    for _ in range(width // 2):
        number, pair = divmod(number, len(_PAIRS))
        pairs.append(_PAIRS[pair])
    pairs.reverse()
    return "".join(pairs)


def checksum(body: bytes) -> str:
    """The six public characters behind a string of ours, by which noise is told from it."""
    return base62(zlib.crc32(body), CHECKSUM_CHARACTERS)


@lru_cache(_BEGINNINGS)
def _beginning(brand: str, letter: str) -> str:
    if _BRAND.fullmatch(brand) is None:
        raise ValueError("a brand is 2 to 8 lower-case letters and digits")
    if _LETTER.fullmatch(letter) is None:
        raise ValueError("a kind's letter is one lower-case letter")
    return f"{brand}{letter}_"


def mint(brand: str, letter: str, random: bytes) -> Secret:
    """Make an opaque string from RANDOM_BYTES of randomness."""
    beginning = _beginning(brand, letter)
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"a token string takes {RANDOM_BYTES} random bytes")
    number = int.from_bytes(random, "big") % 62**RANDOM_CHARACTERS
    body = beginning + base62(number, RANDOM_CHARACTERS)
    return Secret(body + checksum(body.encode()))


def recognise(text: str, brand: str) -> Opaque | Signed | None:
    """Tell by form alone what a presented string is; None is not ours, whatever it is."""
    if not text.isascii() or len(text) > MAX_CHARACTERS:
        return None
    raw = text.encode()
    if match := _OPAQUE.fullmatch(raw):
        if match[1].decode() != brand or checksum(raw[:-CHECKSUM_CHARACTERS]) != match[4].decode():
            return None
        return Opaque(letter=match[2].decode(), fingerprint=fingerprint(text))
    if _SIGNED.fullmatch(raw):
        return Signed(Secret(text))
    return None
