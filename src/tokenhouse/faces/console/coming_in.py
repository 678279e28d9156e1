"""The pages by which people come in: the form to sign in with, going on after it, and refusals.

Pure: values in, an answer out.
"""

from http import HTTPStatus
from urllib.parse import quote, urlencode

from tokenhouse.boundary import Answer, Request, problem
from tokenhouse.boundary.presentation import cookie
from tokenhouse.core.refusal import Code, Refused, Unavailable
from tokenhouse.faces.console.form import FORM_TOKEN, Form, parse, read
from tokenhouse.faces.console.pages import FIRST, ROOT, challenged, held_back, render


def sign_in(
    request: Request,
    typed: Form,
    refused: Refused | None = None,
    *,
    to: str = FIRST,
    carried: str = "",
) -> Answer:
    """The form to sign in with, empty or with what is wrong; what was typed besides goes on."""
    owes = refused is not None and refused.code is Code.SECOND_FACTOR
    answer = render(
        "sign_in.html",
        HTTPStatus.OK if refused is None else problem.STATUS[refused.code],
        email=typed.one("email"),
        organization=typed.one("organization"),
        carried=carried or typed.one("carried"),
        to=to,
        owes=owes,
        is_fault=not owes,
        sentence=None if refused is None else _sign_in_sentence(refused, owes=owes),
        request_id="" if refused is None else request.id,
    )
    return challenged(answer if refused is None else held_back(answer, refused))


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
    answer = render(
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
    return challenged(answer)


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
    return render(
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
    answer = render("refusal.html", status, status=status, sentence=sentence, id=request.id)
    return challenged(answer)
