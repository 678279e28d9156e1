"""Reading the JSON of brokers, which say more from version to version than is looked at here."""

from typing import TypeVar

from tokenhouse.boundary import Object, Request
from tokenhouse.boundary.fields import Fields, read_object

T = TypeVar("T")


class Known(Object[T]):
    """A JSON object of which only the fields that are known are read, and the others passed over.

    What is a field of another question is therefore declared with those that are looked at, or a
    URL in the wrong place of a broker's configuration would answer for it.
    """

    def read(self, request: Request) -> T:
        """What was sent; raises Refused with every fault at once."""
        said = read_object(request)
        known = {name: value for name, value in said.items() if name in self._known}
        return self._read(Fields(known, self._known))
