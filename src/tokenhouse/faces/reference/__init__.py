"""The reference of the API: `/openapi.json` for programs, `/reference` for people.

Owns how the document is shown. Does not own what it says: that is `openapi`'s, and a face is made
for a document.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from tokenhouse.boundary import Answer, Early, Face, Request, Route, problem
from tokenhouse.boundary.media import JSON
from tokenhouse.faces.reference import page
from tokenhouse.faces.reference.schemas import Document
from tokenhouse.look import Pages

KEPT_SECONDS: Final = 300
"""For how long whoever passes it on may keep it."""


def face(document: Document) -> Face:
    """The face that shows this document. Both answers are made here, once."""
    kept = ("cache-control", f"public, max-age={KEPT_SECONDS}")
    as_json = Answer(200, msgspec.json.encode(document), JSON, (kept,))
    shown = Pages("tokenhouse.faces.reference", "reference.css")(
        "reference.html", reference=page.reference(document)
    )
    as_page = msgspec.structs.replace(shown, headers=(*shown.headers, kept))
    return Face(
        name="reference",
        prefixes=(),
        routes=(
            Route("GET", "/openapi.json", Early(_always(as_json))),
            Route("GET", "/reference", Early(_always(as_page))),
        ),
        refuse=problem.refuse,
        spellings=frozenset(),
    )


def _always(answer: Answer) -> Callable[[Request], Answer]:
    return lambda _: answer
