"""What a person has while one request about second factors is sent: it is taken away again.

Nobody in a house owes a factor, or every other test would have to show one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from msgspec.structs import replace

from showing import Authenticator
from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Event, Name
from tokenhouse.core.kind import Spelling
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.recovery_code import RANDOM_BYTES, digest, make
from tokenhouse.core.second_factor import Passkey, RecoveryCodes, Totp
from tokenhouse.core.standing import Found
from tokenhouse.core.totp import code_at, step_of
from tokenhouse.operations.challenges import REGISTER, sealing_key
from tokenhouse.operations.changes import Change, Committed, Drop, Guard, guard_of
from tokenhouse.operations.second_factor import totp_context

if TYPE_CHECKING:
    from conformance.house import House

Headers = list[tuple[str, str]]
_SECURITY: Final = "/console/settings/security"
_SECRET: Final = b"12345678901234567890"
_SPELLINGS: Final = (Spelling.BEARER, Spelling.TOKEN, Spelling.X_ACCESS_TOKEN, Spelling.COOKIE)


def passkey_id_of(person_id: UUID) -> UUID:
    """The id of the passkey that a person is given."""
    return UUID(int=person_id.int ^ 1)


def _asker(at: House, headers: Headers) -> Found | None:
    """Whose credential is sent, where a person stands behind it."""
    for name, value in headers[:1]:
        if name in {"authorization", "x-access-token", Spelling.COOKIE.value}:
            text = Secret(value.rpartition(" ")[2])
            for spelling in _SPELLINGS:
                found = at.stage.verdict(text, None, spelling).found
                if found is not None and found.standing.person is not None:
                    return found
    return None


def _waiting_app(at: House, headers: Headers) -> dict[str, Any]:
    return _app(at, headers, confirmed=False)


def _counting_app(at: House, headers: Headers) -> dict[str, Any]:
    return _app(at, headers, confirmed=True)


def _app(at: House, headers: Headers, *, confirmed: bool) -> dict[str, Any]:
    found, stage = _asker(at, headers), at.stage
    if found is None or found.standing.person is None:
        return {}
    person, key, now = found.standing.person, sealing_key(stage.store), stage.clock.now()
    sealed = stage.parts.vault().seal(_SECRET, totp_context(person.id), key.master_key_id)
    totp = Totp(person.id, 1, sealed, key.master_key_id, now, now if confirmed else None)
    stage.put(totp)
    return {"code": code_at(_SECRET, step_of(now))}


def _kept_passkey(at: House, headers: Headers) -> dict[str, Any]:
    found, stage = _asker(at, headers), at.stage
    if found is None or found.standing.person is None:
        return {}
    person_id, now = found.standing.person.id, stage.clock.now()
    code = make(os.urandom(RANDOM_BYTES)).reveal()
    kept = digest(person_id, code)
    assert kept is not None
    stage.put(Passkey(passkey_id_of(person_id), 1, person_id, os.urandom(16), b"", 0, "", now))
    stage.put(RecoveryCodes(person_id, 1, (kept,), now))
    return {"code": code}


def _new_passkey(at: House, headers: Headers) -> dict[str, Any]:
    found = _asker(at, headers)
    if found is None or found.standing.person is None:
        return {}
    challenges = at.stage.authority.passkeys._challenges
    challenge = challenges.make(REGISTER, str(found.token.id))
    made = Authenticator().create(challenge, found.standing.person.id.bytes)
    return {"credential": json.loads(made.reveal())}


def _looked_at_passkey(at: House, headers: Headers) -> dict[str, Any]:
    _kept_passkey(at, headers)
    return {}


def _new_passkey_in_a_form(at: House, headers: Headers) -> dict[str, Any]:
    made = _new_passkey(at, headers)
    return {name: json.dumps(value) for name, value in made.items()}


def bare(at: House, headers: Headers) -> None:
    """Whoever asked has no factor any more, and his applications ended with none."""
    found, stage = _asker(at, headers), at.stage
    if found is None or found.standing.person is None:
        return
    record = stage.store.find_for_sign_in(found.standing.person.email)
    assert record is not None
    factors = record.factors
    beside = (factors.totp, factors.recovery_codes)
    gone = (*factors.passkeys, *(one for one in beside if one is not None))
    if not gone:
        return
    later = replace(record.person, version=record.person.version + 1, grants_revoked_before=0)
    stage.put(later, record.person)
    event = Event(Name.FACTORS_REMOVED, DEPLOYMENT, None, None, record.person.id)
    guards: tuple[Guard, ...] = tuple(map(guard_of, gone))
    drops = tuple(Drop(type(one), one.id) for one in gone)
    assert isinstance(stage.store.commit(Change(DEPLOYMENT, guards, drops, (event,))), Committed)


FURNISHED: Final[dict[str, Callable[[Any, Headers], dict[str, Any]]]] = {
    "POST /v1/me/factors/totp": lambda _, __: {},
    "POST /v1/me/factors/totp/confirm": _waiting_app,
    "POST /v1/me/factors/totp/remove": _counting_app,
    "POST /v1/me/factors/recovery-codes": _counting_app,
    "POST /v1/me/factors/passkeys/finish": _new_passkey,
    "POST /v1/me/factors/passkeys/{passkey_id}/remove": _kept_passkey,
    f"POST {_SECURITY}/app": lambda _, __: {},
    f"POST {_SECURITY}/app/code": _waiting_app,
    f"POST {_SECURITY}/app/remove": _counting_app,
    f"POST {_SECURITY}/codes": _counting_app,
    f"POST {_SECURITY}/passkeys/finish": _new_passkey_in_a_form,
    f"GET {_SECURITY}/passkeys/{{passkey_id}}/remove": _looked_at_passkey,
    f"POST {_SECURITY}/passkeys/{{passkey_id}}/remove": _kept_passkey,
}
"""By the route: what the asker has while it is asked, and what he sends of it."""
