"""A change of one's own account: the form that asks for it, and what confirms it.

The password is asked for, and a second factor beside it where there is one. That is more than a
change of a token takes: whoever finds a browser open, and a passkey in it, does not become its
owner.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

import msgspec

from tokenhouse.boundary import Answer, Route
from tokenhouse.core.credential import Secret
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.faces.console import pages
from tokenhouse.faces.console.visit import Visit, page, sent
from tokenhouse.operations.confirming import Evidence
from tokenhouse.operations.second_factor import Presented

Faults: TypeAlias = dict[str, str]
"""A whole sentence by the field that has to change; what is of no field stands under `form`."""

_LONGEST: Final = 1024
"""Characters of a password or a code; a longer one is cut off, and then it is nobody's."""
LONGEST_ANSWER: Final = 32_768
"""The same of what a browser says of a passkey."""
ON_THE_PAGE: Final = frozenset(
    {
        *(Code.MALFORMED, Code.FORBIDDEN, Code.SECOND_FACTOR, Code.TOO_MANY),
        *(Code.UNPROCESSABLE, Code.ALREADY_DONE),
    }
)
_UNTOUCHED: Final[Faults] = {}


def nothing_else(_: Visit) -> dict[str, object]:
    """For a form that says the same to everybody."""
    return {}


class Sheet(msgspec.Struct, frozen=True):
    """A form at a path, which opens as a dialog where scripts run.

    `say` gives what its template needs beyond; `do` is what it is for, and raises Refused.
    """

    path: str
    template: str
    do: Callable[[Visit, Evidence], Answer]
    say: Callable[[Visit], dict[str, object]] = nothing_else

    @property
    def routes(self) -> tuple[Route, ...]:
        """Where it is looked at, and where it is sent."""
        return page(self.path, self._show), sent(self.path, self._send)

    def _show(self, visit: Visit, faults: Faults = _UNTOUCHED, status: int = 200) -> Answer:
        return visit.page(
            self.template,
            status,
            action=visit.request.path,
            factors=visit.authority.my_factors.show(visit.caller),
            faults=faults,
            form=visit.form,
            **self.say(visit),
        )

    def _send(self, visit: Visit) -> Answer:
        if not visit.form.one("password"):
            # So it comes, too, from somebody who had to sign in again: what he typed is kept.
            return self._show(visit, {"password": "Type your password."}, 422)
        try:
            return self.do(visit, _evidence(visit))
        except Refused as refused:
            return again(refused, lambda faults, status: self._show(visit, faults, status))


def again(refused: Refused, form: Callable[[Faults, int], Answer]) -> Answer:
    """The form with what is wrong; a refusal that says nothing of it is raised on."""
    if refused.code not in ON_THE_PAGE:
        raise refused
    return pages.held_back(form(_faults(refused), pages.status_of(refused)), refused)


def _evidence(visit: Visit) -> Evidence:
    code, passkey = visit.form.one("code"), visit.form.one("passkey")
    shown = Presented(
        code=Secret(code[:_LONGEST]) if code else None,
        passkey=Secret(passkey[:LONGEST_ANSWER]) if passkey else None,
        deed=visit.form.deed(visit.request.path),
    )
    return Evidence(Secret(visit.form.one("password")[: _LONGEST + 1]), shown)


def _faults(refused: Refused) -> Faults:
    if refused.code is Code.SECOND_FACTOR:
        return {"code": _of_factor(refused)}
    told = {
        _FIELDS.get(one.field, one.field): f"{_SUBJECTS.get(one.field, 'This')} {one.sentence}."
        for one in refused.problems
    }
    return told or {"form": refused.public}


def _of_factor(refused: Refused) -> str:
    if any("required" in one.sentence for one in refused.problems):
        return "Show your second factor, too: a code, or a passkey."
    if any(one.field == "passkey" for one in refused.problems):
        return "That passkey was not taken. Try again, or type a code."
    return "That code is not good, or was used before. Wait for the next one."


_FIELDS: Final = {"current": "password", "new": "new_password"}
"""Fields of the operations by the names that they have in forms."""
_SUBJECTS: Final = {
    "password": "This",
    "current": "This",
    "code": "That code",
    "new": "The new password",
    "new_password_again": "This",
    "credential": "What your browser made",
    "label": "The name",
}
