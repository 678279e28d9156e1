"""Give somebody the token of the sign-in that he is in, as a string that he can take along.

Nothing is issued: the record is that of the sign-in, whose cookie holds another string for it. So
it ends with the sign-in, wherever it was copied to, and nobody is asked for a password.
"""

from uuid import UUID

import msgspec
import structlog

from tokenhouse.core.credential import Secret
from tokenhouse.core.kind import Kind
from tokenhouse.core.moment import Moment
from tokenhouse.core.user_claims import with_user
from tokenhouse.operations.admit import Admit, Caller
from tokenhouse.operations.ports import Clock, Signer
from tokenhouse.operations.sign_in import session_claims

_log = structlog.get_logger(__name__)


class UserToken(msgspec.Struct, frozen=True):
    """The signed string of a sign-in, and how long that lasts."""

    id: UUID
    secret: Secret
    expires_at: Moment
    as_of: Moment


class ShowUserToken:
    """Signs what the record of a sign-in says, in the form that says who signed in."""

    def __init__(self, admit: Admit, signer: Signer, clock: Clock, kind: Kind) -> None:
        self._admit = admit
        self._signer = signer
        self._clock = clock
        self._kind = kind

    def __call__(self, caller: Caller) -> UserToken:
        """Give it to whoever is in a sign-in; raise Refused(FORBIDDEN) for any other token."""
        actor = self._admit(caller)
        token = actor.token
        if token.kind != self._kind.name:
            raise actor.forbidden("Only a sign-in has a user token.")
        assert actor.found is not None
        assert token.expires_at is not None
        assert self._kind.typ is not None
        standing = actor.found.standing
        claims = with_user(session_claims(token, standing), standing, actor.permissions)
        secret = self._signer.sign(self._kind.typ, claims)
        _log.info("user token shown", token_id=str(token.id), person=str(actor.principal_id))
        return UserToken(token.id, secret, token.expires_at, self._clock.now())
