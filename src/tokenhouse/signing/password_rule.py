"""What a password has to be that a person chooses: long, and not easy to guess.

It is judged in NFC, as it is hashed. There are no rules about which characters it is made of:
they lead to passwords such as `Password2026!!`, which are among the first that anyone tries.
"""

import re
import unicodedata
from threading import Lock
from typing import Any, Final

from tokenhouse.core.credential import Secret
from tokenhouse.core.principal import LEAST_PASSWORD_CHARACTERS
from tokenhouse.signing.passwords import MAX_PASSWORD_BYTES

MAX_CHARACTERS: Final = 1024
"""As typed; sign-in takes no more."""
LEAST_GUESSES: Final = 10**10
"""How often somebody clever has to guess, as estimated: see docs/decisions for why so often."""
LEAST_BESIDE_NAMES: Final = 8
"""Characters that belong to no name that is known with it: names in a row are soon tried."""

_PRODUCT: Final = "tokenhouse"
_JUDGED: Final = 72
"""What zxcvbn looks at, at most: its work grows faster than the length."""
_SHORTEST_NAME: Final = 3
_WORD: Final = re.compile(r"\w+")

_ADVICE: Final = "; take four unrelated words, or let a password manager choose"
_NAMES: Final = "it is made of names that anyone can find out"
_WHY: Final = {
    "repeat": "it repeats itself",
    "sequence": "it is a sequence such as abc or 123",
    "spatial": "it follows the keys of a keyboard",
    "date": "it is made of a date",
    "regex": "it is made of a year",
}


class WellChosen:
    """Fulfils `PasswordRule`, for a person who signs in with nothing but the password."""

    def __init__(self) -> None:
        self._one_at_a_time = Lock()

    def fault(self, password: Secret, known: tuple[str, ...]) -> str | None:
        """What is wrong with a password, in words that do not quote it; None when nothing is."""
        typed = password.reveal()
        if any(unicodedata.category(character) in {"Cc", "Cs"} for character in typed):
            return "has a control character, which cannot be typed when signing in"
        if len(typed) > MAX_CHARACTERS or len(typed.encode()) > MAX_PASSWORD_BYTES:
            return f"is longer than {MAX_CHARACTERS} characters"
        text = unicodedata.normalize("NFC", typed)
        if len(text) < LEAST_PASSWORD_CHARACTERS:
            return f"is shorter than {LEAST_PASSWORD_CHARACTERS} characters"
        # Who guesses the whole has guessed each part: one hard part is enough.
        parts = (text,) if len(text) <= _JUDGED else (text[:_JUDGED], text[-_JUDGED:])
        faults = [self._weakness(part, _words(known)) for part in parts]
        return f"is easy to guess: {faults[0]}{_ADVICE}" if all(faults) else None

    def _weakness(self, text: str, words: list[str]) -> str | None:
        """What makes a text take few guesses; None when it takes many."""
        from zxcvbn import zxcvbn  # 20 MiB of lists, for which a verifying process has no use

        with self._one_at_a_time:  # it keeps the words that are given to it in a place of its own
            found: dict[str, Any] = zxcvbn(text, user_inputs=words, max_length=_JUDGED)
        if found["guesses"] < LEAST_GUESSES:
            return _why(found["sequence"])
        return _NAMES if _beside(text, words) < LEAST_BESIDE_NAMES else None


def _words(known: tuple[str, ...]) -> list[str]:
    """What is known, whole and in words, without regard to case."""
    whole = [unicodedata.normalize("NFC", text).lower() for text in known]
    parts = [word for text in whole for word in _WORD.findall(text)]
    words = dict.fromkeys((_PRODUCT, *whole, *parts))
    return [word for word in words if len(word) >= _SHORTEST_NAME]


def _beside(text: str, words: list[str]) -> int:
    """How many characters are left when these words are taken out, written either way."""
    left = text.lower()
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, " ").replace(word[::-1], " ")
    return len("".join(left.split()))


def _why(sequence: list[dict[str, Any]]) -> str:
    longest = max(sequence, key=lambda match: len(match["token"]))
    if longest["pattern"] != "dictionary":
        return _WHY.get(longest["pattern"], "it is too simple")
    if longest["dictionary_name"] == "user_inputs":
        return _NAMES
    if longest["dictionary_name"] == "passwords":
        return "it is made of a password that many people use"
    return "it is made of too few common words or names"
