"""A question about a token that the judge can answer, though nobody presents its string."""

import msgspec

from tokenhouse.core.judge import Demand, Good, Verdict, enough, judge
from tokenhouse.core.kind import Kind, Spelling
from tokenhouse.core.moment import Moment
from tokenhouse.core.opening import Opening
from tokenhouse.core.permission import Permission
from tokenhouse.core.standing import Found, permissions


class Asked(msgspec.Struct, frozen=True):
    """Whether a token is enough for a request that somebody only speaks of.

    `text` is what was asked for, in words; `opened` the operations of the catalogue that it is.
    """

    kind: Kind
    found: Found
    text: str
    demanded: tuple[Permission, ...]
    opened: tuple[Opening, ...]
    demand: Demand
    address: str
    at: Moment

    def verdict(self) -> Verdict:
        """The judge's own."""
        return judge(self.kind, self.found, self._spelling, self.demand, self._from, self.at)

    def enough(self) -> Verdict:
        """The same of the token were it good in itself."""
        held = permissions(self.kind, self.found.token, self.found.standing)
        good = Good(self.kind, self.found, held)
        return enough(good, self._spelling, self.demand, self._from)

    @property
    def _spelling(self) -> Spelling:
        """One in which its kind is sent; it does not matter which, at the door of an API."""
        return min(self.kind.spellings, default=Spelling.NAMED)

    @property
    def _from(self) -> str:
        """Where the request comes from; where nobody said, from where it may."""
        networks = self.found.token.addresses
        return self.address or (networks[0].partition("/")[0] if networks else "")
