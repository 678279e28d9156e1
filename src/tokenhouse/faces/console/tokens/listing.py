"""The list of tokens: one's own, and the organization's."""

from typing import Final

from tokenhouse.boundary import Answer
from tokenhouse.faces.console.visit import Visit, page


def _own(visit: Visit) -> Answer:
    return visit.page("tokens/list.html")


ROUTES: Final = (page("/console/tokens", _own),)
