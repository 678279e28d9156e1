"""A client of the firm that redeems refresh tokens, by the operations that every face is given."""

from typing import Any

from registered import Registered, register
from stage import ADMINISTRATOR, PASSWORD, Stage
from tokenhouse.core.credential import Secret
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.operations.grant_password import PasswordGrant
from tokenhouse.operations.grant_refresh import RefreshGrant


class Redeemer:
    """One client; what it is given are strings."""

    def __init__(self, stage: Stage, at: Registered | None = None, **fields: Any) -> None:
        self.stage = stage
        self.at = at or register(stage, **fields)

    def sign_in(self, email: str = ADMINISTRATOR) -> str:
        """The first refresh token of a new family."""
        asked = PasswordGrant(self.at.credentials, email, Secret(PASSWORD), "192.0.2.1")
        given = self.stage.authority.grants.password(asked).refresh
        assert given is not None
        return given.reveal()

    def redeem(self, text: str) -> str | None:
        """What is given for a refresh token; None for `invalid_grant`, and nothing else is."""
        try:
            granted = self.stage.authority.grants.refresh(
                RefreshGrant(self.at.credentials, Secret(text))
            )
        except Refused as refused:
            if refused.code is not Code.INVALID_GRANT:
                raise
            return None
        assert granted.refresh is not None
        return granted.refresh.reveal()

    def revoke(self, text: str) -> None:
        """Give a token back."""
        self.stage.authority.grants.revoke(self.at.credentials, Secret(text))
