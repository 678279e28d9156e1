"""One request of somebody who is signed in: who he is, what he sent, how he is given a page."""

from collections.abc import Callable
from typing import Final, TypeAlias

import msgspec
from msgspec.structs import replace

from tokenhouse.boundary import Answer, Asked, Request, Route
from tokenhouse.boundary.presentation import cookie as sent_cookie
from tokenhouse.core.credential import Secret
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Asker, Door
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.faces.console import coming_in, cookie, pages
from tokenhouse.faces.console.form import FORM_LIMIT, FORM_TOKEN, Form, read
from tokenhouse.faces.console.sender import refuse_other_sites
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.confirm import Confirmation
from tokenhouse.operations.me import Mine
from tokenhouse.operations.second_factor import Presented

_REFUSED: Final = 400

OWN: Final = Demand(Door.MANAGEMENT, asker=Asker.SIGNED_IN)
"""What everybody may do who is signed in."""
_NOT_IN: Final = frozenset({Code.UNAUTHENTICATED, Code.WRONG_DOOR})


class Visit(msgspec.Struct, frozen=True):
    """`form` is empty where a page is only looked at. `caller` confirms nothing yet."""

    authority: Authority
    request: Request
    caller: Caller
    mine: Mine
    form: Form
    form_token: str

    def query(self, name: str) -> str:
        """A parameter that may stand once; empty where it was not sent."""
        return Form(self.request.query).one(name)

    def page(self, template: str, status: int = 200, /, **said: object) -> Answer:
        """A page in the console's frame."""
        return pages.shown(
            template,
            status,
            mine=self.mine,
            here=self.request.path,
            form_token=self.form_token,
            request_id=self.request.id if status >= _REFUSED else "",
            **said,
        )

    def go(self, to: str) -> Answer:
        """Done: the browser goes on to another page."""
        return go(self.request, to)

    def confirmed(self, *, once: str = "") -> Caller:
        """The caller with what he confirms this form with.

        `once` names a deed that is done once however often the form is sent: the second time is
        Refused(ALREADY_DONE) with the id of what was made, and no secret is told again.
        """
        passkey, code = self.form.one("passkey"), self.form.one("code")
        shown = Presented(
            code=Secret(code) if code else None,
            passkey=Secret(passkey) if passkey else None,
            deed=self.form.deed(self.request.path) if passkey else None,
        )
        password = self.form.one("password")
        alone = bool(passkey) and not password
        confirmation = Confirmation(None if alone else Secret(password), shown, tells=True)
        confirming = replace(
            self.caller,
            demand=replace(self.caller.demand, confirmed=True),
            confirmation=confirmation,
        )
        if not once:
            return confirming
        key = Secret(once)
        return replace(confirming, idempotency_key=key, request_hash=b"")


def go(request: Request, to: str) -> Answer:
    """Has a browser go on to another page; where a script asked, the whole page goes."""
    if request.header("hx-request") == "true":
        return Answer(204, headers=(("hx-redirect", to),))
    return Answer(303, headers=(("location", to),))


Serve: TypeAlias = Callable[[Visit], Answer]


def page(path: str, serve: Serve, demand: Demand = OWN) -> Route:
    """A page that somebody who is signed in looks at."""
    return Route("GET", path, Asked(_visited(serve)), demand)


def sent(path: str, serve: Serve, demand: Demand = OWN) -> Route:
    """A form that somebody sends. A `demand` that is confirmed is confirmed in the form itself."""
    return Route("POST", path, Asked(_visited(_of_this_sign_in(serve))), demand, FORM_LIMIT)


def _visited(serve: Serve) -> Callable[[Authority, Request, Caller], Answer]:
    def handle(authority: Authority, request: Request, caller: Caller) -> Answer:
        browsing = authority.browsing
        if request.method == "POST":
            refuse_other_sites(request)
        opened = browsing.open(sent_cookie(request) or "")
        if opened is None:
            raise Refused(Code.UNAUTHENTICATED, "Sign in first.")
        looking = replace(caller, demand=replace(caller.demand, confirmed=False))
        visit = Visit(
            authority=authority,
            request=request,
            caller=looking,
            mine=_whose(authority, looking),
            form=read(request) if request.method == "POST" else Form(),
            form_token=browsing.form_token(opened.secret),
        )
        answer = serve(visit)
        if not opened.stale or any(name == "set-cookie" for name, _ in answer.headers):
            return answer
        renewed = cookie.kept(browsing.seal(opened.secret))
        return replace(answer, headers=(*answer.headers, renewed))

    return handle


def _whose(authority: Authority, caller: Caller) -> Mine:
    try:
        return authority.me.show(caller)
    except Refused as refused:
        if refused.code not in _NOT_IN:
            raise
        raise Refused(Code.UNAUTHENTICATED, "Your sign-in has ended. Sign in again.") from None


def _of_this_sign_in(serve: Serve) -> Serve:
    """A form of another sign-in does nothing; it can be sent again, looked at first."""

    def handle(visit: Visit) -> Answer:
        token, secret = visit.form.one(FORM_TOKEN), visit.caller.credential
        if not visit.authority.browsing.is_form_token(secret, token):
            return coming_in.go_on(visit.form, visit.form_token, 403)
        return serve(visit)

    return handle
