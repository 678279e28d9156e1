"""Refusals in the words of RFC 6749, section 5.2."""

from typing import Final

import msgspec

from tokenhouse.boundary import Answer, Request
from tokenhouse.boundary.media import JSON
from tokenhouse.core.refusal import Code, Refused, Unavailable

UNDECIDED: Final = "temporarily_unavailable"
_WORDS: Final = {
    Code.MALFORMED: (400, "invalid_request"),
    Code.TOO_LARGE: (413, "invalid_request"),
    Code.UNAUTHENTICATED: (401, "invalid_client"),
    Code.WRONG_DOOR: (401, "invalid_client"),
    Code.FORBIDDEN: (403, "insufficient_scope"),
    Code.NOT_LISTED: (403, "insufficient_scope"),
    Code.NOT_FOUND: (404, "invalid_request"),
    Code.METHOD: (405, "invalid_request"),
    Code.NOT_ACCEPTABLE: (406, "invalid_request"),
    Code.MEDIA_TYPE: (400, "invalid_request"),
    Code.TOO_MANY: (429, UNDECIDED),
    Code.INVALID_GRANT: (400, "invalid_grant"),
    Code.UNAUTHORIZED_CLIENT: (400, "unauthorized_client"),
    Code.UNSUPPORTED_GRANT: (400, "unsupported_grant_type"),
    Code.INVALID_SCOPE: (400, "invalid_scope"),
}
_HEADERS: Final = (("pragma", "no-cache"),)
_CHALLENGE: Final = ("www-authenticate", 'Basic realm="tokenhouse", charset="UTF-8"')


class Error(msgspec.Struct, frozen=True):
    """A refusal. Programs look at `error`; the sentence may change."""

    error: str
    error_description: str


def refuse(_: Request, refused: Refused | Unavailable) -> Answer:
    """A refusal or our inability; a challenge beside every 401."""
    if isinstance(refused, Unavailable):
        return _written(503, UNDECIDED, "This cannot be decided now. Try again.")
    status, word = _WORDS.get(refused.code, (400, "invalid_request"))
    faults = "; ".join(f"{one.field} {one.sentence}" for one in refused.problems)
    said = f"{refused.public} {faults}." if faults else refused.public
    return _written(status, word, said)


def _written(status: int, word: str, sentence: str) -> Answer:
    body = msgspec.json.encode(Error(word, _plain(sentence)))
    headers = (*_HEADERS, _CHALLENGE) if status == 401 else _HEADERS
    return Answer(status, body, JSON, headers)


def _plain(sentence: str) -> str:
    """In the characters that RFC 6749, 5.2, has for it: ASCII without quotes and backslashes."""
    said = sentence.replace('"', "'").replace("\\", "/").replace("…", "...")
    return said.encode("ascii", "replace").decode()
