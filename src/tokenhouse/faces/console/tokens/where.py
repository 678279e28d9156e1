"""Which part of a list somebody looks at: it stands in the address, so that it can be kept."""

import re
from typing import Final, TypeVar
from urllib.parse import urlencode

import msgspec
from msgspec.structs import replace

from tokenhouse.core.credential import Secret
from tokenhouse.core.overview import Filter, Order
from tokenhouse.faces.console.form import Form
from tokenhouse.operations.overview import View

_Choice = TypeVar("_Choice", Filter, Order)

_LONGEST_PAGE: Final = 5
"""Digits of a page's number."""
_LONGEST_SHOWN: Final = 30
"""Characters of one word that can stand in an address; a longer one may be a token."""
_BEGUN: Final = re.compile(r"[a-z0-9]+_(?=[A-Za-z]*[A-Z0-9])[0-9A-Za-z]{5,}")
"""What a token of any deployment may begin with that somebody is typing, or has pasted a part of.

A word in small letters alone is none: `nightly_export`. One of ours is known by its beginning.
"""


class Where(msgspec.Struct, frozen=True):
    """What is looked at. Whatever an address says that there is not counts as not said."""

    path: str
    brand: str
    show: Filter = Filter.CURRENT
    kind: str = ""
    search: str = ""
    order: Order = Order.CREATED
    descending: bool = True
    page: int = 1

    @property
    def view(self) -> View:
        """The same as the operation takes it."""
        return View(
            filter=self.show,
            kind=self.kind or None,
            search=Secret(self.search) if self.search else None,
            order=self.order,
            descending=self.descending,
            page=self.page,
        )

    @property
    def can_be_shown(self) -> bool:
        """Whether what is searched for can stand in an address: no token does, nor half of one."""
        ours = re.compile(rf"{re.escape(self.brand)}[a-z]_[0-9A-Za-z]")
        return not any(
            len(word) >= _LONGEST_SHOWN or ours.match(word) or _BEGUN.match(word)
            for word in self.search.split()
        )

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """What an address and a form say of it, without what goes without saying."""
        said = (
            ("show", "" if self.show is Filter.CURRENT else self.show.value),
            ("kind", self.kind),
            ("q", self.search if self.can_be_shown else ""),
            ("sort", "" if self.order is Order.CREATED else self.order.value),
            ("up", "" if self.descending else "1"),
            ("page", "" if self.page == 1 else str(self.page)),
        )
        return tuple((name, value) for name, value in said if value)

    @property
    def url(self) -> str:
        """Its address."""
        return self.saying()

    def saying(self, *more: tuple[str, str]) -> str:
        """Its address, with something besides that is said once."""
        query = urlencode((*self.fields, *more))
        return f"{self.path}?{query}" if query else self.path

    def showing(self, show: Filter) -> str:
        """The address of another part of the same."""
        return replace(self, show=show, page=1).url

    def of_kind(self, kind: str) -> str:
        """The address of the same of one kind; empty: of all."""
        return replace(self, kind=kind, page=1).url

    def sorted_by(self, order: Order) -> str:
        """The address of the same in another order, or turned over where it is this one."""
        turned = not self.descending if order is self.order else order is not Order.DESCRIPTION
        return replace(self, order=order, descending=turned, page=1).url

    def on_page(self, page: int) -> str:
        """The address of another page of the same."""
        return replace(self, page=page).url

    def without_search(self) -> str:
        """The address of everything."""
        return replace(self, show=Filter.CURRENT, kind="", search="", page=1).url


def read(path: str, brand: str, said: Form, kinds: frozenset[str]) -> Where:
    """Read it from an address, or from a form with the same names.

    `brand`: what every token of the deployment begins with.
    """
    page = said.one("page")
    number = int(page) if page.isascii() and page.isdecimal() and len(page) <= _LONGEST_PAGE else 1
    kind = said.one("kind")
    return Where(
        path=path,
        brand=brand,
        show=_known(Filter, said.one("show"), Filter.CURRENT),
        kind=kind if kind in kinds else "",
        search=said.one("q").strip(),
        order=_known(Order, said.one("sort"), Order.CREATED),
        descending=said.one("up") != "1",
        page=max(number, 1),
    )


def _known(known: type[_Choice], said: str, otherwise: _Choice) -> _Choice:
    return known(said) if said in {one.value for one in known} else otherwise
