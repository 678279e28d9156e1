"""Where somebody is signed in, and which applications act in his name. Ending takes no password."""

from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.boundary import Answer, parse_id
from tokenhouse.core.moment import Moment
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.faces.console import cookie
from tokenhouse.faces.console.pages import SIGN_IN
from tokenhouse.faces.console.visit import Visit, page, sent
from tokenhouse.look import times
from tokenhouse.operations.applications import Application
from tokenhouse.operations.changes import Stretch
from tokenhouse.operations.holding import Holding
from tokenhouse.operations.my_sessions import MySession

PATH: Final = "/console/settings/sessions"
_SHOWN: Final = 100


class Session(msgspec.Struct, frozen=True):
    """A sign-in in words. `last_used` None: no use of it was written yet."""

    id: str
    current: bool
    began: times.Told
    address: str | None
    last_used: times.Told | None
    ends: times.Told


class Acting(msgspec.Struct, frozen=True):
    """An application in words."""

    id: str
    label: str
    signed_in: times.Told
    ends: times.Told


def _show(visit: Visit) -> Answer:
    authority = visit.authority
    shown = authority.my_sessions(visit.caller)
    acting = authority.applications.page(visit.caller, Stretch(_SHOWN))
    return visit.page(
        "settings/sessions.html",
        sessions=[_session(one, shown.as_of) for one in shown.sessions],
        more=shown.more,
        acting=[_acting(one, shown.as_of) for one in acting.rows],
        more_acting=acting.after is not None,
    )


def _session(one: MySession, now: Moment) -> Session:
    token, used = one.described.token, one.described.last_used_at
    assert token.expires_at is not None
    return Session(
        id=str(token.id),
        current=one.current,
        began=times.told(token.created_at, now),
        address=one.address,
        last_used=None if used is None else times.told(used, now),
        ends=times.told(token.expires_at, now),
    )


def _acting(one: Application, now: Moment) -> Acting:
    return Acting(
        id=str(one.family_id),
        label=one.client.label or one.client.client_id,
        signed_in=times.told(one.signed_in_at, now),
        ends=times.told(one.ends_at, now),
    )


def _end(visit: Visit) -> Answer:
    session_id = _id(visit, "session_id", "There is no such token.")
    is_this_one = session_id == _own(visit)
    authority = visit.authority
    authority.revoke.one(visit.caller, Holding((authority.session,)), session_id)
    if not is_this_one:
        return visit.go(PATH)
    answer = visit.go(SIGN_IN)
    return replace(answer, headers=(*answer.headers, cookie.gone()))


def _own(visit: Visit) -> UUID | None:
    """The session in which somebody looks at the page."""
    found = visit.authority.ask.own(visit.caller).verdict.found
    return None if found is None else found.token.id


def _end_others(visit: Visit) -> Answer:
    visit.authority.revoke_all.other_sessions(visit.caller)
    return visit.go(PATH)


def _end_application(visit: Visit) -> Answer:
    family_id = _id(visit, "family_id", "There is no such application.")
    visit.authority.applications.end(visit.caller, family_id)
    return visit.go(PATH)


def _id(visit: Visit, name: str, sentence: str) -> UUID:
    parsed = parse_id(visit.request.parameters[name])
    if parsed is None:
        raise Refused(Code.NOT_FOUND, sentence)
    return parsed


ROUTES: Final = (
    page(PATH, _show),
    sent(f"{PATH}/end-others", _end_others),
    sent(f"{PATH}/{{session_id}}/end", _end),
    sent("/console/settings/applications/{family_id}/end", _end_application),
)
