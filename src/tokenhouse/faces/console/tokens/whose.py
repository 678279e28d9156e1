"""Whose tokens a page is about: one's own, or the organization's. Both have the same pages."""

from typing import Final

import msgspec
from msgspec.structs import replace

from tokenhouse.core.judge import Demand
from tokenhouse.faces.console.form import Form
from tokenhouse.faces.console.tokens.where import Where, read
from tokenhouse.faces.console.visit import OWN
from tokenhouse.operations import Authority
from tokenhouse.operations.holding import Holding


class Whose(msgspec.Struct, frozen=True):
    """`path`: where its list is; `read` and `write`: what it takes to look, and to change."""

    path: str
    title: str
    read: Demand
    write: Demand

    @property
    def is_own(self) -> bool:
        """Whether they are those of whoever looks at them."""
        return self is MINE

    def holding(self, authority: Authority) -> Holding:
        """The tokens of which the pages tell; sessions have a page of their own."""
        if self.is_own:
            return Holding((authority.personal, authority.limited))
        return Holding((authority.organizational,))

    def where(self, authority: Authority, said: Form) -> Where:
        """Which part of them an address or a form names."""
        kinds = frozenset(one.name for one in self.holding(authority).kinds)
        return read(self.path, authority.deployment.brand, said, kinds)

    @property
    def confirmed(self) -> Demand:
        """What a change takes that is confirmed in its form."""
        return replace(self.write, confirmed=True)

    def may_write(self, permissions: frozenset[str]) -> bool:
        """Whether somebody with these permissions may change them."""
        return self.write.permissions <= permissions


MINE: Final = Whose("/console/tokens", "My tokens", OWN, OWN)
ORGANIZATIONS: Final = Whose(
    "/console/organization/tokens",
    "Organization tokens",
    replace(OWN, permissions=frozenset({"AccountTokenRead"})),
    replace(OWN, permissions=frozenset({"AccountTokenWrite"})),
)
BOTH: Final = (MINE, ORGANIZATIONS)
