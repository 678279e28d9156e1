"""The console: pages for people.

Owns what people see and send in a browser: the cookie of a sign-in, forms and who may send them,
the pages. `visit` is what each page is given, `pages` renders, the other files hold the routes of
what they are named for. Does not own what it takes to found, to join, to sign in or to issue: that
is the operations' to say; nor how all of our pages look (`look`).
"""

from typing import Final

from tokenhouse.boundary import Answer, Early, Face, Request, Route
from tokenhouse.core.kind import Spelling
from tokenhouse.faces.console import (
    coming_in,
    links,
    pages,
    passkeys,
    reading,
    settings,
    sign_in,
    tokens,
)
from tokenhouse.faces.console import first_run as founding
from tokenhouse.faces.console.first_run import link
from tokenhouse.operations.first_run import FirstRun

__all__ = ["FACE", "face", "link"]


def _home(_: Request) -> Answer:
    return Answer(303, headers=(("location", pages.FIRST),))


def face(first_run: FirstRun | None) -> Face:
    """The console; None where there is nothing left to found."""
    return Face(
        name="console",
        prefixes=("/console",),
        routes=(
            Route("GET", "/console", Early(_home)),
            *pages.ASSETS.routes,
            *founding.routes(first_run),
            *links.ROUTES,
            *sign_in.ROUTES,
            *passkeys.ROUTES,
            *tokens.ROUTES,
            *settings.ROUTES,
            *reading.ROUTES,
        ),
        refuse=coming_in.refuse,
        spellings=frozenset({Spelling.COOKIE}),
    )


FACE: Final = face(None)
"""The console of a deployment that is set up."""
