"""What lists of thousands of tokens are read by, and changes of hundreds."""

from typing import Protocol
from uuid import UUID

from tokenhouse.core.kind import Kind
from tokenhouse.core.standing import Found
from tokenhouse.core.token import Outline


class ManyTokens(Protocol):
    """Reads of many tokens at once, of one organization; each is one snapshot."""

    def outline_tokens(
        self, organization_id: UUID, holder_id: UUID, kinds: tuple[Kind, ...], size: int
    ) -> tuple[Outline, ...]:
        """The newest tokens of one holder, of these kinds, whatever their state; the newest first.

        Kinds that other sorts of holders have are left out.
        """

    def find_tokens(self, organization_id: UUID, ids: tuple[UUID, ...]) -> tuple[Found, ...]:
        """Those of the named tokens that the organization has, in this order, each once."""
