"""The page on which somebody founds a deployment, and the link to it."""

from typing import Final

from tokenhouse.boundary import Answer, Early, Request, Route, read_form
from tokenhouse.core.credential import Secret
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.faces.console import pages
from tokenhouse.faces.console.sender import refuse_other_sites
from tokenhouse.operations.first_run import FirstRun
from tokenhouse.operations.found import Founding

PATH: Final = "/console/first-run"

_FIELDS: Final = frozenset(
    {"code", "organization", "full_name", "email", "password", "password_again"}
)
_ON_THE_PAGE: Final = frozenset({Code.MALFORMED, Code.UNAUTHENTICATED, Code.TOO_MANY})


def link(url: str, code: Secret) -> str:
    """Where the first run happens, with its code; for the console of the machine alone.

    The code stands behind `#`, which browsers send nowhere.
    """
    return f"{url}{PATH}#{code.reveal()}"


def routes(first_run: FirstRun | None) -> tuple[Route, ...]:
    """The form and what it does; None where there is nothing left to found."""

    def show(_: Request) -> Answer:
        return pages.first_run(_going_on(first_run).issuer)

    def found(request: Request) -> Answer:
        going_on = _going_on(first_run)
        refuse_other_sites(request)
        typed = read_form(request, _FIELDS)
        try:
            founded = going_on(Secret(typed["code"]), _founding(typed))
        except Refused as refused:
            if refused.code is Code.ALREADY_DONE:
                raise _over() from None
            if refused.code not in _ON_THE_PAGE:
                raise
            return pages.first_run(going_on.issuer, typed, refused, request.id)
        return pages.founded(founded)

    return Route("GET", PATH, Early(show)), Route("POST", PATH, Early(found))


def _going_on(first_run: FirstRun | None) -> FirstRun:
    if first_run is None or first_run.is_over():
        raise _over()
    return first_run


def _over() -> Refused:
    return Refused(Code.NOT_FOUND, "This deployment has been set up: its first run is over.")


def _founding(typed: dict[str, str]) -> Founding:
    return Founding(
        organization=typed["organization"],
        email=typed["email"],
        full_name=typed["full_name"],
        password=Secret(typed["password"]),
        password_again=Secret(typed["password_again"]),
    )
