"""What stands on the console's pages. Pure: values in, an answer out."""

import json
import shlex
from http import HTTPStatus
from typing import Final

import msgspec

from tokenhouse.boundary import Answer, Request, problem
from tokenhouse.core.principal import LEAST_PASSWORD_CHARACTERS
from tokenhouse.core.refusal import Code, Refused, Unavailable
from tokenhouse.look import Pages
from tokenhouse.operations.found import Founded

_CHALLENGE: Final = (("www-authenticate", 'FirstRun realm="tokenhouse"'),)
_KEPT: Final = ("organization", "full_name", "email")
"""What stands in the form again; a code and a password are in no answer."""

_SUBJECTS: Final = {
    "code": "The code",
    "organization": "The organization's name",
    "full_name": "Your name",
    "email": "Your e-mail",
    "password": "The password",
    "password_again": "The second password",
}

_pages: Final = Pages("tokenhouse.faces.console", "console.css", "console.js", forms=True)


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with a field, in a whole sentence."""

    field: str
    sentence: str


def first_run(
    issuer: str, typed: dict[str, str] | None = None, refused: Refused | None = None
) -> Answer:
    """The form, empty or with what was typed and what is wrong with it."""
    faults = () if refused is None else _faults(refused)
    answer = _pages(
        "first_run.html",
        HTTPStatus.OK if refused is None else _status(refused),
        issuer=issuer,
        typed={name: (typed or {}).get(name, "") for name in _KEPT},
        faults=faults,
        fault_of={fault.field: fault.sentence for fault in faults},
        least_password=LEAST_PASSWORD_CHARACTERS,
    )
    return _challenged(answer)


def founded(done: Founded) -> Answer:
    """What there is now, and what to do with it."""
    return _pages("founded.html", HTTPStatus.CREATED, done=done, sign_in=_sign_in(done))


def refuse(request: Request, refusal: Refused | Unavailable) -> Answer:
    """A refusal as a page with the request's id."""
    if isinstance(refusal, Unavailable):
        status, sentence = HTTPStatus.SERVICE_UNAVAILABLE, "This cannot be decided now. Try again."
    else:
        status, sentence = problem.STATUS[refusal.code], refusal.public
    answer = _pages("refusal.html", status, status=status, sentence=sentence, id=request.id)
    return _challenged(answer)


def _status(refused: Refused) -> HTTPStatus:
    if refused.code is Code.MALFORMED:  # the form could be read, what stands in it not be taken
        return HTTPStatus.UNPROCESSABLE_ENTITY
    return problem.STATUS[refused.code]


def _faults(refused: Refused) -> tuple[Fault, ...]:
    if not refused.problems:
        return (Fault("code", refused.public),)
    told = {one.field: f"{_SUBJECTS[one.field]} {one.sentence}." for one in refused.problems}
    return tuple(Fault(field, told[field]) for field in _SUBJECTS if field in told)


def _challenged(answer: Answer) -> Answer:
    if answer.status != HTTPStatus.UNAUTHORIZED:
        return answer
    return msgspec.structs.replace(answer, headers=(*answer.headers, *_CHALLENGE))


def _sign_in(done: Founded) -> str:
    """A command that asks for the password, so that it stands in no history of a shell."""
    program = (
        "import getpass, json\n"
        f"email = {json.dumps(done.email, ensure_ascii=False)}\n"
        'print(json.dumps({"email": email, "password": getpass.getpass()}))'
    )
    return (
        f"python3 -c {shlex.quote(program)} |\n"
        f"  curl -s {done.issuer}/v1/sessions \\\n"
        "    --header 'Content-Type: application/json' --data @-"
    )
