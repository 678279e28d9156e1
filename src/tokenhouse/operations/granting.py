"""What every grant gives: an access token, and what stands beside it."""

from collections.abc import Callable
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.core.client import Client, ScopeAs
from tokenhouse.core.credential import Secret
from tokenhouse.core.kind import Kind
from tokenhouse.core.moment import SECOND, Moment
from tokenhouse.core.permission import Permissions
from tokenhouse.core.policy import latest_expiry
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.core.standing import Standing
from tokenhouse.core.token import Token
from tokenhouse.operations.mint import Mint, Owner
from tokenhouse.operations.ports import Signer, Unsigned

ID_TOKEN: str = "JWT"
"""The `typ` of an id token: no kind of ours has it, so no door takes it."""


class Granted(msgspec.Struct, frozen=True):
    """New tokens, their strings told this once. `scope` None: none was asked for.

    `lifetime` is seconds that the access token lives, `scope_as` how its client is told the scope,
    `delay` the seconds by which the answer is held back.
    """

    access: Secret
    lifetime: int
    scope_as: ScopeAs
    refresh: Secret | None = None
    id_token: Secret | None = None
    scope: Permissions | None = None
    delay: float = 0.0


class Grounds(msgspec.Struct, frozen=True):
    """What a grant rests on. `standing.client` is the client; `auth_time` the sign-in behind it.

    `scope` is what was asked for, as far as it is had. `ends_at` is the end of all that the
    sign-in began; None where nothing goes on.
    """

    owner: Owner
    client: Client
    standing: Standing
    scope: Permissions | None
    auth_time: Moment | None
    ends_at: Moment | None = None


class Prepared(msgspec.Struct, frozen=True):
    """What a grant gives, ready but for its signatures: nothing that is committed needs those.

    They can be made while it is committed.
    """

    token: Token
    grounds: Grounds
    access: Unsigned
    id_token: Unsigned | None

    def sign(self) -> None:
        """Make the signatures, that `granted` need not."""
        self.access()
        if self.id_token is not None:
            self.id_token()

    def granted(self, refresh: Secret | None = None, delay: float = 0.0) -> Granted:
        """What is given, once its records are durable; a refresh token goes with it."""
        return Granted(
            self.access(),
            _lifetime(self.token),
            self.grounds.client.scope_as,
            refresh,
            None if self.id_token is None else self.id_token(),
            self.grounds.scope,
            delay,
        )


class Granting:
    """Makes access tokens and id tokens."""

    def __init__(self, mint: Mint, signer: Signer) -> None:
        self._mint = mint
        self._signer = signer

    def prepare(
        self, kind: Kind, grounds: Grounds, family_id: UUID | None, now: Moment
    ) -> Prepared:
        """An access token of a family (None: of its own), and an id token where one signed in."""
        token = self._access(kind, grounds, family_id, now)
        return Prepared(
            token, grounds, self._signed(kind, token, grounds), self._id_token(token, grounds, now)
        )

    def _access(self, kind: Kind, grounds: Grounds, family_id: UUID | None, now: Moment) -> Token:
        assert kind.lifetime is not None
        first = self._mint.token(kind, grounds.owner, now)
        expires_at = kind.lifetime.after(now)
        latest = latest_expiry(grounds.standing.organization, kind.name, now)
        for bound in (grounds.ends_at, latest):
            if bound is not None and bound < expires_at:
                expires_at = bound
        return replace(
            first,
            family_id=first.id if family_id is None else family_id,
            # A JWT tells its expiry in whole seconds, and the record must not outlive it.
            expires_at=expires_at // SECOND * SECOND,
            audience=grounds.client.audience,
            permissions=grounds.scope,
            client_id=grounds.client.id,
            auth_time=grounds.auth_time,
        )

    def _signed(self, kind: Kind, token: Token, grounds: Grounds) -> Unsigned:
        assert kind.typ is not None
        assert token.expires_at is not None
        claims: dict[str, str | int | UUID] = {
            "iss": grounds.standing.deployment.issuer,
            "aud": grounds.client.audience or grounds.standing.deployment.issuer,
            "sub": _subject(grounds),
            "jti": token.id,
            "iat": token.created_at // SECOND,
            "exp": token.expires_at // SECOND,
            "client_id": grounds.client.client_id,
            "organization": token.organization_id,
        }
        if grounds.scope is not None:
            claims["scope"] = " ".join(sorted(grounds.scope))
        return self._signer.prepare(kind.typ, claims)

    def _id_token(self, access: Token, grounds: Grounds, now: Moment) -> Unsigned | None:
        """Who signed in and when, for the client; None where nobody did (OpenID Connect, 2)."""
        person = grounds.standing.person
        if person is None or grounds.auth_time is None:
            return None
        assert access.expires_at is not None
        return self._signer.prepare(
            ID_TOKEN,
            {
                "iss": grounds.standing.deployment.issuer,
                "aud": grounds.client.client_id,
                "sub": person.id,
                "iat": now // SECOND,
                "exp": access.expires_at // SECOND,
                "auth_time": grounds.auth_time // SECOND,
                "email": person.email,
                "name": person.full_name,
            },
        )


def _subject(grounds: Grounds) -> UUID:
    person = grounds.standing.person
    return grounds.client.id if person is None else person.id


def _lifetime(access: Token) -> int:
    """Seconds that an access token lives, as it says itself."""
    assert access.expires_at is not None
    return access.expires_at // SECOND - access.created_at // SECOND


def granted_scope(
    asked: Permissions | None, had: Callable[[], Permissions], known: Permissions
) -> Permissions | None:
    """What of a scope is had; None where none was asked for, and then nobody asks what is.

    Raises Refused(INVALID_SCOPE) for names that no catalogue has, and where nothing is left.
    """
    if asked is None:
        return None
    if unknown := asked - known:
        problems = tuple(Problem("scope", f"{name} is no permission") for name in sorted(unknown))
        raise Refused(Code.INVALID_SCOPE, "This scope cannot be.", problems)
    granted = asked & had()
    if not granted:
        raise Refused(Code.INVALID_SCOPE, "Nothing of this scope can be given.")
    return granted
