"""What a browser is given to have a passkey answer it (WebAuthn level 3, section 5.5)."""

from base64 import urlsafe_b64encode
from typing import Final

import msgspec

from tokenhouse.boundary import Answer
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.core.second_factor import CHALLENGE_GOOD_FOR
from tokenhouse.faces.console.form import Form
from tokenhouse.faces.console.visit import Visit, sent
from tokenhouse.operations.passkeys import Asked

PATH: Final = "/console/challenge"
_FOR: Final = "for"
_MILLISECOND: Final = 1_000


class _Credential(msgspec.Struct):
    id: str
    type: str = "public-key"


class _Options(msgspec.Struct, rename="camel"):
    challenge: str
    rp_id: str
    allow_credentials: tuple[_Credential, ...]
    user_verification: str = "required"
    timeout: int = CHALLENGE_GOOD_FOR // _MILLISECOND


def options(asked: Asked, credential_ids: tuple[bytes, ...]) -> Answer:
    """The options of one question; no ids: whichever passkey the browser has for us."""
    body = _Options(
        _unpadded(asked.challenge),
        asked.rp_id,
        tuple(_Credential(_unpadded(one)) for one in credential_ids),
    )
    return Answer(200, msgspec.json.encode(body), "application/json")


def _unpadded(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _challenge(visit: Visit) -> Answer:
    """For the form that is about to be sent to the path that the field `for` names."""
    path = visit.form.one(_FOR)
    if not path.startswith("/console/"):
        raise Refused(Code.MALFORMED, "Say which form is to be confirmed.")
    form = Form(tuple(field for field in visit.form.fields if field[0] != _FOR))
    asked = visit.authority.passkeys.challenge_for(visit.caller, form.deed(path))
    factors = visit.authority.my_factors.show(visit.caller)
    return options(asked, tuple(one.credential_id for one in factors.passkeys))


ROUTES: Final = (sent(PATH, _challenge),)
