"""Names of files that clients send: read only to refuse those that could be more than a name.

No name that a client sends is ever used, for a path or anything else.
"""

import re
import unicodedata
from typing import Final
from urllib.parse import unquote

MAX_FILE_NAME_BYTES: Final = 255

_PLACES: Final = re.compile(r'[/\\:*?"<>|]')
_HIDDEN: Final = re.compile(r"%(?:2[2f]|5c|0[0ad])", re.IGNORECASE)
_EXTENDED: Final = re.compile(r"utf-8'[A-Za-z0-9-]*'((?:%[0-9A-F]{2}|[^%'\s])+)", re.IGNORECASE)
_DEVICES: Final = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|com\d|lpt\d)(?:\..*)?", re.IGNORECASE
)
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def fault_of(parameter: str, text: str) -> str | None:
    """What is wrong with the file name in `filename` or `filename*`; None where nothing is.

    An empty one is none, and good: a form from which no file was chosen sends it.
    """
    name = text
    if parameter == "filename*" and text:
        extended = _EXTENDED.fullmatch(text)
        if extended is None:
            return "has a file name that is not percent-encoded UTF-8"
        try:
            name = unquote(extended[1], errors="strict")
        except UnicodeDecodeError:
            return "has a file name that is not percent-encoded UTF-8"
    if len(name.encode()) > MAX_FILE_NAME_BYTES:
        return f"has a file name of more than {MAX_FILE_NAME_BYTES} bytes"
    if any(unicodedata.category(character) in _UNSEEN for character in name):
        return "has a file name with a character that cannot be seen"
    if _PLACES.search(name) or _HIDDEN.search(name) or (name and not name.strip(" .")):
        return "has a file name that could be a place"
    if _DEVICES.fullmatch(name.rstrip(" .")):
        return "has a file name that means a device somewhere"
    return None
