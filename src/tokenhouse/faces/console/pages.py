"""What stands on the console's pages. Pure: values in, an answer out."""

import json
import shlex
from http import HTTPStatus
from typing import Final
from urllib.parse import quote, urlencode

import msgspec
from msgspec.structs import replace

from tokenhouse.boundary import Answer, Request, problem
from tokenhouse.boundary.presentation import cookie
from tokenhouse.core.link import INVITATION_GOOD_FOR
from tokenhouse.core.moment import DAY
from tokenhouse.core.principal import LEAST_PASSWORD_CHARACTERS, Person
from tokenhouse.core.refusal import Code, Refused, Unavailable
from tokenhouse.faces.console.form import FORM_TOKEN, Form, parse, read
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
_pages: Final = Pages("tokenhouse.faces.console", assets=ASSETS)


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with a field, in a whole sentence."""

    field: str
    sentence: str


def first_run(
    issuer: str, typed: dict[str, str] | None = None, refused: Refused | None = None
) -> Answer:
    """The form that founds a deployment, empty or with what was typed and is wrong with it."""
    return _form("first_run.html", issuer, typed, refused)


def invitation(
    issuer: str, typed: dict[str, str] | None = None, refused: Refused | None = None
) -> Answer:
    """The same of the form that accepts an invitation."""
    return _form("invitation.html", issuer, typed, refused, days=INVITATION_GOOD_FOR // DAY)


def recovery(
    issuer: str, typed: dict[str, str] | None = None, refused: Refused | None = None
) -> Answer:
    """The same of the form that sets a lost password anew."""
    return _form("recovery.html", issuer, typed, refused)


def founded(done: Founded) -> Answer:
    """What there is now, and what to do with it."""
    sign_in = _sign_in(done.issuer, {"email": done.email})
    secret = done.client_secret.reveal()
    return _pages(
        "founded.html", HTTPStatus.CREATED, done=done, client_secret=secret, sign_in=sign_in
    )


def joined(issuer: str, done: Accepted) -> Answer:
    """Who invited, and how to sign in there."""
    named = {"email": done.person.email, "organization": str(done.organization.id)}
    sign_in = _sign_in(issuer, named)
    answer = _pages("joined.html", HTTPStatus.CREATED, done=done, sign_in=sign_in)
    return replace(answer, delay=done.delay)


def recovered(issuer: str, person: Person, *, ended: bool) -> Answer:
    """What has ended, and how to sign in; `ended`: the personal tokens too."""
    sign_in = _sign_in(issuer, {"email": person.email})
    return _pages("recovered.html", person=person, ended=ended, sign_in=sign_in)


def shown(template: str, status: int, /, **said: object) -> Answer:
    """A page of somebody who is signed in."""
    return _pages(template, status, **said)


def sign_in(
    typed: Form, refused: Refused | None = None, *, to: str = FIRST, carried: str = ""
) -> Answer:
    """The form to sign in with, empty or with what is wrong; what was typed besides goes on."""
    owes = refused is not None and refused.code is Code.SECOND_FACTOR
    answer = _pages(
        "sign_in.html",
        HTTPStatus.OK if refused is None else problem.STATUS[refused.code],
        email=typed.one("email"),
        organization=typed.one("organization"),
        carried=carried or typed.one("carried"),
        to=to,
        owes=owes,
        is_fault=not owes,
        sentence=None if refused is None else _sign_in_sentence(refused, owes=owes),
        request_id=None,
    )
    return _challenged(answer if refused is None else held_back(answer, refused))


def _sign_in_sentence(refused: Refused, *, owes: bool) -> str:
    """What is wrong, without a word about who has an account."""
    if owes and any("required" in one.sentence for one in refused.problems):
        return "One more step: show your second factor."
    if owes:
        return "That code is not good, or was used before. Wait for the next one."
    return refused.public


def signed_out(request: Request, sentence: str) -> Answer:
    """The form to sign in with where somebody is not, or not any more; nothing typed is lost."""
    to, carried = FIRST, ""
    if request.method == "POST":
        try:
            sent = read(request)
        except Refused:
            sent = Form()
        if sent.one("again").startswith(ROOT):
            carried = urlencode(sent.kept)
    else:
        query = urlencode(Form(request.query).kept)
        to = quote(request.path) + ("?" + query if query else "")
    answer = _pages(
        "sign_in.html",
        HTTPStatus.UNAUTHORIZED,
        email="",
        organization="",
        carried=carried,
        to=to,
        owes=False,
        is_fault=False,
        sentence=sentence,
        request_id=request.id,
    )
    return _challenged(answer)


def carried(text: str) -> Form:
    """What was typed into another form before somebody signed in; empty where it is none."""
    try:
        return Form(parse(text.encode()).kept)
    except Refused:
        return Form()


def go_on(typed: Form, form_token: str, status: int = HTTPStatus.OK) -> Answer:
    """A form that was typed under another sign-in, to be looked at again."""
    again = typed.one("again")
    fields = [field for field in typed.kept if field[0] != "again"]
    return _pages(
        "go_on.html",
        status,
        again=again if again.startswith(ROOT) else FIRST,
        fields=fields if again.startswith(ROOT) else [],
        form_token=(FORM_TOKEN, form_token),
    )


def refuse(request: Request, refusal: Refused | Unavailable) -> Answer:
    """A refusal as a page with the request's id; where a sign-in is missing, the form for it."""
    if isinstance(refusal, Unavailable):
        status, sentence = HTTPStatus.SERVICE_UNAVAILABLE, "This cannot be decided now. Try again."
    elif refusal.code is Code.UNAUTHENTICATED:
        was_in = cookie(request) is not None
        return signed_out(request, refusal.public if was_in else "Sign in to see this page.")
    else:
        status, sentence = problem.STATUS[refusal.code], refusal.public
    answer = _pages("refusal.html", status, status=status, sentence=sentence, id=request.id)
    return _challenged(answer)


def _form(
    template: str,
    issuer: str,
    typed: dict[str, str] | None,
    refused: Refused | None,
    **said: object,
) -> Answer:
    faults = () if refused is None else _faults(refused)
    answer = _pages(
        template,
        HTTPStatus.OK if refused is None else status_of(refused),
        issuer=issuer,
        typed={name: (typed or {}).get(name, "") for name in _KEPT},
        faults=faults,
        fault_of={fault.field: fault.sentence for fault in faults},
        least_password=LEAST_PASSWORD_CHARACTERS,
        **said,
    )
    return _challenged(answer if refused is None else held_back(answer, refused))


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


def _challenged(answer: Answer) -> Answer:
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
