"""What people and organizations may be called, and what is wrong where they may not."""

import unicodedata

from tokenhouse.core.principal import MAX_EMAIL_CHARACTERS, is_email


def tidy(text: str) -> str:
    """A name as it is kept: NFC, no outer space."""
    return unicodedata.normalize("NFC", text.strip())


def fault_of_name(text: str, longest: int) -> str | None:
    """What is wrong with a name of so many characters at most; None when nothing is."""
    if not text.strip():
        return "is empty"
    if len(tidy(text)) > longest:
        return f"is longer than {longest} characters"
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        return "has a control character"
    return None


def fault_of_email(text: str) -> str | None:
    """What is wrong with an e-mail address; None when nothing is."""
    if len(text) > MAX_EMAIL_CHARACTERS:
        return f"is longer than {MAX_EMAIL_CHARACTERS} characters"
    return None if is_email(text) else "is not an address such as name@example.com"
