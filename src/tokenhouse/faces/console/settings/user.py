"""Who somebody is, where he acts, and the token of his sign-in to take along."""

from typing import Final

import msgspec

from tokenhouse.boundary import Answer
from tokenhouse.core.moment import DAY
from tokenhouse.core.role import role_of
from tokenhouse.faces.console.visit import Visit, page, sent
from tokenhouse.look import times
from tokenhouse.operations.user_token import UserToken

PATH: Final = "/console/settings/user"
TOKEN: Final = "/console/user-token"


class _Told(msgspec.Struct):
    token: str
    until: str


def _show(visit: Visit) -> Answer:
    mine = visit.mine
    return visit.page(
        "settings/user.html",
        role=role_of(mine.person, mine.groups),
        others=[
            one.organization for one in mine.belongings if one.organization != mine.organization
        ],
    )


def _token(visit: Visit) -> Answer:
    """For a script, which puts it into the clipboard, or on a page where none runs."""
    given = visit.authority.user_token(visit.caller)
    if "application/json" in (visit.request.header("accept") or ""):
        told = _Told(given.secret.reveal(), until(given))
        return Answer(200, msgspec.json.encode(told), "application/json")
    return visit.page(
        "settings/user_token.html",
        token=given.secret.reveal(),
        expires=times.told(given.expires_at, given.as_of),
    )


def until(given: UserToken) -> str:
    """Say until when it is good, the day only where that is another one."""
    exact = times.exact(given.expires_at)
    today = given.expires_at // DAY == given.as_of // DAY
    return " ".join(exact.split()[-2:]) if today else exact


ROUTES: Final = (page(PATH, _show), sent(TOKEN, _token))
