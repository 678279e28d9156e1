"""Adding and removing a passkey. The browser makes it, which takes a script."""

from base64 import urlsafe_b64encode
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.boundary import Answer, parse_id
from tokenhouse.core.credential import Secret
from tokenhouse.core.moment import SECOND
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.core.second_factor import CHALLENGE_GOOD_FOR, MAX_LABEL
from tokenhouse.faces.console.settings.done import PATH, codes_or_done, done
from tokenhouse.faces.console.settings.sheet import LONGEST_ANSWER, Sheet, again
from tokenhouse.faces.console.visit import Visit, sent
from tokenhouse.operations.confirming import Evidence
from tokenhouse.operations.passkeys import Creating

_PATH: Final = f"{PATH}/passkeys"
_ALGORITHMS: Final = (-8, -7, -257)
"""Ed25519, ES256, RS256 by their numbers in COSE, the preferred one first."""


def _begin(visit: Visit, evidence: Evidence) -> Answer:
    label = _label(visit)
    creating = visit.authority.passkeys.begin(visit.caller, evidence)
    answer = visit.page(
        "settings/passkey_make.html",
        action=f"{_PATH}/finish",
        label=label,
        options=msgspec.json.encode(_options(creating)).decode(),
        faults={},
    )
    return replace(answer, delay=creating.delay)


def _finish(visit: Visit) -> Answer:
    """What the browser made is good once. Whoever is refused begins again."""
    credential = Secret(visit.form.one("credential")[:LONGEST_ANSWER])
    try:
        made = visit.authority.passkeys.finish(visit.caller, _label(visit), credential)
    except Refused as refused:
        return again(
            refused,
            lambda faults, status: visit.page(
                "settings/passkey_failed.html", status, faults=faults, begin=_PATH
            ),
        )
    return codes_or_done(visit, made.codes, "passkey")


def _label(visit: Visit) -> str:
    label = " ".join(visit.form.one("label").split())
    if not label or len(label) > MAX_LABEL or not label.isprintable():
        problem = Problem("label", f"takes 1 to {MAX_LABEL} characters that can be seen")
        raise Refused(Code.MALFORMED, "The passkey needs another name.", (problem,))
    return label


def _options(creating: Creating) -> dict[str, Any]:
    """`PublicKeyCredentialCreationOptionsJSON` of WebAuthn."""
    person, asked = creating.person, creating.asked
    user = {
        "id": _text(person.id.bytes),
        "name": person.email,
        "displayName": person.full_name,
    }
    return {
        "challenge": _text(asked.challenge),
        "rp": {"id": asked.rp_id, "name": asked.rp_id},
        "user": user,
        "pubKeyCredParams": [{"type": "public-key", "alg": number} for number in _ALGORITHMS],
        "timeout": CHALLENGE_GOOD_FOR * 1000 // SECOND,
        "excludeCredentials": [{"type": "public-key", "id": _text(one)} for one in creating.others],
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "none",
    }


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _which(visit: Visit) -> dict[str, object]:
    """The passkey that the path names; raises Refused(NOT_FOUND)."""
    factors, wanted = visit.authority.my_factors.show(visit.caller), _id(visit)
    for passkey in factors.passkeys:
        if passkey.id == wanted:
            return {"passkey": passkey}
    raise Refused(Code.NOT_FOUND, "There is no such passkey.")


def _remove(visit: Visit, evidence: Evidence) -> Answer:
    delay = visit.authority.passkeys.remove(visit.caller, _id(visit), evidence)
    return replace(done(visit, "passkey-removed"), delay=delay)


def _id(visit: Visit) -> UUID:
    parsed = parse_id(visit.request.parameters["passkey_id"])
    if parsed is None:
        raise Refused(Code.NOT_FOUND, "There is no such passkey.")
    return parsed


ROUTES: Final = (
    *Sheet(_PATH, "settings/passkey_begin.html", _begin).routes,
    sent(f"{_PATH}/finish", _finish),
    *Sheet(
        f"{_PATH}/{{passkey_id}}/remove", "settings/passkey_remove.html", _remove, _which
    ).routes,
)
