"""Sign in: an e-mail and a password for a session token. Guessing is slow, nobody is locked out."""

from collections.abc import Callable
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Event, Name
from tokenhouse.core.kind import Kind
from tokenhouse.core.moment import SECOND, Moment
from tokenhouse.core.permission import Permissions
from tokenhouse.core.policy import latest_expiry
from tokenhouse.core.principal import Membership, Organization, Password
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.core.standing import Standing, in_good_standing, permissions
from tokenhouse.core.token import Token
from tokenhouse.core.user_claims import Claims, with_user
from tokenhouse.operations.admit import standing_guards
from tokenhouse.operations.changes import Change, Put, SignInRecord, guard_of
from tokenhouse.operations.decide import Plan, decide
from tokenhouse.operations.finding import sign_in_name
from tokenhouse.operations.guessing import Guess, Guesses
from tokenhouse.operations.mint import Mint, Owner, presented_as
from tokenhouse.operations.ports import Clock, Hasher, Signer, Store
from tokenhouse.operations.prove import Prove
from tokenhouse.operations.second_factor import NOTHING, Presented, SecondFactor


class Credentials(msgspec.Struct, frozen=True):
    """What somebody signs in with: his e-mail or short name, and his password.

    `organization_id` None: the person's default. `shown` is his second factor.
    """

    email: str
    password: Secret
    organization_id: UUID | None
    address: str
    shown: Presented = NOTHING


class SignedIn(msgspec.Struct, frozen=True):
    """A started session. `delay` is seconds by which the answer is held back."""

    secret: Secret
    token: Token
    standing: Standing
    delay: float


def _as_they_are(claims: Claims, _: Standing, __: Permissions) -> Claims:
    return claims


class _Form(msgspec.Struct, frozen=True):
    """What a session's string is to be: a form of its kind, and what a signed one tells beyond.

    `asks`: whoever owes a second factor is told so, behind the right password.
    """

    kind: Kind
    tell: Callable[[Claims, Standing, Permissions], Claims] = _as_they_are
    asks: bool = True


class SignIn:
    """Starts sessions. `twin` is the same kind in its opaque form."""

    def __init__(  # noqa: PLR0917 -- one port each, named where it is built
        self,
        store: Store,
        guesses: Guesses,
        hasher: Hasher,
        signer: Signer,
        clock: Clock,
        mint: Mint,
        kind: Kind,
        twin: Kind,
        prove: Prove,
        factor: SecondFactor,
    ) -> None:
        self._store = store
        self._guesses = guesses
        self._hasher = hasher
        self._signer = signer
        self._clock = clock
        self._mint = mint
        self._kind = kind
        self._twin = twin
        self._prove = prove
        self._factor = factor

    def opaque(self, credentials: Credentials) -> SignedIn:
        """The same with an opaque string for a session token."""
        return self._begin(credentials, _Form(self._twin))

    def readable(self, credentials: Credentials) -> SignedIn:
        """The same with a signed token that tells who signed in and what he may do.

        A missing second factor is refused as everything else is.
        """
        return self._begin(credentials, _Form(self._kind, with_user, asks=False))

    def __call__(self, credentials: Credentials) -> SignedIn:
        """Start a session with a signed token that tells as little as it can.

        Raises one same Refused for every cause that is not the limit's, and Refused(SECOND_FACTOR)
        behind the right password.

        Raises Refused(TOO_MANY) with the seconds to wait, before the password is looked at, and
        behind the right one for too many codes.
        """
        return self._begin(credentials, _Form(self._kind))

    def _begin(self, credentials: Credentials, form: _Form) -> SignedIn:
        email = sign_in_name(self._store, credentials.email)
        with self._guesses.attempt(email, credentials.address) as guess:
            record = self._store.find_for_sign_in(email)
            if not self._prove.knows(record, credentials.password) or record is None:
                raise _refused(guess.delay)
            try:
                with self._factor.attempt(record, credentials.shown):
                    return decide(self._store, lambda: self._plan(guess, record, credentials, form))
            except Refused:
                if form.asks:
                    raise
                raise _refused(guess.delay) from None

    def _plan(
        self, guess: Guess, checked: SignInRecord, credentials: Credentials, form: _Form
    ) -> Plan[SignedIn]:
        record = self._store.find_for_sign_in(guess.email)
        if record is None or record.password != checked.password:
            raise _refused(guess.delay)
        membership = _chosen(record, credentials.organization_id)
        standing = self._store.standing(membership.id) if membership is not None else None
        if standing is None or membership is None or not in_good_standing(standing):
            self._prove.note(record.person, "right password, but not in good standing there")
            raise _refused(guess.delay)
        used = self._factor.use(record, credentials.shown, guess.delay)
        now = self._clock.now()
        kind = form.kind
        token = self._token(membership, standing.organization, now)
        if kind.typ is None:
            secret = self._mint.string(kind)
            token = presented_as(token, secret)
        else:
            held = permissions(kind, token, standing)
            claims = form.tell(session_claims(token, standing), standing, held)
            secret = self._signer.sign(kind.typ, claims)
        rehashed = self._rehashed(record.password, credentials.password)
        guards = list(standing_guards(standing))
        if record.password is not None:
            guards.append(guard_of(record.password))
        event = Event(
            Name.SIGNED_IN,
            membership.organization_id,
            membership.person_id,
            None,
            token.id,
            {
                "membership": str(membership.id),
                "address": credentials.address,
                **used.told,
            },
        )
        change = Change(
            membership.organization_id,
            (*guards, *used.guards),
            (Put(token), *rehashed, *used.writes),
            (event, *(_rehashed_event(membership, token) for _ in rehashed)),
        )
        return Plan(
            change, lambda done: SignedIn(secret, done.written(Token), standing, guess.delay)
        )

    def _token(self, membership: Membership, organization: Organization, now: Moment) -> Token:
        """The same record for either form: of an opaque one, too, a signed string can be given."""
        form = self._kind
        assert form.lifetime is not None
        owner = Owner(membership.organization_id, membership.id, membership.person_id)
        expires_at = form.lifetime.after(now)
        latest = latest_expiry(organization, form.name, now)
        if latest is not None:
            expires_at = min(expires_at, latest)
        # A JWT tells its expiry in whole seconds, and the record must not outlive it.
        expires_at = expires_at // SECOND * SECOND
        return replace(self._mint.token(form, owner, now), expires_at=expires_at)

    def _rehashed(self, kept: Password | None, password: Secret) -> tuple[Put, ...]:
        if kept is None or not self._hasher.outdated(kept.phc):
            return ()
        return (Put(replace(kept, version=kept.version + 1, phc=self._hasher.hash(password))),)


def session_claims(token: Token, standing: Standing) -> Claims:
    """What every signed token of a sign-in says."""
    assert token.expires_at is not None
    issuer = standing.deployment.issuer
    return {
        "iss": issuer,
        "aud": issuer,
        "sub": str(token.made_by),
        "jti": str(token.id),
        "iat": token.created_at // SECOND,
        "exp": token.expires_at // SECOND,
        "organization": str(token.organization_id),
    }


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
