"""What stands on the console's pages. Pure: values in, an answer out."""

import json
import shlex
from http import HTTPStatus
from typing import Final

import msgspec
from msgspec.structs import replace

from tokenhouse.boundary import Answer, problem
from tokenhouse.core.link import INVITATION_GOOD_FOR
from tokenhouse.core.moment import DAY
from tokenhouse.core.principal import LEAST_PASSWORD_CHARACTERS, Person
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.look import Assets, Pages
from tokenhouse.operations.accept import Accepted
from tokenhouse.operations.found import Founded

_CHALLENGE: Final = (("www-authenticate", 'Code realm="tokenhouse"'),)
_KEPT: Final = ("organization", "full_name", "email", "end_personal_tokens")
ROOT: Final = "/console/"
SIGN_IN: Final = "/console/sign-in"
FIRST: Final = "/console/tokens"
"""Where somebody is taken who said nothing else."""
"""What stands in a form again; a code and a password are in no answer."""

_SUBJECTS: Final = {
    "code": "The code",
    "organization": "The organization's name",
    "full_name": "Your name",
    "email": "Your e-mail",
    "password": "The password",
    "password_again": "The second password",
    "factor_code": "The code of your second factor",
}

ASSETS: Final = Assets(
    "/console/static",
    (
        ("tokenhouse.look", "templates/look.css"),
        ("tokenhouse.faces.console", "static/console.css"),
        ("tokenhouse.look", "charts.css"),
        ("tokenhouse.faces.console", "static/list.css"),
        ("tokenhouse.faces.console", "static/token_page.css"),
        ("tokenhouse.faces.console", "static/settings.css"),
        ("tokenhouse.faces.console", "static/tokens_form.css"),
        ("tokenhouse.look", "vendor/htmx.min.js"),
        ("tokenhouse.faces.console", "static/link_form.js"),
        ("tokenhouse.faces.console", "static/console.js"),
        ("tokenhouse.faces.console", "static/list.js"),
        ("tokenhouse.faces.console", "static/token_page.js"),
        ("tokenhouse.faces.console", "static/hotkey.js"),
        ("tokenhouse.faces.console", "static/settings.js"),
        ("tokenhouse.faces.console", "static/read.js"),
        ("tokenhouse.faces.console", "static/picker.js"),
        ("tokenhouse.faces.console", "static/reveal.js"),
        ("tokenhouse.look", "brand/mark.svg"),
        ("tokenhouse.look", "brand/wordmark.svg"),
    ),
)
render: Final = Pages("tokenhouse.faces.console", assets=ASSETS)


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with a field, in a whole sentence."""

    field: str
    sentence: str


def first_run(
    issuer: str,
    typed: dict[str, str] | None = None,
    refused: Refused | None = None,
    request_id: str = "",
) -> Answer:
    """The form that founds a deployment, empty or with what was typed and is wrong with it."""
    return _form("first_run.html", issuer, typed, refused, request_id=request_id)


def invitation(
    issuer: str,
    typed: dict[str, str] | None = None,
    refused: Refused | None = None,
    request_id: str = "",
) -> Answer:
    """The same of the form that accepts an invitation."""
    days = INVITATION_GOOD_FOR // DAY
    return _form("invitation.html", issuer, typed, refused, request_id=request_id, days=days)


def recovery(
    issuer: str,
    typed: dict[str, str] | None = None,
    refused: Refused | None = None,
    request_id: str = "",
) -> Answer:
    """The same of the form that sets a lost password anew."""
    return _form("recovery.html", issuer, typed, refused, request_id=request_id)


def founded(done: Founded) -> Answer:
    """What there is now, and what to do with it."""
    sign_in = _sign_in(done.issuer, {"email": done.email})
    secret = done.client_secret.reveal()
    return render(
        "founded.html", HTTPStatus.CREATED, done=done, client_secret=secret, sign_in=sign_in
    )


def joined(issuer: str, done: Accepted) -> Answer:
    """Who invited, and how to sign in there."""
    named = {"email": done.person.email, "organization": str(done.organization.id)}
    sign_in = _sign_in(issuer, named)
    answer = render("joined.html", HTTPStatus.CREATED, done=done, sign_in=sign_in)
    return replace(answer, delay=done.delay)


def recovered(issuer: str, person: Person, *, ended: bool) -> Answer:
    """What has ended, and how to sign in; `ended`: the personal tokens too."""
    sign_in = _sign_in(issuer, {"email": person.email})
    return render("recovered.html", person=person, ended=ended, sign_in=sign_in)


def shown(template: str, status: int, /, **said: object) -> Answer:
    """A page of somebody who is signed in."""
    return render(template, status, **said)


def _form(
    template: str,
    issuer: str,
    typed: dict[str, str] | None,
    refused: Refused | None,
    **said: object,
) -> Answer:
    faults = () if refused is None else _faults(refused)
    answer = render(
        template,
        HTTPStatus.OK if refused is None else status_of(refused),
        issuer=issuer,
        typed={name: (typed or {}).get(name, "") for name in _KEPT},
        faults=faults,
        fault_of={fault.field: fault.sentence for fault in faults},
        least_password=LEAST_PASSWORD_CHARACTERS,
        **said,
    )
    return challenged(answer if refused is None else held_back(answer, refused))


def held_back(answer: Answer, refused: Refused) -> Answer:
    """A refusal that is told on the page is as slow as any other one."""
    headers = answer.headers
    if refused.retry_after is not None:
        headers = (*headers, ("retry-after", str(refused.retry_after)))
    return replace(answer, headers=headers, delay=refused.delay)


def status_of(refused: Refused) -> HTTPStatus:
    if refused.code is Code.MALFORMED:  # the form could be read, what stands in it not be taken
        return HTTPStatus.UNPROCESSABLE_ENTITY
    return problem.STATUS[refused.code]


def _faults(refused: Refused) -> tuple[Fault, ...]:
    if not refused.problems:
        return (Fault("code", refused.public),)
    told = {one.field: f"{_SUBJECTS[one.field]} {one.sentence}." for one in refused.problems}
    return tuple(Fault(field, told[field]) for field in _SUBJECTS if field in told)


def challenged(answer: Answer) -> Answer:
    """A 401 says how to come in, as HTTP wants it."""
    if answer.status != HTTPStatus.UNAUTHORIZED:
        return answer
    return replace(answer, headers=(*answer.headers, *_CHALLENGE))


def _sign_in(issuer: str, named: dict[str, str]) -> str:
    """A command that asks for the password, so that it stands in no history of a shell."""
    program = (
        "import getpass, json\n"
        f"said = {json.dumps(named, ensure_ascii=False)}\n"
        'said["password"] = getpass.getpass()\n'
        "print(json.dumps(said))"
    )
    return (
        f"python3 -c {shlex.quote(program)} |\n"
        f"  curl -s {issuer}/v1/sessions \\\n"
        "    --header 'Content-Type: application/json' --data @-"
    )
