"""Sign in: an e-mail and a password for a session token. Guessing is slow, nobody is locked out."""

import hashlib
import ipaddress
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Event, Name
from tokenhouse.core.kind import Kind
from tokenhouse.core.moment import SECOND, Moment
from tokenhouse.core.principal import Membership, Password, Person, canonical_email
from tokenhouse.core.refusal import Code, Refused, Unavailable
from tokenhouse.core.standing import Standing
from tokenhouse.core.token import PENDING, Token
from tokenhouse.operations.admit import standing_guards
from tokenhouse.operations.decide import Plan, decide
from tokenhouse.operations.issue import Mint, written
from tokenhouse.operations.note import Cause, Notes
from tokenhouse.operations.ports import (
    Attempts,
    Change,
    Clock,
    Guard,
    Hasher,
    Put,
    Signer,
    SignInRecord,
    Store,
)


class Limit(msgspec.Struct, frozen=True):
    """So many attempts at once, then one each `interval` microseconds."""

    burst: int
    interval: int


PER_PERSON_AND_NETWORK: Final = Limit(10, 30 * SECOND)
PER_NETWORK: Final = Limit(200, 2 * SECOND)
PER_PERSON: Final = Limit(20, 10 * SECOND)
LONGEST_DELAY: Final = 2 * SECOND
"""The total per person only delays: whoever guesses from many networks must not lock it out."""


class Credentials(msgspec.Struct, frozen=True):
    """What somebody signs in with. `organization_id` None: the person's default."""

    email: str
    password: Secret
    organization_id: UUID | None
    address: str


class SignedIn(msgspec.Struct, frozen=True):
    """A started session. `delay` is seconds by which the answer is held back."""

    secret: Secret
    token: Token
    standing: Standing
    delay: float


class SignIn:
    """Starts sessions."""

    def __init__(  # noqa: PLR0917 -- one port each, named where it is built
        self,
        store: Store,
        attempts: Attempts,
        hasher: Hasher,
        signer: Signer,
        clock: Clock,
        mint: Mint,
        kind: Kind,
        notes: Notes,
    ) -> None:
        self._store = store
        self._attempts = attempts
        self._hasher = hasher
        self._signer = signer
        self._clock = clock
        self._mint = mint
        self._kind = kind
        self._notes = notes

    def __call__(self, credentials: Credentials) -> SignedIn:
        """Start a session; raise one same Refused for every cause that is not the limit's.

        Raises Refused(TOO_MANY) with the seconds to wait, before the password is looked at.
        """
        email = canonical_email(credentials.email)
        delay = self._count(email, credentials.address)
        try:
            record = self._checked(email, credentials.password, delay)
            started = decide(self._store, lambda: self._plan(email, record, credentials, delay))
        except Unavailable:
            self._give_back(email, credentials.address, delay)  # whoever got no answer guessed not
            raise
        # Only now: a right password that is refused has to count like a wrong one, or the limit
        # would tell the two apart.
        self._give_back(email, credentials.address, delay)
        return started

    def _count(self, email: str, address: str) -> float:
        now = self._clock.now()
        for key, limit in _bounds(email, address):
            wait = self._attempts.take(key, limit.burst, limit.interval, now)
            if wait > 0:
                seconds = -(-wait // SECOND)
                raise Refused(
                    Code.TOO_MANY, "Too many attempts; wait a little.", retry_after=seconds
                )
        wait = self._attempts.take(
            _key("person", email), PER_PERSON.burst, PER_PERSON.interval, now
        )
        return min(wait, LONGEST_DELAY) / SECOND

    def _give_back(self, email: str, address: str, delay: float) -> None:
        for key, limit in _bounds(email, address):
            self._attempts.give_back(key, limit.interval)
        if delay == 0:  # what was delayed was not counted
            self._attempts.give_back(_key("person", email), PER_PERSON.interval)

    def _checked(self, email: str, password: Secret, delay: float) -> SignInRecord:
        record = self._store.find_for_sign_in(email)
        if record is None or record.password is None:
            self._hasher.matches_nobody(password)
            raise _refused(delay)
        if not self._hasher.matches(record.password.phc, password):
            self._note(record.person, "wrong password")
            raise _refused(delay)
        return record

    def _note(self, person: Person, cause: str) -> None:
        organization_id = person.default_organization_id
        self._notes.note(Cause(Name.SIGN_IN_FAILED, organization_id, person.id, person.id, cause))

    def _plan(
        self, email: str, checked: SignInRecord, credentials: Credentials, delay: float
    ) -> Plan[SignedIn]:
        record = self._store.find_for_sign_in(email)
        if record is None or record.password != checked.password:
            raise _refused(delay)
        membership = _chosen(record, credentials.organization_id)
        standing = self._store.standing(membership.id) if membership is not None else None
        if standing is None or membership is None or not _in_good_standing(standing):
            self._note(record.person, "right password, but not in good standing there")
            raise _refused(delay)
        now = self._clock.now()
        token = self._token(membership, now)
        secret = self._sign(token, standing)
        rehashed = self._rehashed(record.password, credentials.password)
        guards = list(standing_guards(standing))
        if record.password is not None:
            guards.append(Guard(Password, record.password.id, record.password.version))
        event = Event(
            Name.SIGNED_IN,
            membership.organization_id,
            membership.person_id,
            None,
            token.id,
            {"membership": str(membership.id), "address": credentials.address},
        )
        change = Change(
            membership.organization_id,
            tuple(guards),
            (Put(token), *rehashed),
            (event, *(_rehashed_event(membership, token) for _ in rehashed)),
        )
        return Plan(change, lambda done: SignedIn(secret, written(done), standing, delay))

    def _token(self, membership: Membership, now: Moment) -> Token:
        assert self._kind.lifetime is not None
        token_id = self._mint.id(now)
        return Token(
            id=token_id,
            version=1,
            kind=self._kind.name,
            organization_id=membership.organization_id,
            holder_kind=self._kind.holder,
            holder_id=membership.id,
            family_id=token_id,
            predecessor_id=None,
            sequence=PENDING,
            number=None,
            status_index=PENDING,
            fingerprint=None,
            hint="",
            description="",
            groups=None,
            made_by=membership.person_id,
            created_at=now,
            updated_at=now,
            expires_at=self._kind.lifetime.after(now) // SECOND * SECOND,
            superseded_at=None,
            revoked_at=None,
        )

    def _sign(self, token: Token, standing: Standing) -> Secret:
        assert self._kind.typ is not None
        assert token.expires_at is not None
        issuer = standing.deployment.issuer
        return self._signer.sign(
            self._kind.typ,
            {
                "iss": issuer,
                "aud": issuer,
                "sub": str(token.made_by),
                "jti": str(token.id),
                "iat": token.created_at // SECOND,
                "exp": token.expires_at // SECOND,
                "organization": str(token.organization_id),
            },
        )

    def _rehashed(self, kept: Password | None, password: Secret) -> tuple[Put, ...]:
        if kept is None or not self._hasher.outdated(kept.phc):
            return ()
        return (Put(replace(kept, version=kept.version + 1, phc=self._hasher.hash(password))),)


def _rehashed_event(membership: Membership, token: Token) -> Event:
    person_id = membership.person_id
    return Event(Name.PASSWORD_REHASHED, membership.organization_id, person_id, token.id, person_id)


def _refused(delay: float) -> Refused:
    return Refused(Code.UNAUTHENTICATED, "The e-mail or the password is wrong.", delay=delay)


def _chosen(record: SignInRecord, organization_id: UUID | None) -> Membership | None:
    if organization_id is not None:
        wanted = [m for m in record.memberships if m.organization_id == organization_id]
        return wanted[0] if wanted else None
    default = record.person.default_organization_id
    ordered = sorted(record.memberships, key=lambda m: (m.organization_id != default, m.id.int))
    return ordered[0] if ordered else None


def _in_good_standing(standing: Standing) -> bool:
    person, membership = standing.person, standing.membership
    return (
        person is not None
        and membership is not None
        and membership.ended_at is None
        and not (person.suspended or membership.suspended or standing.organization.suspended)
    )


def _bounds(email: str, address: str) -> tuple[tuple[bytes, Limit], ...]:
    network = _network(address)
    return (
        (_key("network", network), PER_NETWORK),
        (_key("person and network", email, network), PER_PERSON_AND_NETWORK),
    )


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    prefix = 24 if parsed.version == 4 else 56
    return str(ipaddress.ip_network((parsed, prefix), strict=False))


def _key(*parts: str) -> bytes:
    hashed = hashlib.sha256()
    for part in parts:
        encoded = part.encode()
        hashed.update(len(encoded).to_bytes(4, "big") + encoded)
    return hashed.digest()
