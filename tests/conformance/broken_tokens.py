"""Good tokens made bad, in every way that there is, and each still well-formed."""

import os
from collections.abc import Callable
from itertools import count
from typing import Any, Final
from uuid import uuid4

from msgspec.structs import replace

from conformance.house import AT_CLIENTS, CLIENTS, TWIN, Credential, House, Made, kinds_at
from tokenhouse.boundary import Face
from tokenhouse.core.credential import Secret
from tokenhouse.core.kind import Spelling
from tokenhouse.core.moment import HOUR
from tokenhouse.core.principal import Membership, Person
from tokenhouse.core.token import FamilyEnd
from tokenhouse.kinds import ALL
from tokenhouse.kinds.session import SESSION_ID
from tokenhouse.operations.mint import Mint

_TYPS: Final = {
    "session": "session+jwt",
    "access": "at+jwt",
    CLIENTS: "at+jwt",
    "device": "device+jwt",
}
_KIND: Final = {kind.name: kind for kind in ALL} | {TWIN: SESSION_ID}
_numbers: Final = count(1)

Break = Callable[[House, str], Made]


def _token_with(**fields: Callable[[House], object]) -> Break:
    def broken(at: House, kind: str) -> Made:
        made = at.make(kind)
        changes = {name: value(at) for name, value in fields.items()}
        later = replace(made.token, version=made.token.version + 1, **changes)
        at.stage.put(later, made.token)
        return Made(made.credential, later)

    return broken


def _family_ended(at: House, kind: str) -> Made:
    made = at.make(kind)
    at.stage.put(FamilyEnd(made.token.family_id, 1, at.own, at.stage.clock.now()))
    return made


def _holder_with(change: Callable[[House, Person, Membership], tuple[Any, Any]]) -> Break:
    def broken(at: House, kind: str) -> Made:
        email = at.join("Administrator")
        made = at.make(kind, email)
        before, after = change(at, at.stage.person(email), at.stage.membership(email))
        at.stage.put(replace(after, version=before.version + 1), before)
        return made

    return broken


def _device_suspended(at: House, kind: str) -> Made:
    made = at.make(kind)
    before = at.stage.store.one_device(None, made.token.holder_id)
    assert before is not None
    at.stage.put(replace(before, version=before.version + 1, suspended=True), before)
    return made


def _organization_suspended(at: House, kind: str) -> Made:
    email = f"boss{next(_numbers)}@shut.example"
    organization_id = at.stage.found_organization(f"Shut {email}", email)
    made = at.make(kind, email)
    standing = at.stage.store.standing(at.stage.membership(email).id)
    assert standing is not None
    before = standing.organization
    assert before.id == organization_id
    at.stage.put(replace(before, version=before.version + 1, suspended=True), before)
    return made


def _unknown(at: House, kind: str) -> Made:
    """Well-formed, checksum and all, or signed by us: but there is no such record."""
    made = at.make(kind)
    secret: Secret
    if kind in _TYPS:
        issuer = at.stage.authority.deployment.issuer
        secret = at.stage.authority.sign_in._signer.sign(
            _TYPS[kind],
            {"iss": issuer, "aud": issuer, "jti": str(uuid4()), "iat": 1, "exp": 4_000_000_000},
        )
    else:
        secret = Mint(os.urandom, "th").string(_KIND[kind])
    return Made(Credential(secret, made.credential.spelling), made.token)


_now: Final[Callable[[House], object]] = lambda at: at.stage.clock.now()  # noqa: E731 -- short


def _client_with(**fields: object) -> Break:
    def broken(at: House, kind: str) -> Made:
        made = at.make(kind)
        assert made.token.client_id is not None
        before = at.stage.store.one_client(made.token.organization_id, made.token.client_id)
        at.stage.put(replace(before, version=before.version + 1, **fields), before)
        return made

    return broken


_HELD: Final = ("session", TWIN, "personal", "limited_personal", "access", "refresh")

STATES: Final[dict[str, Break]] = {
    "unknown": _unknown,
    "expired": _token_with(expires_at=_now),
    "revoked": _token_with(revoked_at=_now),
    "superseded": _token_with(superseded_at=_now),
    "not_yet_valid": _token_with(created_at=lambda at: at.stage.clock.now() + HOUR),
    "family_ended": _family_ended,
    "organization_suspended": _organization_suspended,
    "holder_suspended": _holder_with(lambda _, p, _m: (p, replace(p, suspended=True))),
    "membership_suspended": _holder_with(lambda _, _p, m: (m, replace(m, suspended=True))),
    "membership_ended": _holder_with(
        lambda at, _, m: (m, replace(m, ended_at=at.stage.clock.now()))
    ),
    "client_suspended": _client_with(suspended=True),
    "device_suspended": _device_suspended,
}


def broken_at(face: Face) -> list[tuple[str, str]]:
    """Every state of every kind that can be tried at a face.

    A cookie is sealed for the twin alone: of the other kinds none opens the console when it is
    good, and nobody could have a broken one sealed.
    """
    kinds = (TWIN,) if face.spellings == {Spelling.COOKIE} else kinds_at(face)
    return [
        (state, kind)
        for state in STATES
        for kind in kinds
        if (kind in _HELD or not state.startswith(("holder", "membership")))
        and (kind in AT_CLIENTS or not state.startswith("client"))
        and (kind == "device" or not state.startswith("device"))
    ]


REASONS: Final = {
    "membership_suspended": "holder_suspended",
    "device_suspended": "holder_suspended",
}
"""States whose cause has another name in the core."""


class BrokenTokens:
    """Makes each of them once in a house."""

    def __init__(self, at: House) -> None:
        self._at = at
        self._made: dict[tuple[str, str], Made] = {}

    def __call__(self, state: str, kind: str) -> Made:
        made = self._made.get((state, kind))
        if made is None or self._is_otherwise(made, state):
            made = self._made[state, kind] = STATES[state](self._at, kind)
        return made

    def _is_otherwise(self, made: Made, state: str) -> bool:
        """Whether something else became of it: everything of its organization was revoked."""
        credential = made.credential
        verdict = self._at.stage.verdict(credential.secret, None, credential.spelling)
        return verdict.reason != REASONS.get(state, state)
